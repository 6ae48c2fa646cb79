#include "http_parts.h"

static struct str known_fields(const struct http_known *known)
{
	return (struct str){ known->text + HTTP_KNOWN_LINE_MOST, known->len };
}

/* Notes the request line that came with these fields. */
static void note_line(struct http_reader *reader, struct http_known *known)
{
	if (reader->line > HTTP_KNOWN_LINE_MOST)
		return;
	known->head = reader->head;
	known->target = reader->target;
	known->line = reader->line;
	memcpy(known->text + HTTP_KNOWN_LINE_MOST - reader->line, http_message(reader),
		reader->line);
}

void http_known_add(struct http_reader *reader)
{
	struct http_readers *all = reader->all;
	struct http_known *known = &all->known[all->next];
	size_t len = reader->head.size - reader->line;

	if (len > HTTP_KNOWN_MOST)
		return;
	known->head = reader->head;
	known->meaning = reader->meaning;
	known->line = 0;
	known->len = len;
	memcpy(known->text + HTTP_KNOWN_LINE_MOST, http_message(reader) + reader->line, len);
	note_line(reader, known);
	all->next = (all->next + 1) % HTTP_KNOWN;
}

/* NULL if the fields are not known or have not arrived completely. */
static struct http_known *find_fields(const struct http_reader *reader)
{
	struct str rest = str_from_index(buf_view(&reader->input), reader->line);

	for (unsigned i = 0; i < HTTP_KNOWN; i++) {
		struct http_known *known = &reader->all->known[i];
		if (known->len > 0 && known->head.minor == reader->head.minor &&
			str_starts(rest, known_fields(known)))
			return known;
	}
	return NULL;
}

int http_known_recall_fields(struct http_reader *reader)
{
	struct http_known *known = find_fields(reader);

	if (!known)
		return HTTP_UNKNOWN;
	enum method method = reader->head.method;
	int status = http_parse(reader, reader->line);

	reader->head = known->head;
	reader->head.method = method;
	reader->head.size = reader->line + known->len;
	reader->meaning = known->meaning;
	if (status == 0)
		note_line(reader, known);
	return status;
}
