#include "import_layout.h"

#include "import_tree.h"
#include "json_write.h"

enum { WIDTH = 120, STEP = 2 };

/* What is broken into lines even if it fits. */
enum form { FORM_FREE, FORM_FIELDS, FORM_RESOURCE, FORM_RESOURCES, FORM_ROOT };

struct layout {
	struct buf *out;
	struct import_checks *checks;
	unsigned line;
};

static void put(
	struct layout *l, const struct json *value, unsigned indent, size_t after, enum form form);

static bool is_container(const struct json *value)
{
	return value->type == JSON_ARRAY || value->type == JSON_OBJECT;
}

static void put_key(struct buf *out, struct str key)
{
	json_write_string(out, key);
	buf_str(out, STR(": "));
}

/* On one line. */
static void put_flat(struct buf *out, const struct json *value)
{
	bool object = value->type == JSON_OBJECT;

	if (!is_container(value)) {
		json_write_whole(out, value);
		return;
	}
	buf_char(out, object ? '{' : '[');
	for (const struct json *child = value->first; child; child = child->next) {
		if (child != value->first)
			buf_str(out, STR(", "));
		if (object) {
			put_key(out, child->text);
			child = child->next;
		}
		put_flat(out, child);
	}
	buf_char(out, object ? '}' : ']');
}

static size_t code_points(struct str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
	return n;
}

/* Characters on the line that is being written. */
static size_t column_of(const struct layout *l)
{
	struct str text = buf_view(l->out);
	size_t begin = text.len;

	while (begin > 0 && text.ptr[begin - 1] != '\n')
		begin--;
	return code_points(str_from_index(text, begin));
}

static bool fits(const struct layout *l, const struct json *value, size_t after)
{
	struct buf flat;

	buf_init(&flat, SIZE_MAX / 2);
	put_flat(&flat, value);
	bool fit = column_of(l) + code_points(buf_view(&flat)) + after <= WIDTH;
	buf_done(&flat);
	return fit;
}

static void new_line(struct layout *l, unsigned indent)
{
	buf_char(l->out, '\n');
	for (unsigned i = 0; i < indent; i++)
		buf_char(l->out, ' ');
	l->line++;
}

static enum form form_of(enum form outer, struct str key)
{
	if (outer == FORM_ROOT && str_equal(key, STR("resources")))
		return FORM_RESOURCES;
	if (outer == FORM_RESOURCES)
		return FORM_RESOURCE;
	return outer == FORM_RESOURCE && str_equal(key, STR("fields")) ? FORM_FIELDS : FORM_FREE;
}

/* Children that may share a line: those of an array, and scalars. */
static bool is_filled(const struct json *value, enum form form)
{
	bool object = value->type == JSON_OBJECT;

	for (const struct json *child = value->first; child && object; child = child->next) {
		child = child->next;
		if (is_container(child))
			return false;
	}
	return form == FORM_FREE;
}

static size_t width_of(const struct json *child, bool object)
{
	struct buf flat;

	buf_init(&flat, SIZE_MAX / 2);
	if (object)
		put_key(&flat, child->text);
	put_flat(&flat, object ? child->next : child);
	size_t width = code_points(buf_view(&flat));
	buf_done(&flat);
	return width;
}

static void put_broken(struct layout *l, const struct json *value, unsigned indent, enum form form)
{
	bool object = value->type == JSON_OBJECT, filled = is_filled(value, form);

	buf_char(l->out, object ? '{' : '[');
	for (const struct json *child = value->first; child; child = child->next) {
		enum form inner = FORM_FREE;
		bool joins = filled && child != value->first &&
			     column_of(l) + 1 + width_of(child, object) + 1 <= WIDTH;
		if (joins)
			buf_char(l->out, ' ');
		else
			new_line(l, indent + STEP);
		if (object) {
			put_key(l->out, child->text);
			inner = form_of(form, child->text);
			child = child->next;
		}
		put(l, child, indent + STEP, child->next != NULL, inner);
		if (child->next)
			buf_char(l->out, ',');
	}
	new_line(l, indent);
	buf_char(l->out, object ? '}' : ']');
}

/* after: the characters that follow on the same line. */
static void put(
	struct layout *l, const struct json *value, unsigned indent, size_t after, enum form form)
{
	import_checks_place(l->checks, value, l->line);
	if (is_container(value) && value->first && (form != FORM_FREE || !fits(l, value, after))) {
		put_broken(l, value, indent, form);
		return;
	}
	if (is_container(value))
		for (const struct json *child = value->first; child; child = child->next)
			import_checks_place(l->checks, child, l->line);
	put_flat(l->out, value);
}

void import_layout(struct buf *out, const struct json *declaration, struct import_checks *checks)
{
	struct layout l = { out, checks, 1 };

	put(&l, declaration, 0, 0, FORM_ROOT);
	buf_char(out, '\n');
}
