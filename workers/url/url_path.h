/* The path of a URL whose scheme is special: URL Standard, section 4.4, path state. */
#ifndef POSTERN_URL_PATH_H
#define POSTERN_URL_PATH_H

#include "buf.h"

/* Appends the path, which begins with a slash, percent-encoded and without dot segments. The text
 * ends where the query or the fragment begins. */
void url_put_path(struct buf *out, struct str text);

#endif
