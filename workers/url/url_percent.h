/*
 * Percent-encoding (RFC 3986 2.1) with the sets of the URL Standard, section 1.3.
 */
#ifndef POSTERN_URL_PERCENT_H
#define POSTERN_URL_PERCENT_H

#include "arena.h"
#include "buf.h"

/* What is encoded besides controls, DEL and bytes from 0x80 on. */
enum url_set { URL_SET_USERINFO, URL_SET_PATH, URL_SET_QUERY, URL_SET_FRAGMENT };

/* Appends the text, encoded. Escapes in the text stay as they are. */
void url_encode(struct buf *out, struct str text, enum url_set set);

/* Decodes escapes into the arena, without a check for UTF-8; a % without two digits stays. */
struct str url_decode(struct arena *arena, struct str text);

#endif
