#include "response.h"

#include <time.h>

enum {
	COPIED_MAX = 16 * 1024, /* of a body that need not be */
	HEAD_ROOM = 256,        /* for a head without its own fields */
	CHUNK_ROOM = 32         /* for what frames a part */
};

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 204, "No Content" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 400, "Bad Request" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 422, "Unprocessable Entity" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
	{ 507, "Insufficient Storage" },
};

_Static_assert(NITEMS(reasons) < RESPONSE_STATUSES_MAX, "there are too many");

unsigned response_status_place(int status)
{
	for (unsigned i = 0; i < NITEMS(reasons); i++)
		if (reasons[i].status == status)
			return i;
	return RESPONSE_STATUSES_MAX - 1;
}

int response_status_at(unsigned place)
{
	return place < NITEMS(reasons) ? reasons[place].status : 0;
}

const char *response_reason(int status)
{
	for (size_t i = 0; i < NITEMS(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "";
}

/* IMF-fixdate of the present second. It is formatted once a second; a worker has one thread. */
static struct str date_now(void)
{
	static char text[32];
	static time_t formatted = -1;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	if (now.tv_sec != formatted) {
		struct tm utc;
		gmtime_r(&now.tv_sec, &utc);
		strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &utc);
		formatted = now.tv_sec;
	}
	return str_from(text);
}

static void write_field(struct buf *out, struct str name, struct str value)
{
	buf_str(out, name);
	buf_str(out, value);
	buf_str(out, STR("\r\n"));
}

/* RFC 9110 6.4.1 */
static bool has_content(int status)
{
	return status != 204 && status != 304;
}

int64_t response_content_length(const struct response *r)
{
	if (r->head_only || !has_content(r->status))
		return 0;
	return r->framing == FRAMING_LENGTH ? (int64_t)r->body.len : -1;
}

/* HEAD may leave out what is only known once the body is made (RFC 9110 9.3.2). */
static void write_framing(struct buf *out, const struct response *r)
{
	if (r->framing == FRAMING_LENGTH && has_content(r->status)) {
		buf_str(out, STR("content-length: "));
		buf_int(out, (int64_t)r->body.len);
		buf_str(out, STR("\r\n"));
	}
	if (r->framing == FRAMING_CHUNKS && !r->head_only)
		buf_str(out, STR("transfer-encoding: chunked\r\n"));
}

void response_write_part(struct buf *out, enum framing framing, struct str part)
{
	buf_reserve(out, part.len + CHUNK_ROOM);
	/* A chunk of no bytes would be the last one. */
	if (framing != FRAMING_CHUNKS || part.len == 0) {
		buf_str(out, part);
		return;
	}
	buf_printf(out, "%zx\r\n", part.len);
	buf_str(out, part);
	buf_str(out, STR("\r\n"));
}

void response_write_end(struct buf *out, enum framing framing)
{
	if (framing == FRAMING_CHUNKS)
		buf_str(out, STR("0\r\n\r\n"));
}

struct str response_write(struct buf *out, const struct response *r)
{
	bool empty = r->head_only || !has_content(r->status);
	bool copied = !(r->kept || r->lasting) || r->body.len <= COPIED_MAX;

	/* All of it at once, so that nothing is copied as the buffer grows. */
	buf_reserve(out,
		HEAD_ROOM + r->fields.len + r->cors.len + (copied && !empty ? r->body.len : 0));
	buf_str(out, STR("HTTP/1.1 "));
	buf_int(out, r->status);
	buf_char(out, ' ');
	write_field(out, str_from(response_reason(r->status)), STR(""));
	write_field(out, STR("date: "), date_now());
	buf_str(out, STR("server: postern\r\n"));
	write_framing(out, r);
	if (r->type.len > 0)
		write_field(out, STR("content-type: "), r->type);
	buf_str(out, r->fields);
	if (r->request_id.len > 0)
		write_field(out, STR("x-request-id: "), r->request_id);
	buf_str(out, r->cors);
	if (r->close)
		buf_str(out, STR("connection: close\r\n"));
	buf_str(out, STR("\r\n"));
	if (empty)
		return STR("");
	if (!copied)
		return r->body;
	response_write_part(out, r->framing, r->body);
	return STR("");
}
