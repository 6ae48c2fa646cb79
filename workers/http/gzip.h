/*
 * gzip (RFC 1952), in parts. Each part is compressed for itself, up to a byte's boundary (RFC 1951,
 * a stored block of no bytes), and they follow each other in one member. So all answers of a worker
 * share one state of zlib, however many are under way, and what an answer keeps from part to part
 * is 8 bytes.
 */
#ifndef POSTERN_GZIP_H
#define POSTERN_GZIP_H

#include "buf.h"

enum {
	GZIP_LEAST = 1024,         /* bytes: less is not worth it */
	GZIP_PART_MAX = 256 * 1024 /* at a time: some 3 ms */
};

/* Header lines: of what is shown in either way; of what is in gzip. They stand behind all others,
 * the former of them last (response.h). */
#define GZIP_VARY   STR("vary: accept-encoding\r\n")
#define GZIP_FIELDS STR("content-encoding: gzip\r\nvary: accept-encoding\r\n")

struct gzip;

/* A member under way. */
struct gzip_member {
	uint32_t crc, size; /* of what was added */
};

/* 256 KiB. Never NULL: aborts when out of memory. */
struct gzip *gzip_new(void);
void gzip_free(struct gzip *gzip); /* NULL is fine */

/* Each appends to out, whose failure is sticky. */
void gzip_begin(struct gzip_member *member, struct buf *out);
void gzip_add(struct gzip *gzip, struct gzip_member *member, struct buf *out, struct str part);
void gzip_end(const struct gzip_member *member, struct buf *out);

/* Bytes of what was added to a member that has ended, modulo 2^32 (RFC 1952 2.3.1, ISIZE). */
uint32_t gzip_text_size(struct str member);

#endif
