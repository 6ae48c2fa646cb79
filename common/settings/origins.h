/*
 * Web origins, a list of them as users write it: "https://app.example, http://localhost:3000", or
 * "*" for any (RFC 6454 6.2; the Fetch standard, 3.2).
 */
#ifndef POSTERN_ORIGINS_H
#define POSTERN_ORIGINS_H

#include "buf.h"

/* The list is empty, "*", or origins between commas: scheme, "://", host and perhaps a port, as a
 * browser sends them: in lower case, without a path. False: *error has got a clause that names the
 * one that is not. */
bool origins_valid(const char *list, struct buf *error) __attribute__((warn_unused_result));

/* The list is "*". */
bool origins_any(const char *list);

/* Is it in the list, byte by byte, or any? */
bool origins_have(const char *list, struct str origin);

#endif
