/*
 * What the parts of the reader share: http.c has the phases of a request, http_parse.c feeds
 * http-parser, http_known.c recalls heads that were read before, http_fields.c finds field values.
 */
#ifndef POSTERN_HTTP_PARTS_H
#define POSTERN_HTTP_PARTS_H

#include "http.h"

/* Fields whose values the parser notes while it reads the head. */
enum field { FIELD_OTHER, FIELD_HOST, FIELD_CONTENT_TYPE, FIELD_EXPECT };

/* A known field: either its value is noted as it is read, or only its presence. */
struct field_name {
	struct str name;
	enum field field;
	uint16_t seen; /* enum http_field */
};

/* The row of a field name, in any case; NULL if the name is not known. */
const struct field_name *http_field_name_find(struct str name);

/* The first byte of the current message. */
static inline char *http_message(struct http_reader *reader)
{
	return reader->input.data + reader->input.start;
}

/* Parses the first size bytes of the message, which are its request line or its head. Sets target
 * and meaning. Returns 0, or the status that refuses the message. */
int http_parse(struct http_reader *reader, size_t size);

/* Feeds the next bytes of the current message to the parser; len must not be 0, which would mean
 * the end of input. Returns 0, or the status that refuses the message: the parser must accept all
 * of bytes. */
int http_parse_more(struct http_reader *reader, struct str bytes);

/* Adds the head of the message, which was just parsed, to the known heads. */
void http_known_add(struct http_reader *reader);

/* If the fields after the request line are those of a known head, parses the request line and sets
 * what parsing the fields would set. Returns 0, the status that refuses the message, or
 * HTTP_UNKNOWN if the fields are not known or have not arrived completely. */
enum { HTTP_UNKNOWN = -1 };
int http_known_recall_fields(struct http_reader *reader);

static inline struct str http_known_head(const struct http_known *known)
{
	const char *start = known->text + HTTP_KNOWN_LINE_MOST - known->line;

	return (struct str){ start, known->line + known->len };
}

/* If the input begins with a known head, sets what parsing it would set, and returns true. Inline:
 * most requests repeat a head. */
static inline bool http_known_recall_head(struct http_reader *reader)
{
	struct str bytes = buf_view(&reader->input);

	for (unsigned i = 0; i < HTTP_KNOWN; i++) {
		const struct http_known *known = &reader->all->known[i];
		if (known->line == 0 || !str_starts(bytes, http_known_head(known)))
			continue;
		reader->line = known->line;
		reader->head = known->head;
		reader->target = known->target;
		reader->meaning = known->meaning;
		return true;
	}
	return false;
}

#endif
