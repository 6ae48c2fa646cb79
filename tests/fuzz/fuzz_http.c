/*
 * Reads the bytes of a connection whole and cut in two: the outcome must not depend on the cut. The
 * first two bytes of the input are the position of the cut, the rest are the bytes of the
 * connection.
 */
#include "arena.h"
#include "buf.h"
#include "http.h"
#include "target.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Low limits, so that inputs reach them. */
static const struct http_limits limits = {
	.line = 100, .header_bytes = 300, .headers = 8, .body = 200
};

/* Readers that know the heads of earlier inputs must read the same as readers that do not. */
static struct http_readers experienced;

static void write_slice(struct buf *out, struct str s)
{
	buf_printf(out, "%zu:", s.len);
	buf_str(out, s);
}

static void write_request(struct buf *out, const struct http_request *request)
{
	buf_printf(out, "%d %d %d%d%d %x ", request->method, request->minor, request->keep_alive,
		request->has_body, request->expect_continue, request->fields.seen);
	write_slice(out, request->fields.head);
	write_slice(out, request->target);
	write_slice(out, request->host);
	write_slice(out, request->content_type);
	write_slice(out, request->body);
}

/* The functions of target.h must accept each target that the guard accepts. */
static void use_target(const struct http_request *request)
{
	struct arena arena = { 0 };
	struct str path, query;

	if (!target_parse(&arena, request->target, &path, &query))
		abort();
	target_location(&arena, STR("http"), request->host, STR("127.0.0.1:8000"), path, query);
	arena_done(&arena);
}

/* Steps until more bytes are needed or the message is refused. The target decides whether the body
 * is wanted. */
static enum http_state talk(struct http_reader *reader, struct buf *out)
{
	for (;;) {
		struct http_request request;
		enum http_state state = http_reader_step(reader, &request);
		if (state == HTTP_NEED_MORE)
			return state;
		buf_printf(out, "\n%d ", state);
		if (state == HTTP_BAD) {
			buf_printf(out, "%d", reader->status);
			return state;
		}
		write_request(out, &request);
		if (state == HTTP_HEAD_READY) {
			use_target(&request);
			http_reader_want_body(reader, request.target.len % 2 == 0);
		} else {
			http_reader_next(reader);
		}
	}
}

static enum http_state receive(struct http_reader *reader, struct buf *out, struct str bytes)
{
	size_t room;

	if (bytes.len == 0)
		return HTTP_NEED_MORE;
	char *space = http_reader_space(reader, bytes.len, &room);
	if (!space || room < bytes.len)
		abort();
	memcpy(space, bytes.ptr, bytes.len);
	http_reader_added(reader, bytes.len);
	return talk(reader, out);
}

static void converse(struct http_readers *readers, struct buf *out, struct str bytes, size_t cut)
{
	struct http_reader reader;

	readers->limits = limits;
	http_reader_init(&reader, readers);
	enum http_state state = receive(&reader, out, (struct str){ bytes.ptr, cut });
	if (state != HTTP_BAD)
		state = receive(&reader, out, str_from_index(bytes, cut));
	if (state != HTTP_BAD && http_reader_idle(&reader))
		buf_printf(out, "\nidle");
	http_reader_done(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_readers fresh = { 0 };
	struct buf whole, two;

	if (size < 2 || size > HTTP_READ_MOST)
		return 0;
	struct str bytes = { (const char *)data + 2, size - 2 };
	size_t cut = (size_t)(data[0] << 8 | data[1]) % (bytes.len + 1);

	buf_init(&whole, SIZE_MAX);
	buf_init(&two, SIZE_MAX);
	converse(&fresh, &whole, bytes, bytes.len);
	converse(&experienced, &two, bytes, cut);
	if (whole.failed || two.failed || !str_equal(buf_view(&whole), buf_view(&two)))
		abort();
	buf_done(&whole);
	buf_done(&two);
	buffer_pool_done(&fresh.pool);
	return 0;
}
