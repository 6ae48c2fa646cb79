/* Responses as bytes: the head by RFC 9112, with the date of RFC 9110 6.6.1, and the content. */
#ifndef POSTERN_RESPONSE_H
#define POSTERN_RESPONSE_H

#include "buf.h"

struct response {
	int status;
	struct str type;   /* Content-Type; "" for none */
	struct str fields; /* further header lines, each with its CRLF; "" for none */
	struct str body;
	bool head_only; /* the answer to HEAD: the length of the body, not the body */
	bool close;     /* the connection ends with it */
};

/* Appends it. 204 has neither content nor length (RFC 9110 8.6). */
void response_write(struct buf *out, const struct response *response);

/* "Not Found" for 404; "" for a status that we never send. */
const char *response_reason(int status);

#endif
