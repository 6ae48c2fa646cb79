/* Responses as bytes: the head by RFC 9112, with the date of RFC 9110 6.6.1, and the content. */
#ifndef POSTERN_RESPONSE_H
#define POSTERN_RESPONSE_H

#include "buf.h"
#include "pin.h"

/* How a client finds the end of a body (RFC 9112, 6). */
enum framing {
	FRAMING_LENGTH, /* content-length: the body is the whole content */
	FRAMING_CHUNKS, /* transfer-encoding: chunked; the body is the first part */
	FRAMING_CLOSE   /* the end of the connection ends it, as HTTP/1.0 knows no chunks */
};

struct response {
	int status;
	struct str type;   /* Content-Type; "" for none */
	struct str fields; /* further header lines, each with its CRLF; "" for none. GZIP_VARY, if
			      it is one of them, is the last */
	struct str cors;   /* more of them (cors.h); a Vary at their start joins that one */
	struct str body;
	struct str request_id;       /* "" for none */
	struct pinnable *body_owner; /* while it is pinned, the body stays in memory; NULL: none */
	bool lasting;                /* the body stays in memory as long as the process */
	enum framing framing;
	bool head_only; /* the answer to HEAD: it says the length of the body but has none */
	bool close;     /* the connection ends with it */
};

/* Appends it. 204 and 304 have neither content nor length (RFC 9110 8.6). Returns the body, for the
 * caller to send after it, if it is too large to be copied and has an owner or is lasting; else "".
 * The caller pins the owner until the body is sent. */
struct str response_write(struct buf *out, const struct response *response)
	__attribute__((warn_unused_result));

/* Appends the next part of a body that is not FRAMING_LENGTH, and the end of such a body. */
void response_write_part(struct buf *out, enum framing framing, struct str part);
void response_write_end(struct buf *out, enum framing framing);

/* Returns the bytes of content that follow the head; -1 if the head does not say how many. */
int64_t response_content_length(const struct response *response);

/* The statuses that have a reason, numbered for tables: response_status_place returns the number,
 * RESPONSE_STATUSES_MAX - 1 for any other status; response_status_at returns the status, 0 for any
 * other number. */
enum { RESPONSE_STATUSES_MAX = 48 };
unsigned response_status_place(int status);
int response_status_at(unsigned place);

/* Returns "Not Found" for 404, and "" for a status without a reason. */
const char *response_reason(int status);

#endif
