/*
 * gzip (RFC 1952) in parts. Each part is compressed independently of the others and ends at a byte
 * boundary, with an empty stored block (RFC 1951). All parts form one gzip member. This way all
 * concurrent answers of a worker share one zlib state, and an answer needs only 8 bytes of its own.
 */
#ifndef POSTERN_GZIP_H
#define POSTERN_GZIP_H

#include "buf.h"

enum {
	GZIP_LEAST = 1024,         /* bytes of a content that is worth compressing */
	GZIP_PART_MAX = 256 * 1024 /* most bytes of a part, which take about 3 ms */
};

/* Header lines: GZIP_VARY of an uncompressed answer that could be compressed, GZIP_FIELDS of a
 * compressed one. They follow all other lines: response.h relies on "vary" being the last. */
#define GZIP_VARY   STR("vary: accept-encoding\r\n")
#define GZIP_FIELDS STR("content-encoding: gzip\r\nvary: accept-encoding\r\n")

struct gzip;

/* The state of an unfinished member. */
struct gzip_member {
	uint32_t crc, size; /* of the uncompressed bytes so far; size is modulo 2^32 */
};

/* Allocates the zlib state, 256 KiB. Aborts if memory is exhausted. */
struct gzip *gzip_new(void);

/* Does nothing if gzip is NULL. */
void gzip_free(struct gzip *gzip);

/* Begin a member, add a part of at most GZIP_PART_MAX bytes, end the member. Each function appends
 * to out; errors of a buf are sticky (buf.h). */
void gzip_begin(struct gzip_member *member, struct buf *out);
void gzip_add(struct gzip *gzip, struct gzip_member *member, struct buf *out, struct str part);
void gzip_end(const struct gzip_member *member, struct buf *out);

/* The uncompressed size of a complete member, modulo 2^32 (ISIZE, RFC 1952 2.3.1). */
uint32_t gzip_text_size(struct str member);

#endif
