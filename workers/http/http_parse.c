#include "http_parts.h"

#include "ascii.h"

#include <http_parser.h>

_Static_assert(sizeof(struct http_parser) <= sizeof(((struct http_meaning *)0)->parser),
	"struct http_meaning has no room for the parser");

/*
 * Callbacks of the parser. Each name and value is passed in one piece, because a head is fed in one
 * piece. Trailers are never fed, so all fields belong to the head.
 */

/* The position of s, counted from offset from in the message. */
static struct http_slice slice_of(const struct http_reader *reader, size_t from, struct str s)
{
	return (struct http_slice){ (size_t)(s.ptr - buf_view(&reader->input).ptr) - from, s.len };
}

static int on_url(struct http_parser *parser, const char *at, size_t len)
{
	struct http_reader *reader = parser->data;

	reader->target = slice_of(reader, 0, (struct str){ at, len });
	return 0;
}

static int on_header_field(struct http_parser *parser, const char *at, size_t len)
{
	struct http_reader *reader = parser->data;

	const struct field_name *row = http_field_name_find((struct str){ at, len });

	reader->field = row ? (uint8_t)row->field : FIELD_OTHER;
	reader->meaning.seen |= row ? row->seen : 0;
	return 0;
}

static int on_header_value(struct http_parser *parser, const char *at, size_t len)
{
	struct http_reader *reader = parser->data;
	struct http_meaning *meaning = &reader->meaning;
	struct str value = ascii_trim((struct str){ at, len });

	switch ((enum field)reader->field) {
	case FIELD_HOST:
		meaning->host = slice_of(reader, reader->line, value);
		break;
	case FIELD_CONTENT_TYPE:
		/* The first field is used, even if it is empty. */
		if (meaning->content_type.at == 0)
			meaning->content_type = slice_of(reader, reader->line, value);
		break;
	case FIELD_EXPECT:
		if (ascii_equal_nocase(value, STR("100-continue")))
			meaning->expect_continue = true;
		break;
	case FIELD_OTHER:
		break;
	}
	return 0;
}

/* True if the guard and the parser have read the same version and body length from the head. */
static bool agree(const struct guard_head *head, const struct http_parser *parser)
{
	bool chunked = (parser->flags & F_CHUNKED) != 0;
	bool has_length = (parser->flags & F_CONTENTLENGTH) != 0;

	if (parser->http_major != 1 || parser->http_minor != head->minor)
		return false;
	if (chunked != head->chunked || has_length != head->has_length)
		return false;
	return !has_length || parser->content_length == head->length;
}

static int on_headers_complete(struct http_parser *parser)
{
	struct http_reader *reader = parser->data;

	if (!agree(&reader->head, parser))
		return -1;
	reader->meaning.keep_alive = parser->http_minor > 0 && http_should_keep_alive(parser);
	/* RFC 9110 7.8 allows a server to ignore Upgrade. Without this the parser would treat the
	 * bytes after the message, or even its body, as those of another protocol. */
	parser->upgrade = 0;
	return 0;
}

/* Moves the content of a chunk to the end of the content before it, over the framing between them.
 */
static int on_body(struct http_parser *parser, const char *at, size_t len)
{
	struct http_reader *reader = parser->data;

	if (!reader->want_body)
		return 0;
	char *end = http_message(reader) + reader->body.at + reader->body.len;
	if (end != at)
		memmove(end, at, len);
	reader->body.len += len;
	return 0;
}

/* The paused parser does not read further bytes as the next message. Each message starts with an
 * initialised parser. */
static int on_message_complete(struct http_parser *parser)
{
	struct http_reader *reader = parser->data;

	reader->meaning.ended = true;
	http_parser_pause(parser, 1);
	return 0;
}

static const struct http_parser_settings settings = {
	.on_url = on_url,
	.on_header_field = on_header_field,
	.on_header_value = on_header_value,
	.on_headers_complete = on_headers_complete,
	.on_body = on_body,
	.on_message_complete = on_message_complete,
};

static int execute(struct http_reader *reader, struct http_parser *parser, struct str bytes)
{
	parser->data = reader;
	size_t n = http_parser_execute(parser, &settings, bytes.ptr, bytes.len);
	memcpy(reader->meaning.parser, parser, sizeof(*parser));
	enum http_errno error = HTTP_PARSER_ERRNO(parser);
	if (error == HPE_HEADER_OVERFLOW)
		return 431;
	if (error != HPE_OK && error != HPE_PAUSED)
		return 400;
	return n == bytes.len ? 0 : 400;
}

/* A parser that has read the method. It is always POST: the guard has read the real method, the
 * parser does not know QUERY, and none of the accepted methods changes how a message is parsed. Not
 * locked: a worker has one thread. */
static const struct http_parser *parser_after_method(void)
{
	static struct http_parser parser;
	static bool is_ready;

	if (!is_ready) {
		http_parser_init(&parser, HTTP_REQUEST);
		http_parser_execute(&parser, &settings, "POST", strlen("POST"));
		is_ready = true;
	}
	return &parser;
}

int http_parse(struct http_reader *reader, size_t size)
{
	struct str bytes = { http_message(reader), size };
	struct http_parser parser = *parser_after_method();

	reader->meaning = (struct http_meaning){ 0 };
	return execute(
		reader, &parser, str_from_index(bytes, method_names[reader->head.method].len));
}

int http_parse_more(struct http_reader *reader, struct str bytes)
{
	struct http_parser parser;

	memcpy(&parser, reader->meaning.parser, sizeof(parser));
	return execute(reader, &parser, bytes);
}
