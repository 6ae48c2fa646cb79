/* The content coding of answers (RFC 9110 8.4): none, or gzip for clients that accept it. */
#ifndef POSTERN_CONTENT_CODING_H
#define POSTERN_CONTENT_CODING_H

#include "exchange.h"

/* The least size in bytes of an answer that this client prefers in gzip (RFC 9110 12.5.3); SIZE_MAX
 * if it prefers none. */
size_t content_coding_gzip_from(struct exchange *x);

/* The header lines of an answer of x->rows in a coding, in the arena: ETag, next page, total count,
 * coding. size is that of the text without a coding. */
struct str content_coding_fields(
	struct exchange *x, uint64_t digest, enum coding coding, size_t size);

/* Compresses the next part of an answer, or with last and without x->parted the whole of it.
 * Returns a view of x->packed, which is empty if that has failed. */
struct str content_coding_pack(struct exchange *x, struct str text, bool last);

#endif
