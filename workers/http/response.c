#include "response.h"

#include "decimal.h"
#include "gzip.h"

#include <assert.h>
#include <time.h>

enum {
	COPIED_MAX = 16 * 1024, /* of a body that need not be */
	HEAD_ROOM = 256,        /* for a head without what the response brings */
	CHUNK_ROOM = 32         /* for what frames a part */
};

/* Those that this server sends by itself, and the registered ones that a declaration may choose. */
#define STATUSES(X)                                                                                \
	X(200, "OK")                                                                               \
	X(201, "Created")                                                                          \
	X(202, "Accepted")                                                                         \
	X(203, "Non-Authoritative Information")                                                    \
	X(204, "No Content")                                                                       \
	X(205, "Reset Content")                                                                    \
	X(206, "Partial Content")                                                                  \
	X(207, "Multi-Status")                                                                     \
	X(208, "Already Reported")                                                                 \
	X(226, "IM Used")                                                                          \
	X(304, "Not Modified")                                                                     \
	X(307, "Temporary Redirect")                                                               \
	X(400, "Bad Request")                                                                      \
	X(401, "Unauthorized")                                                                     \
	X(402, "Payment Required")                                                                 \
	X(403, "Forbidden")                                                                        \
	X(404, "Not Found")                                                                        \
	X(405, "Method Not Allowed")                                                               \
	X(406, "Not Acceptable")                                                                   \
	X(407, "Proxy Authentication Required")                                                    \
	X(408, "Request Timeout")                                                                  \
	X(409, "Conflict")                                                                         \
	X(410, "Gone")                                                                             \
	X(411, "Length Required")                                                                  \
	X(412, "Precondition Failed")                                                              \
	X(413, "Content Too Large")                                                                \
	X(414, "URI Too Long")                                                                     \
	X(415, "Unsupported Media Type")                                                           \
	X(416, "Range Not Satisfiable")                                                            \
	X(417, "Expectation Failed")                                                               \
	X(418, "I'm a Teapot")                                                                     \
	X(421, "Misdirected Request")                                                              \
	X(422, "Unprocessable Entity")                                                             \
	X(423, "Locked")                                                                           \
	X(424, "Failed Dependency")                                                                \
	X(425, "Too Early")                                                                        \
	X(426, "Upgrade Required")                                                                 \
	X(428, "Precondition Required")                                                            \
	X(429, "Too Many Requests")                                                                \
	X(431, "Request Header Fields Too Large")                                                  \
	X(451, "Unavailable For Legal Reasons")                                                    \
	X(500, "Internal Server Error")                                                            \
	X(501, "Not Implemented")                                                                  \
	X(503, "Service Unavailable")                                                              \
	X(505, "HTTP Version Not Supported")                                                       \
	X(507, "Insufficient Storage")

static const struct {
	int status;
	const char *reason;
	struct str line;
} statuses[] = {
#define STATUS(code, reason) { code, reason, STR_INIT("HTTP/1.1 " #code " " reason "\r\n") },
	STATUSES(STATUS)
#undef STATUS
};

enum {
#define STATUS(code, reason) PLACE_##code,
	STATUSES(STATUS)
#undef STATUS
};

_Static_assert(NITEMS(statuses) < RESPONSE_STATUSES_MAX, "there are too many");

unsigned response_status_place(int status)
{
	static const uint8_t places[] = { /* from 1; 0: none */
#define STATUS(code, reason) [code] = 1 + PLACE_##code,
		STATUSES(STATUS)
#undef STATUS
	};
	unsigned place = (size_t)status < NITEMS(places) ? places[status] : 0;

	return place > 0 ? place - 1 : RESPONSE_STATUSES_MAX - 1;
}

int response_status_at(unsigned place)
{
	return place < NITEMS(statuses) ? statuses[place].status : 0;
}

const char *response_reason(int status)
{
	unsigned place = response_status_place(status);

	return place < NITEMS(statuses) ? statuses[place].reason : "";
}

#define SERVER "server: postern\r\n"

/* What begins all heads: its Date is that of the present second. It is formatted once a second; a
 * worker has one thread. */
static struct str common_fields(void)
{
	static char text[sizeof("date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" SERVER)];
	static time_t formatted = -1;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	if (now.tv_sec != formatted) {
		struct tm utc;
		gmtime_r(&now.tv_sec, &utc);
		strftime(text, sizeof(text), "date: %a, %d %b %Y %H:%M:%S GMT\r\n" SERVER, &utc);
		formatted = now.tv_sec;
	}
	return (struct str){ text, sizeof(text) - 1 };
}

/* Writers of a head: where there is room for all of it, each returns the place behind its part. */

static char *put(char *at, struct str s)
{
	return s.len > 0 ? mempcpy(at, s.ptr, s.len) : at;
}

static char *put_field(char *at, struct str name, struct str value)
{
	if (value.len == 0)
		return at;
	return put(put(put(at, name), value), STR("\r\n"));
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
static char *put_framing(char *at, const struct response *r)
{
	if (r->framing == FRAMING_LENGTH && has_content(r->status)) {
		at = put(at, STR("content-length: "));
		at = decimal_write(at, r->body.len, decimal_length(r->body.len));
		at = put(at, STR("\r\n"));
	}
	if (r->framing == FRAMING_CHUNKS && !r->head_only)
		at = put(at, STR("transfer-encoding: chunked\r\n"));
	return at;
}

static bool ends_with(struct str s, struct str end)
{
	return s.len >= end.len && str_equal(str_from_index(s, s.len - end.len), end);
}

/* Behind the other fields. There is one Vary line, with all names, as some caches read no more than
 * the first (RFC 9110 5.3: it means the same). */
static char *put_cors(char *at, const struct response *r)
{
	const struct str vary = STR("vary: ");

	if (!str_starts(r->cors, vary) || !ends_with(r->fields, GZIP_VARY))
		return put(at, r->cors);
	at = put(at - strlen("\r\n"), STR(", "));
	return put(at, str_from_index(r->cors, vary.len));
}

/* A declaration may choose a status that has no reason: it may be empty (RFC 9112 4). */
static char *put_status_line(char *at, int status)
{
	unsigned place = response_status_place(status);

	if (place < NITEMS(statuses))
		return put(at, statuses[place].line);
	assert(status >= 100 && status <= 999);
	at = put(at, STR("HTTP/1.1 "));
	at = decimal_write(at, (uint64_t)status, 3);
	return put(at, STR(" \r\n"));
}

static char *put_head(char *at, const struct response *r)
{
	at = put_status_line(at, r->status);
	at = put(at, common_fields());
	at = put_framing(at, r);
	at = put_field(at, STR("content-type: "), r->type);
	at = put(at, r->fields);
	at = put_cors(at, r);
	at = put_field(at, STR("x-request-id: "), r->request_id);
	if (r->close)
		at = put(at, STR("connection: close\r\n"));
	return put(at, STR("\r\n"));
}

void response_write_part(struct buf *out, enum framing framing, struct str part)
{
	/* A chunk of no bytes would be the last one. */
	if (framing != FRAMING_CHUNKS || part.len == 0) {
		buf_str(out, part);
		return;
	}
	buf_reserve(out, part.len + CHUNK_ROOM);
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
	bool copied = !(r->body_owner || r->lasting) || r->body.len <= COPIED_MAX;

	/* All of it at once, so that nothing is copied as the buffer grows. */
	size_t room = HEAD_ROOM + r->type.len + r->fields.len + r->request_id.len + r->cors.len;
	char *head = buf_reserve(out, room + (copied && !empty ? r->body.len + CHUNK_ROOM : 0));
	if (!head)
		return STR("");
	buf_commit(out, (size_t)(put_head(head, r) - head));
	if (empty)
		return STR("");
	if (!copied)
		return r->body;
	response_write_part(out, r->framing, r->body);
	return STR("");
}
