/* gzip, as a client reads it. */
#ifndef POSTERN_TEST_GUNZIP_H
#define POSTERN_TEST_GUNZIP_H

#include "arena.h"

/* The content of one member, which packed must be, no more and no less; else the test fails. */
struct str gunzip(struct arena *arena, struct str packed);

#endif
