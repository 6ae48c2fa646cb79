/*
 * Entity tags (RFC 9110 8.8.3) and the lists of them that clients send. A tag is a digest
 * (digest.h) of what is shown and of the declarations, so that every worker, of this start or
 * another, gives the same representation the same strong tag.
 */
#ifndef POSTERN_ETAG_H
#define POSTERN_ETAG_H

#include "arena.h"

#include <stdbool.h>
#include <stdint.h>

/* A header line. */
#define ETAG_LIKE "etag: \"0123456789abcdef\"\r\n"
enum { ETAG_LINE = sizeof(ETAG_LIKE) - 1 };

void etag_write(char line[ETAG_LINE], uint64_t digest);

/* Does the value of If-None-Match list the tag of this line, weak or not (RFC 9110 13.1.2)? "*"
 * lists none: the API has always answered it with the whole. */
bool etag_is_listed(struct str list, struct str line);

/* The digests of the strong tags that the value of If-Match lists (RFC 9110 13.1.1), 8 bytes each,
 * in the arena; ptr is NULL for "*", which any state satisfies. */
struct str etag_digests(struct arena *arena, struct str list);

#endif
