/*
 * Lists of web origins, as users write them: "https://app.example, http://localhost:3000", or "*"
 * for all (RFC 6454 6.2; the Fetch standard, 3.2).
 */
#ifndef POSTERN_ORIGINS_H
#define POSTERN_ORIGINS_H

#include "buf.h"

/* True if the list is empty, "*", or origins separated by commas and optional spaces: scheme,
 * "://", host and optional port, in lower case and without a path, as browsers send them. On error
 * returns false and appends a clause to error, which quotes the wrong origin. */
bool origins_valid(const char *list, struct buf *error) __attribute__((warn_unused_result));

/* True if the list is "*". */
bool origins_any(const char *list);

/* True if the list is "*" or contains the origin, compared byte by byte. False for an empty origin.
 */
bool origins_have(const char *list, struct str origin);

#endif
