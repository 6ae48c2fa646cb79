#include "answer_reader.h"

#include <ctype.h>
#include <http_parser.h>

enum { NAME_MOST = 256, FIELD_MOST = 64 * 1024 /* bytes */ };

_Static_assert(sizeof(struct http_parser) <= sizeof(((struct answer_reader *)0)->parser),
	"struct answer_reader has no room for the parser");

static const struct str names[] = { STR_INIT("content-type"), STR_INIT("allow"),
	STR_INIT("location") };
_Static_assert(NITEMS(names) == NITEMS(((struct answer_reader *)0)->fields), "a field is missing");

/* Callbacks of the parser: names and values may come in pieces. */

static int on_field(struct http_parser *parser, const char *at, size_t len)
{
	struct answer_reader *reader = parser->data;

	if (reader->in_value)
		buf_truncate(&reader->name, 0);
	reader->in_value = false;
	for (size_t i = 0; i < len; i++)
		buf_char(&reader->name, (char)tolower((unsigned char)at[i]));
	return 0;
}

static void begin_value(struct answer_reader *reader)
{
	reader->in_value = true;
	reader->field = 0;
	while (reader->field < NITEMS(names) &&
		!str_equal(buf_view(&reader->name), names[reader->field]))
		reader->field++;
	if (reader->field == NITEMS(names))
		return;
	if (reader->has_field[reader->field])
		buf_str(&reader->fields[reader->field], STR(", "));
	reader->has_field[reader->field] = true;
}

static int on_value(struct http_parser *parser, const char *at, size_t len)
{
	struct answer_reader *reader = parser->data;

	if (!reader->in_value)
		begin_value(reader);
	if (reader->field < NITEMS(names))
		buf_append(&reader->fields[reader->field], at, len);
	return 0;
}

/* 1 tells the parser that there is no body. */
static int on_headers_complete(struct http_parser *parser)
{
	const struct answer_reader *reader = parser->data;

	parser->upgrade = 0;
	return reader->to_head;
}

static int on_body(struct http_parser *parser, const char *at, size_t len)
{
	struct answer_reader *reader = parser->data;

	buf_append(&reader->body, at, len);
	return 0;
}

static void forget_fields(struct answer_reader *reader)
{
	for (size_t i = 0; i < NITEMS(names); i++) {
		buf_truncate(&reader->fields[i], 0);
		reader->has_field[i] = false;
	}
}

static int on_message_complete(struct http_parser *parser)
{
	struct answer_reader *reader = parser->data;

	if (parser->status_code < 200) {
		forget_fields(reader);
		return 0;
	}
	reader->status = (int)parser->status_code;
	/* uvicorn closes a connection on which an application failed, after its answer. */
	reader->keeps_alive = http_should_keep_alive(parser) != 0 && reader->status != 500;
	reader->done = true;
	http_parser_pause(parser, 1);
	return 0;
}

static const struct http_parser_settings settings = {
	.on_header_field = on_field,
	.on_header_value = on_value,
	.on_headers_complete = on_headers_complete,
	.on_body = on_body,
	.on_message_complete = on_message_complete,
};

/* The reader. */

void answer_reader_init(struct answer_reader *reader, bool to_head)
{
	struct http_parser parser;

	*reader = (struct answer_reader){ .to_head = to_head, .in_value = true };
	buf_init(&reader->name, NAME_MOST);
	for (size_t i = 0; i < NITEMS(names); i++)
		buf_init(&reader->fields[i], FIELD_MOST);
	buf_init(&reader->body, ANSWER_BODY_MOST);
	http_parser_init(&parser, HTTP_RESPONSE);
	memcpy(reader->parser, &parser, sizeof(parser));
}

void answer_reader_done(struct answer_reader *reader)
{
	buf_done(&reader->name);
	for (size_t i = 0; i < NITEMS(names); i++)
		buf_done(&reader->fields[i]);
	buf_done(&reader->body);
}

const char *answer_reader_take(struct answer_reader *reader, struct str bytes)
{
	struct http_parser parser;

	memcpy(&parser, reader->parser, sizeof(parser));
	parser.data = reader;
	size_t n = http_parser_execute(&parser, &settings, bytes.ptr, bytes.len);
	memcpy(reader->parser, &parser, sizeof(parser));
	enum http_errno wrong = HTTP_PARSER_ERRNO(&parser);
	if (reader->done && n < bytes.len)
		reader->keeps_alive = false;
	if (reader->body.failed)
		return "the answer is too long";
	if (wrong != HPE_OK && wrong != HPE_PAUSED)
		return http_errno_description(wrong);
	if (bytes.len == 0 && !reader->done)
		return "the connection was closed without an answer";
	return NULL;
}

bool answer_reader_is_done(const struct answer_reader *reader)
{
	return reader->done;
}

void answer_reader_finish(
	const struct answer_reader *reader, struct arena *arena, struct peer_answer *answer)
{
	struct str fields[NITEMS(names)] = { { 0 } };

	for (size_t i = 0; i < NITEMS(names); i++)
		if (reader->has_field[i])
			fields[i] = arena_copy(arena, buf_view(&reader->fields[i]));
	*answer = (struct peer_answer){
		.status = reader->status,
		.content_type = fields[0],
		.allow = fields[1],
		.location = fields[2],
		.body = arena_copy(arena, buf_view(&reader->body)),
	};
}

bool answer_reader_keeps_alive(const struct answer_reader *reader)
{
	return reader->keeps_alive;
}
