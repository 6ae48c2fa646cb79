#include "http_parts.h"

#include <assert.h>

enum phase {
	PHASE_BLANK, /* between requests: empty lines are skipped */
	PHASE_HEAD,
	PHASE_BODY,
	PHASE_DONE,
	PHASE_BAD,
};

static enum http_state refuse(struct http_reader *reader, int status)
{
	reader->status = status;
	reader->phase = PHASE_BAD;
	return HTTP_BAD;
}

/* RFC 9110 5.6.3 allows a recipient to replace a tab by a space. The parser does not accept a tab
 * after "close", "chunked" or a length. */
static void replace_tabs(char *bytes, size_t len)
{
	const char *end = bytes + len;

	while ((bytes = memchr(bytes, '\t', (size_t)(end - bytes))))
		*bytes++ = ' ';
}

/* Parses a complete head that the guard has accepted. */
static int parse_head(struct http_reader *reader)
{
	size_t size = reader->head.size;
	bool has_tabs = memchr(http_message(reader), '\t', size);

	if (has_tabs)
		replace_tabs(http_message(reader), size);
	int status = http_parse(reader, size);
	/* A recalled head must not contain tabs, which would have to be replaced again. */
	if (status == 0 && !has_tabs)
		http_known_add(reader);
	return status;
}

/* Parses a head that is refused for the length of its body only: the answer may depend on its
 * fields. */
static void parse_refused_head(struct http_reader *reader)
{
	if (http_parse(reader, reader->head.size) == 0)
		reader->used = reader->head.size;
}

/* Reads what has arrived of the head. Returns 0, or the status that refuses it. */
static int check_head(struct http_reader *reader)
{
	const struct http_limits *limits = &reader->all->limits;
	struct guard_head *head = &reader->head;
	int status = 0;

	if (reader->line == 0) {
		if (http_known_recall_head(reader))
			return 0;
		status = guard_line_check(head, limits, buf_view(&reader->input));
		if (status != 0 || !head->has_line)
			return status;
		reader->line = head->size;
		status = http_known_recall_fields(reader);
		if (status != HTTP_UNKNOWN)
			return status;
	}
	status = guard_head_check(head, limits, buf_view(&reader->input));
	if (status == 413 && head->complete)
		parse_refused_head(reader);
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

/* RFC 9112 2.2: skips empty lines before a request, up to the size limit of a request line. */
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

/* Reads a body of known length (RFC 9112 6.2), which may be 0. */
static int read_content(struct http_reader *reader)
{
	struct str bytes = unread(reader);

	if (bytes.len > reader->left)
		bytes.len = (size_t)reader->left;
	if (bytes.len == 0)
		return 0;
	reader->used += bytes.len;
	reader->left -= bytes.len;
	return http_parse_more(reader, bytes);
}

/* Reads a chunked body. The trailers are checked and dropped (RFC 9110 6.5.1). The parser gets an
 * empty trailer section, because it would report trailers as fields of the head. */
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
			status = http_parse_more(reader, bytes);
		if (status != 0)
			return status;
	}
	return http_parse_more(reader, STR("\r\n"));
}

/* True if the guard has seen the end of the message. */
static bool is_whole(const struct http_reader *reader)
{
	if (reader->head.chunked)
		return reader->chunks.part == GUARD_PART_END;
	return reader->left == 0;
}

/* Frees the space of the bytes after the content: chunk framing or unwanted content that was read.
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
	/* The guard and the parser must also agree on the end of the message. */
	if (reader->meaning.ended != is_whole(reader))
		return refuse(reader, 400);
	if (!reader->meaning.ended) {
		drop_tail(reader);
		return HTTP_NEED_MORE;
	}
	reader->phase = PHASE_DONE;
	return HTTP_DONE;
}

static struct str resolve(const char *start, struct http_slice slice)
{
	return (struct str){ start + slice.at, slice.len };
}

static void fill_request(const struct http_reader *reader, struct http_request *request)
{
	const struct guard_head *head = &reader->head;
	const struct http_meaning *meaning = &reader->meaning;
	const char *start = buf_view(&reader->input).ptr, *fields = start + reader->line;

	*request = (struct http_request){
		.method = head->method,
		.minor = head->minor,
		.target = resolve(start, reader->target),
		.host = resolve(fields, meaning->host),
		.content_type = resolve(fields, meaning->content_type),
		.fields = { { start, head->size }, meaning->seen },
		.keep_alive = meaning->keep_alive,
		.has_body = head->chunked || head->length > 0,
		.expect_continue = meaning->expect_continue && head->minor > 0,
		.body = resolve(start, reader->body),
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
	/* After HTTP_NEED_MORE the input has at most one message, without chunk framing. */
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
	/* Reading the next head sets all other members. */
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

/* A ClientHello is sent in a TLS record of type handshake, 0x16 (RFC 8446 5.1). */
const char *http_reader_hint(const struct http_reader *reader)
{
	struct str handshake = STR("\x16\x03"), bytes = buf_view(&reader->input);
	bool is_tls = str_starts(bytes, handshake) || str_equal(bytes, STR("\x16"));

	return is_tls ? "TLS handshake on a plain HTTP port" : NULL;
}

void http_reader_trim(struct http_reader *reader)
{
	if (buf_len(&reader->input) == 0)
		buffer_pool_put(&reader->all->pool, &reader->input);
}
