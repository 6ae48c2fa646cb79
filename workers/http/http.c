#include "http.h"

#include "ascii.h"

#include <assert.h>
#include <http_parser.h>

enum phase {
	PHASE_BLANK, /* between requests: only empty lines may come before the next */
	PHASE_HEAD,
	PHASE_BODY,
	PHASE_DONE,
	PHASE_BAD,
};

enum field { FIELD_OTHER, FIELD_HOST, FIELD_CONTENT_TYPE, FIELD_EXPECT };

_Static_assert(sizeof(struct http_parser) <= sizeof(((struct http_meaning *)0)->parser),
	"struct http_meaning has room for the parser");

/*
 * What the parser calls. Each name and value comes in one piece, as the head is fed in one;
 * trailers are never fed, so all fields are those of the head.
 */

/* The first byte of the current message. */
static char *message(struct http_reader *reader)
{
	return reader->input.data + reader->input.start;
}

/* Counted from so many bytes behind that. */
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

/* What is known of a field: either its value is noted as it comes, or that it is there. */
static const struct field_name {
	struct str name;
	enum field field;
	uint16_t seen; /* enum http_field */
} field_names[] = {
	{ STR_INIT("host"), FIELD_HOST, 0 },
	{ STR_INIT("content-type"), FIELD_CONTENT_TYPE, 0 },
	{ STR_INIT("expect"), FIELD_EXPECT, 0 },
	{ STR_INIT("if-match"), FIELD_OTHER, HTTP_IF_MATCH },
	{ STR_INIT("if-none-match"), FIELD_OTHER, HTTP_IF_NONE_MATCH },
	{ STR_INIT("accept-encoding"), FIELD_OTHER, HTTP_ACCEPT_ENCODING },
	{ STR_INIT("origin"), FIELD_OTHER, HTTP_ORIGIN },
	{ STR_INIT("access-control-request-method"), FIELD_OTHER, HTTP_CORS_METHOD },
	{ STR_INIT("access-control-request-headers"), FIELD_OTHER, HTTP_CORS_HEADERS },
	{ STR_INIT("access-control-request-private-network"), FIELD_OTHER,
		HTTP_CORS_PRIVATE_NETWORK },
	{ STR_INIT("cookie"), FIELD_OTHER, HTTP_COOKIE },
	{ STR_INIT("authorization"), FIELD_OTHER, HTTP_AUTHORIZATION },
	{ STR_INIT("user-agent"), FIELD_OTHER, HTTP_USER_AGENT },
	{ STR_INIT("referer"), FIELD_OTHER, HTTP_REFERER },
	{ STR_INIT("x-request-id"), FIELD_OTHER, HTTP_X_REQUEST_ID },
	{ STR_INIT("x-forwarded-for"), FIELD_OTHER, HTTP_X_FORWARDED_FOR },
	{ STR_INIT("x-forwarded-proto"), FIELD_OTHER, HTTP_X_FORWARDED_PROTO },
};

static int on_header_field(struct http_parser *parser, const char *at, size_t len)
{
	struct http_reader *reader = parser->data;

	reader->field = FIELD_OTHER;
	for (size_t i = 0; i < NITEMS(field_names); i++) {
		/* Most differ in length already, which needs no call. */
		if (len != field_names[i].name.len ||
			!ascii_equal_nocase((struct str){ at, len }, field_names[i].name))
			continue;
		reader->field = (uint8_t)field_names[i].field;
		reader->meaning.seen |= field_names[i].seen;
	}
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
		/* The first one counts; an empty one counts too. */
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
	reader->meaning.keep_alive = parser->http_minor > 0 && http_should_keep_alive(parser);
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

/* Feeds bytes of the current message; they are not empty, which would mean the end of input. 0, or
 * the status that refuses the message: all of it must be to the parser's taste. */
static int feed(struct http_reader *reader, struct str bytes)
{
	struct http_parser parser;

	memcpy(&parser, reader->meaning.parser, sizeof(parser));
	parser.data = reader;
	size_t n = http_parser_execute(&parser, &settings, bytes.ptr, bytes.len);
	memcpy(reader->meaning.parser, &parser, sizeof(parser));
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

/* The parser behind the method, which is POST to it: the guard has read it, the parser does not
 * know QUERY, and no method that is let through changes how a message is read. A worker has one
 * thread.
 */
static const struct http_parser *parser_behind_method(void)
{
	static struct http_parser parser;
	static bool is_there;

	if (!is_there) {
		http_parser_init(&parser, HTTP_REQUEST);
		http_parser_execute(&parser, &settings, "POST", strlen("POST"));
		is_there = true;
	}
	return &parser;
}

/* So many bytes from the message's first on. */
static int parse(struct http_reader *reader, size_t size)
{
	struct str bytes = { message(reader), size };

	reader->meaning = (struct http_meaning){ 0 };
	memcpy(reader->meaning.parser, parser_behind_method(), sizeof(struct http_parser));
	return feed(reader, str_from_index(bytes, method_names[reader->head.method].len));
}

static struct str known_fields(const struct http_known *known)
{
	return (struct str){ known->text + HTTP_KNOWN_LINE_MOST, known->len };
}

static struct str known_head(const struct http_known *known)
{
	const char *start = known->text + HTTP_KNOWN_LINE_MOST - known->line;

	return (struct str){ start, known->line + known->len };
}

/* The fields have come behind this request line. */
static void note_line(struct http_reader *reader, struct http_known *known)
{
	if (reader->line > HTTP_KNOWN_LINE_MOST)
		return;
	known->head = reader->head;
	known->target = reader->target;
	known->line = reader->line;
	memcpy(known->text + HTTP_KNOWN_LINE_MOST - reader->line, message(reader), reader->line);
}

static void make_known(struct http_reader *reader)
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
	memcpy(known->text + HTTP_KNOWN_LINE_MOST, message(reader) + reader->line, len);
	note_line(reader, known);
	all->next = (all->next + 1) % HTTP_KNOWN;
}

/* The whole head is there and the guard is content. */
static int parse_head(struct http_reader *reader)
{
	size_t size = reader->head.size;
	bool has_tabs = memchr(message(reader), '\t', size);

	if (has_tabs)
		replace_tabs(message(reader), size);
	int status = parse(reader, size);
	/* Recalled, they would have to be replaced again. */
	if (status == 0 && !has_tabs)
		make_known(reader);
	return status;
}

/* Nothing of the head needs to be looked at: all of its bytes are those of one that was. */
static bool recall_head(struct http_reader *reader)
{
	struct str bytes = buf_view(&reader->input);

	for (unsigned i = 0; i < HTTP_KNOWN; i++) {
		const struct http_known *known = &reader->all->known[i];
		if (known->line == 0 || !str_starts(bytes, known_head(known)))
			continue;
		reader->line = known->line;
		reader->head = known->head;
		reader->target = known->target;
		reader->meaning = known->meaning;
		return true;
	}
	return false;
}

/* NULL: what is behind the request line is not known, or not all there. */
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

/* The parser reads the request line, and then is where it was behind the fields. */
static int recall_fields(struct http_reader *reader, struct http_known *known)
{
	enum method method = reader->head.method;
	int status = parse(reader, reader->line);

	reader->head = known->head;
	reader->head.method = method;
	reader->head.size = reader->line + known->len;
	reader->meaning = known->meaning;
	if (status == 0)
		note_line(reader, known);
	return status;
}

/* Only the length of its body is refused: the answer may depend on the fields. */
static void note_refused_head(struct http_reader *reader)
{
	if (parse(reader, reader->head.size) == 0)
		reader->used = reader->head.size;
}

/* Goes on with the head, until it is complete. */
static int check_head(struct http_reader *reader)
{
	const struct http_limits *limits = &reader->all->limits;
	struct guard_head *head = &reader->head;
	struct http_known *known = NULL;
	int status = 0;

	if (reader->line == 0) {
		if (recall_head(reader))
			return 0;
		status = guard_line_check(head, limits, buf_view(&reader->input));
		if (status != 0 || !head->has_line)
			return status;
		reader->line = head->size;
		known = find_fields(reader);
	}
	if (known)
		return recall_fields(reader, known);
	status = guard_head_check(head, limits, buf_view(&reader->input));
	if (status == 413 && head->complete)
		note_refused_head(reader);
	return status == 0 && head->complete ? parse_head(reader) : status;
}

static enum http_state read_head(struct http_reader *reader)
{
	int status = check_head(reader);

	if (status != 0)
		return refuse(reader, status);
	if (!reader->head.complete)
		return HTTP_NEED_MORE;
	reader->phase = PHASE_BODY;
	reader->used = reader->head.size;
	reader->body = (struct http_slice){ reader->used, 0 };
	reader->left = reader->head.length;
	reader->chunks = (struct guard_chunks){ 0 };
	reader->want_body = true;
	return HTTP_HEAD_READY;
}

/* RFC 9112 2.2: empty lines before a request are skipped, within bounds. */
static enum http_state skip_blank_lines(struct http_reader *reader)
{
	const struct str empty_line = STR("\r\n");

	while (str_starts(buf_view(&reader->input), empty_line)) {
		buf_consume(&reader->input, empty_line.len);
		reader->blank += empty_line.len;
		if (reader->blank > reader->all->limits.line)
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
		int status = guard_chunks_check(
			&reader->chunks, &reader->all->limits, bytes, &bytes.len);
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
	if (reader->meaning.ended != is_whole(reader))
		return refuse(reader, 400);
	if (!reader->meaning.ended) {
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

/* Of a field. */
static struct str resolve_value(const struct http_reader *reader, struct http_slice slice)
{
	return resolve(reader, (struct http_slice){ reader->line + slice.at, slice.len });
}

static void fill_request(const struct http_reader *reader, struct http_request *request)
{
	const struct guard_head *head = &reader->head;
	const struct http_meaning *meaning = &reader->meaning;

	*request = (struct http_request){
		.method = head->method,
		.minor = head->minor,
		.target = resolve(reader, reader->target),
		.host = resolve_value(reader, meaning->host),
		.content_type = resolve_value(reader, meaning->content_type),
		.fields = { { buf_view(&reader->input).ptr, head->size }, meaning->seen },
		.keep_alive = meaning->keep_alive,
		.has_body = head->chunked || head->length > 0,
		.expect_continue = meaning->expect_continue && head->minor > 0,
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

void http_reader_init(struct http_reader *reader, struct http_readers *all)
{
	const struct http_limits *limits = &all->limits;
	size_t head = add_sizes(limits->line, limits->header_bytes);

	*reader = (struct http_reader){ .all = all };
	/* At HTTP_NEED_MORE there is never more than a message in it, without its framing. */
	buf_init(&reader->input, add_sizes(add_sizes(head, limits->body), HTTP_READ_MOST));
}

void http_reader_done(struct http_reader *reader)
{
	buffer_pool_put(&reader->all->pool, &reader->input);
}

char *http_reader_space(struct http_reader *reader, size_t at_least, size_t *room)
{
	buffer_pool_get(&reader->all->pool, &reader->input);
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

bool http_reader_has_body(const struct http_reader *reader)
{
	return !reader->head.chunked && unread(reader).len >= reader->left;
}

void http_reader_next(struct http_reader *reader)
{
	assert(reader->phase == PHASE_DONE);
	buf_consume(&reader->input, reader->used);
	/* A head sets all else. */
	reader->phase = PHASE_BLANK;
	reader->blank = reader->line = reader->used = 0;
	reader->head = (struct guard_head){ 0 };
	if (buf_len(&reader->input) == 0)
		buf_reset(&reader->input, BUFFER_POOL_BLOCK_MOST);
}

struct http_fields http_reader_fields(const struct http_reader *reader)
{
	if (reader->used == 0)
		return (struct http_fields){ 0 };
	return (struct http_fields){ { buf_view(&reader->input).ptr, reader->head.size },
		reader->meaning.seen };
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

/* A TLS record of the type handshake, which a ClientHello is (RFC 8446 5.1). */
const char *http_reader_hint(const struct http_reader *reader)
{
	struct str handshake = STR("\x16\x03"), bytes = buf_view(&reader->input);
	bool is_tls = str_starts(bytes, handshake) || str_equal(bytes, STR("\x16"));

	return is_tls ? "a TLS handshake came to this plain HTTP port" : NULL;
}

void http_reader_trim(struct http_reader *reader)
{
	if (buf_len(&reader->input) == 0)
		buffer_pool_put(&reader->all->pool, &reader->input);
}

static struct str take_line(struct str *lines)
{
	const char *end = memchr(lines->ptr, '\r', lines->len);
	struct str line = { lines->ptr, end ? (size_t)(end - lines->ptr) : lines->len };

	*lines = str_from_index(*lines, end ? line.len + 2 : line.len);
	return line;
}

/* Of the line of that field; ptr is NULL if it is another's. */
static struct str value_of(struct str line, struct str name)
{
	struct str start = { line.ptr, name.len };

	if (line.len <= name.len || line.ptr[name.len] != ':' || !ascii_equal_nocase(start, name))
		return (struct str){ NULL, 0 };
	return ascii_trim(str_from_index(line, name.len + 1));
}

static struct str name_of(enum http_field field)
{
	const struct field_name *k = field_names;

	while (k->seen != field)
		k++;
	return k->name;
}

struct str http_field(const struct http_fields *fields, enum http_field field, struct arena *arena)
{
	struct str name = name_of(field), lines = fields->head, all = STR("");
	char *list = NULL; /* no longer than its lines, of which each has more than its value */

	while (fields->seen & field && lines.len > 0) {
		struct str value = value_of(take_line(&lines), name);
		if (!value.ptr)
			continue;
		if (all.len == 0) {
			all = value;
			continue;
		}
		if (!list) {
			list = arena_alloc(arena, fields->head.len);
			memcpy(list, all.ptr, all.len);
		}
		list[all.len] = ',';
		list[all.len + 1] = ' ';
		memcpy(list + all.len + 2, value.ptr, value.len);
		all = (struct str){ list, all.len + 2 + value.len };
	}
	return all;
}
