#include "declaration_reading.h"

#include "json_place.h"
#include "json_write.h"
#include "similar.h"

#include <stdarg.h>
#include <stdio.h>

enum {
	SHOWN_MOST = 40, /* bytes of a value that a line shows */
	LINE_ROOM = 64 * 1024,
};

/* The place. */

static size_t offset_of(const struct reading *r, const struct json *node)
{
	return json_place_of(r->text, r->root, node);
}

/* The name of a file is the operator's own, but a line stays one line. */
static void write_file(struct buf *out, const char *file)
{
	for (; *file; file++)
		buf_char(out, (unsigned char)*file < ' ' || *file == 0x7f ? '?' : *file);
}

static void write_position(struct reading *r, size_t offset)
{
	struct json_position p = json_place_position(r->text, offset);

	write_file(r->error, r->file);
	buf_printf(r->error, ":%u:%u: ", p.line, p.column);
}

/* A text as in a JSON string, so that it does not end the line. */
static void write_escaped(struct buf *out, struct str text)
{
	struct buf quoted;

	buf_init(&quoted, LINE_ROOM);
	json_write_string(&quoted, text);
	struct str shown = buf_view(&quoted);
	if (!quoted.failed)
		buf_append(out, shown.ptr + 1, shown.len - 2);
	buf_done(&quoted);
}

static void write_cut(struct buf *out, struct str text)
{
	size_t n = text.len < SHOWN_MOST ? text.len : SHOWN_MOST;

	while (n < text.len && n > 0 && (text.ptr[n] & 0xc0) == 0x80)
		n--;
	write_escaped(out, (struct str){ text.ptr, n });
	if (n < text.len)
		buf_str(out, STR("..."));
}

/* "resources.user.fields.email: "; nothing for the whole text. */
static void write_path(struct buf *out, const struct spot *spot, bool last)
{
	if (!spot->in)
		return;
	write_path(out, spot->in, false);
	write_cut(out, spot->name);
	buf_str(out, last ? STR(": ") : STR("."));
}

static const struct json *node_of(const struct spot *spot)
{
	while (!spot->value)
		spot = spot->in;
	return spot->value;
}

/* What was found. */

static void write_found(struct reading *r, const struct json *node)
{
	buf_str(r->error, STR("found "));
	if (node->type == JSON_OBJECT || node->type == JSON_ARRAY) {
		buf_str(r->error, node->type == JSON_OBJECT ? STR("an object") : STR("an array"));
		return;
	}
	struct str token = json_place_token(r->text, offset_of(r, node));
	if (node->type != JSON_STRING) {
		write_cut(r->error, token);
		return;
	}
	buf_char(r->error, '"');
	write_cut(r->error, node->text);
	buf_char(r->error, '"');
}

static void write_message(struct buf *out, const char *format, va_list args)
{
	char text[1024];
	int n = vsnprintf(text, sizeof(text), format, args);

	if (n > 0)
		buf_append(out, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

bool reading_refuse_at(struct reading *r, size_t offset, const char *format, ...)
{
	va_list args;

	write_position(r, offset);
	va_start(args, format);
	write_message(r->error, format, args);
	va_end(args);
	return false;
}

bool reading_refuse(struct reading *r, const struct spot *spot, const char *format, ...)
{
	va_list args;

	write_position(r, offset_of(r, node_of(spot)));
	write_path(r->error, spot, true);
	va_start(args, format);
	write_message(r->error, format, args);
	va_end(args);
	return false;
}

bool reading_refuse_name(struct reading *r, const struct spot *spot, const char *format, ...)
{
	va_list args;

	write_position(r, offset_of(r, spot->key));
	write_path(r->error, spot, true);
	va_start(args, format);
	write_message(r->error, format, args);
	va_end(args);
	return false;
}

bool reading_refuse_found(struct reading *r, const struct spot *spot, const char *format, ...)
{
	va_list args;

	write_position(r, offset_of(r, node_of(spot)));
	write_path(r->error, spot, true);
	write_found(r, node_of(spot));
	buf_str(r->error, STR("; "));
	va_start(args, format);
	write_message(r->error, format, args);
	va_end(args);
	return false;
}

bool reading_refuse_pair(
	struct reading *r, const struct spot *spot, const char *word, const char *other)
{
	struct spot first = spot_member(spot, word);

	return reading_refuse_found(r, &first, "it contradicts \"%s\"", other);
}

/* Words that are misspelt. */

static bool next_word(struct str *list, struct str *word)
{
	const struct str between = STR(", ");
	const char *end = memmem(list->ptr, list->len, between.ptr, between.len);

	*word = (struct str){ list->ptr, end ? (size_t)(end - list->ptr) : list->len };
	*list = str_from_index(*list, end ? word->len + between.len : list->len);
	return word->len > 0;
}

/* The most similar word of a list; "" if none is similar. */
static struct str similar(struct str found, struct str list)
{
	struct str best = STR(""), word;
	unsigned shortest = SIMILAR_NOT;

	while (next_word(&list, &word)) {
		unsigned n = similar_distance(found, word);
		if (n < shortest && (size_t)n * 2 < word.len) {
			shortest = n;
			best = word;
		}
	}
	return best;
}

static bool add_allowed(struct reading *r, struct str found, struct str allowed)
{
	struct str offer = similar(found, allowed);

	buf_str(r->error, STR("; allowed are "));
	write_escaped(r->error, allowed);
	if (offer.len) {
		buf_str(r->error, STR("; did you mean \""));
		write_escaped(r->error, offer);
		buf_str(r->error, STR("\"?"));
	}
	return false;
}

bool reading_refuse_key(struct reading *r, const struct spot *spot, struct str allowed)
{
	write_position(r, offset_of(r, spot->key));
	write_path(r->error, spot, true);
	buf_str(r->error, STR("there is no such word here"));
	return add_allowed(r, spot->name, allowed);
}

bool reading_refuse_word(struct reading *r, const struct spot *spot, struct str allowed)
{
	const struct json *node = node_of(spot);

	write_position(r, offset_of(r, node));
	write_path(r->error, spot, true);
	write_found(r, node);
	return add_allowed(r, node->type == JSON_STRING ? node->text : STR(""), allowed);
}
