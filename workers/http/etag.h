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

/* Behind the digest in the tag of what is shown in gzip: other bytes, another tag. */
#define ETAG_GZIP STR("-gzip")

/* Header lines, in the arena: etag: "0123456789abcdef", with what is to stand behind the digest
 * (less than 16 bytes), and further lines. */
struct str etag_fields(struct arena *arena, uint64_t digest, struct str behind, struct str further);

/* The digest in such lines. */
uint64_t etag_digest(struct str fields);

/* Does the value of If-None-Match list the tag of these lines, weak or not (RFC 9110 13.1.2)? "*"
 * lists none: the API has always answered it with the whole. */
bool etag_is_listed(struct str list, struct str fields);

/* The digests, with or without ETAG_GZIP, of the strong tags that the value of If-Match lists (RFC
 * 9110 13.1.1), 8 bytes each, in the arena; ptr is NULL for "*", which any state satisfies. */
struct str etag_digests(struct arena *arena, struct str list);

#endif
