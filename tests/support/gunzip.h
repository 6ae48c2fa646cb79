/* Decompresses gzip as a client does. */
#ifndef POSTERN_TEST_GUNZIP_H
#define POSTERN_TEST_GUNZIP_H

#include "arena.h"

/* The content of packed, which must be exactly one gzip member, in the arena. Otherwise fails the
 * test. */
struct str gunzip(struct arena *arena, struct str packed);

#endif
