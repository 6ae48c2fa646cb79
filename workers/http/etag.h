/*
 * Entity tags (RFC 9110 8.8.3) and the lists of them that clients send. A tag is a digest
 * (digest.h) of the rows in the answer and of the declarations. All workers, also after a restart,
 * give the same representation the same strong tag.
 */
#ifndef POSTERN_ETAG_H
#define POSTERN_ETAG_H

#include "arena.h"

#include <stdbool.h>
#include <stdint.h>

/* Follows the digest in the tag of an answer in gzip, which has other bytes and so another tag. */
#define ETAG_GZIP STR("-gzip")

/* Makes header lines in the arena: etag: "0123456789abcdef", with a suffix of less than 16 bytes
 * after the digest, followed by the lines in more. */
struct str etag_fields(struct arena *arena, uint64_t digest, struct str suffix, struct str more);

/* The digest in lines that etag_fields made; 0 if their tag does not have that form. */
uint64_t etag_digest(struct str fields);

/* True if the value of If-None-Match lists the tag in these lines, weak or strong (RFC
 * 9110 13.1.2).
 * "*" matches no tag: the reference answers such a request in full. */
bool etag_is_listed(struct str list, struct str fields);

/* The digests of the strong tags in the value of If-Match (RFC 9110 13.1.1), with or without
 * ETAG_GZIP: 8 bytes each, in the arena. For "*", which any existing row satisfies, ptr is NULL. */
struct str etag_digests(struct arena *arena, struct str list);

#endif
