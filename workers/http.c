#include "http.h"

#include "ascii.h"

#include <assert.h>
#include <http_parser.h>

enum {
	KEEP_MEMORY = 16 * 1024, /* that an idle reader may hold, until http_reader_trim */
};

enum phase {
	PHASE_BLANK, /* between requests: only empty lines may come before the next */
	PHASE_HEAD,
	PHASE_BODY,
	PHASE_DONE,
	PHASE_BAD,
};

enum field { FIELD_OTHER, FIELD_HOST, FIELD_CONTENT_TYPE, FIELD_EXPECT };

_Static_assert(sizeof(struct http_parser) <= sizeof(((struct http_reader *)0)->parser),
	"struct http_reader has room for the parser");

/*
 * What the parser calls. Each name and value comes in one piece, as the head is fed in one;
 * trailers are never fed, so all fields are those of the head.
 */

/* The first byte of the current message. */
static char *message(struct http_reader *reader)
{
	return reader->input.data + reader->input.start;
}

static struct http_slice slice_of(const struct http_reader *reader, struct str s)
{
	return (struct http_slice){ (size_t)(s.ptr - buf_view(&reader->input).ptr), s.len };
}

static int on_url(struct http_parser *parser, const char *at, size_t len)
{
	struct http_reader *reader = parser->data;

	reader->target = slice_of(reader, (struct str){ at, len });
	return 0;
}

static int on_header_field(struct http_parser *parser, const char *at, size_t len)
{
	static const struct {
		struct str name;
		enum field field;
	} known[] = {
		{ STR_INIT("host"), FIELD_HOST },
		{ STR_INIT("content-type"), FIELD_CONTENT_TYPE },
		{ STR_INIT("expect"), FIELD_EXPECT },
	};
	struct http_reader *reader = parser->data;

	reader->field = FIELD_OTHER;
	for (size_t i = 0; i < NITEMS(known); i++)
		if (ascii_equal_nocase((struct str){ at, len }, known[i].name))
			reader->field = (uint8_t)known[i].field;
	return 0;
}

static int on_header_value(struct http_parser *parser, const char *at, size_t len)
{
	struct http_reader *reader = parser->data;
	struct str value = ascii_trim((struct str){ at, len });

	switch ((enum field)reader->field) {
	case FIELD_HOST:
		reader->host = slice_of(reader, value);
		break;
	case FIELD_CONTENT_TYPE:
		/* The first one counts; an empty one counts too. */
		if (reader->content_type.at == 0)
			reader->content_type = slice_of(reader, value);
		break;
	case FIELD_EXPECT:
		if (ascii_equal_nocase(value, STR("100-continue")))
			reader->expect_continue = true;
		break;
	case FIELD_OTHER:
		break;
	}
	return 0;
}

/* The guard and the parser must have read the same length out of the head. */
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
	reader->keep_alive = parser->http_minor > 0 && http_should_keep_alive(parser);
	/* RFC 9110 7.8: an Upgrade may be ignored, and is. Else the parser would take what follows
	 * the message, or even its body, for another protocol's. */
	parser->upgrade = 0;
	return 0;
}

/* Moves the content together, over the framing of chunks before it. */
static int on_body(struct http_parser *parser, const char *at, size_t len)
{
	struct http_reader *reader = parser->data;

	if (!reader->want_body)
		return 0;
	char *end = message(reader) + reader->body.at + reader->body.len;
	if (end != at)
		memmove(end, at, len);
	reader->body.len += len;
	return 0;
}

/* Pausing keeps the parser from taking more bytes for another message; it is initialised anew for
 * each. */
static int on_message_complete(struct http_parser *parser)
{
	struct http_reader *reader = parser->data;

	reader->ended = true;
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

/* Feeds bytes of the current message; they are not empty, which would mean the end of input. 0, or
 * the status that refuses the message: all of it must be to the parser's taste. */
static int feed(struct http_reader *reader, struct str bytes)
{
	struct http_parser parser;

	memcpy(&parser, reader->parser, sizeof(parser));
	parser.data = reader;
	size_t n = http_parser_execute(&parser, &settings, bytes.ptr, bytes.len);
	memcpy(reader->parser, &parser, sizeof(parser));
	enum http_errno error = HTTP_PARSER_ERRNO(&parser);
	if (error == HPE_HEADER_OVERFLOW)
		return 431;
	if (error != HPE_OK && error != HPE_PAUSED)
		return 400;
	return n == bytes.len ? 0 : 400;
}

/*
 * The phases
 */

static enum http_state refuse(struct http_reader *reader, int status)
{
	reader->status = status;
	reader->phase = PHASE_BAD;
	return HTTP_BAD;
}

/* RFC 9110 5.6.3 lets us read a blank as a space. The parser doesn't take a tab after "close",
 * "chunked" or a length for one. */
static void replace_tabs(char *bytes, size_t len)
{
	const char *end = bytes + len;

	while ((bytes = memchr(bytes, '\t', (size_t)(end - bytes))))
		*bytes++ = ' ';
}

/* The whole head is there and the guard is content. The guard has read the method, and the parser
 * sees POST in its place: it does not know QUERY, and no method that is let through changes how a
 * message is read. */
static int parse_head(struct http_reader *reader)
{
	struct str head = { message(reader), reader->head.size };
	struct http_parser parser;

	http_parser_init(&parser, HTTP_REQUEST);
	memcpy(reader->parser, &parser, sizeof(parser));
	reader->used = head.len;
	reader->body.at = head.len;
	reader->want_body = true;
	replace_tabs(message(reader), head.len);
	int status = feed(reader, STR("POST"));
	if (status == 0)
		status = feed(reader, str_from_index(head, method_names[reader->head.method].len));
	return status;
}

static enum http_state read_head(struct http_reader *reader)
{
	int status = guard_head_check(&reader->head, reader->limits, buf_view(&reader->input));

	if (status == 0 && !reader->head.complete)
		return HTTP_NEED_MORE;
	if (status == 0)
		status = parse_head(reader);
	if (status != 0)
		return refuse(reader, status);
	reader->phase = PHASE_BODY;
	reader->left = reader->head.length;
	return HTTP_HEAD_READY;
}

/* RFC 9112 2.2: empty lines before a request are skipped, within bounds. */
static enum http_state skip_blank_lines(struct http_reader *reader)
{
	const struct str empty_line = STR("\r\n");

	while (str_starts(buf_view(&reader->input), empty_line)) {
		buf_consume(&reader->input, empty_line.len);
		reader->blank += empty_line.len;
		if (reader->blank > reader->limits->line)
			return refuse(reader, 400);
	}
	if (http_reader_idle(reader))
		return HTTP_NEED_MORE;
	reader->phase = PHASE_HEAD;
	return read_head(reader);
}

static struct str unread(const struct http_reader *reader)
{
	return str_from_index(buf_view(&reader->input), reader->used);
}

/* A body of known length (RFC 9112 6.2), or none. */
static int read_content(struct http_reader *reader)
{
	struct str bytes = unread(reader);

	if (bytes.len > reader->left)
		bytes.len = (size_t)reader->left;
	if (bytes.len == 0)
		return 0;
	reader->used += bytes.len;
	reader->left -= bytes.len;
	return feed(reader, bytes);
}

/* A chunked body. Its trailers are checked and dropped (RFC 9110 6.5.1): the parser, which would
 * take them for fields of the head, sees an empty trailer section. */
static int read_chunks(struct http_reader *reader)
{
	while (reader->chunks.part != GUARD_PART_END) {
		enum guard_part part = reader->chunks.part;
		struct str bytes = unread(reader);
		if (bytes.len == 0)
			return 0;
		int status = guard_chunks_check(&reader->chunks, reader->limits, bytes, &bytes.len);
		if (status != 0)
			return status;
		reader->used += bytes.len;
		if (part == GUARD_PART_CHUNKS)
			status = feed(reader, bytes);
		if (status != 0)
			return status;
	}
	return feed(reader, STR("\r\n"));
}

/* The guard has seen the end of the message. */
static bool is_whole(const struct http_reader *reader)
{
	if (reader->head.chunked)
		return reader->chunks.part == GUARD_PART_END;
	return reader->left == 0;
}

/* The framing of chunks and unwanted content, which are the end of what has come, need no memory.
 */
static void drop_tail(struct http_reader *reader)
{
	reader->used = reader->body.at + reader->body.len;
	reader->input.end = reader->input.start + reader->used;
}

static enum http_state read_body(struct http_reader *reader)
{
	int status = reader->head.chunked ? read_chunks(reader) : read_content(reader);

	if (status != 0)
		return refuse(reader, status);
	/* Where the message ends, too, the guard and the parser must agree. */
	if (reader->ended != is_whole(reader))
		return refuse(reader, 400);
	if (!reader->ended) {
		drop_tail(reader);
		return HTTP_NEED_MORE;
	}
	reader->phase = PHASE_DONE;
	return HTTP_DONE;
}

static struct str resolve(const struct http_reader *reader, struct http_slice slice)
{
	return (struct str){ buf_view(&reader->input).ptr + slice.at, slice.len };
}

static void fill_request(const struct http_reader *reader, struct http_request *request)
{
	const struct guard_head *head = &reader->head;

	*request = (struct http_request){
		.method = head->method,
		.minor = head->minor,
		.target = resolve(reader, reader->target),
		.host = resolve(reader, reader->host),
		.content_type = resolve(reader, reader->content_type),
		.keep_alive = reader->keep_alive,
		.has_body = head->chunked || head->length > 0,
		.expect_continue = reader->expect_continue && head->minor > 0,
		.body = resolve(reader, reader->body),
	};
}

/*
 * The interface
 */

static size_t add_sizes(size_t a, size_t b)
{
	return a < SIZE_MAX - b ? a + b : SIZE_MAX;
}

void http_reader_init(struct http_reader *reader, const struct http_limits *limits)
{
	size_t head = add_sizes(limits->line, limits->header_bytes);

	*reader = (struct http_reader){ .limits = limits };
	/* At HTTP_NEED_MORE there is never more than a message in it, without its framing. */
	buf_init(&reader->input, add_sizes(add_sizes(head, limits->body), HTTP_READ_MOST));
}

void http_reader_done(struct http_reader *reader)
{
	buf_done(&reader->input);
}

char *http_reader_space(struct http_reader *reader, size_t at_least, size_t *room)
{
	char *space = buf_reserve(&reader->input, at_least);

	if (!space)
		return NULL;
	size_t allowed = reader->input.limit - buf_len(&reader->input);
	*room = reader->input.size - reader->input.end;
	if (*room > allowed)
		*room = allowed;
	return space;
}

void http_reader_added(struct http_reader *reader, size_t n)
{
	if (reader->phase != PHASE_BAD)
		buf_commit(&reader->input, n);
}

enum http_state http_reader_step(struct http_reader *reader, struct http_request *request)
{
	enum http_state state = HTTP_BAD;

	switch ((enum phase)reader->phase) {
	case PHASE_BLANK:
		state = skip_blank_lines(reader);
		break;
	case PHASE_HEAD:
		state = read_head(reader);
		break;
	case PHASE_BODY:
		state = read_body(reader);
		break;
	case PHASE_DONE:
		state = HTTP_DONE;
		break;
	case PHASE_BAD:
		break;
	}
	if (state == HTTP_HEAD_READY || state == HTTP_DONE)
		fill_request(reader, request);
	return state;
}

void http_reader_want_body(struct http_reader *reader, bool keep)
{
	reader->want_body = keep;
}

void http_reader_next(struct http_reader *reader)
{
	assert(reader->phase == PHASE_DONE);
	buf_consume(&reader->input, reader->used);
	*reader = (struct http_reader){ .limits = reader->limits, .input = reader->input };
	if (buf_len(&reader->input) == 0)
		buf_reset(&reader->input, KEEP_MEMORY);
}

bool http_reader_idle(const struct http_reader *reader)
{
	struct str bytes = buf_view(&reader->input);

	return reader->phase == PHASE_BLANK && str_starts(STR("\r"), bytes);
}

bool http_reader_in_body(const struct http_reader *reader)
{
	return reader->phase == PHASE_BODY;
}

void http_reader_trim(struct http_reader *reader)
{
	if (buf_len(&reader->input) == 0)
		buf_done(&reader->input);
}
