/*
 * The files that the documentation pages load. They are part of the read-only data of
 * postern-worker: workers share their memory, and files that are never requested take none. A path
 * contains a hash of the content, so that the content under a path never changes.
 *
 * The list of files depends on the build (workers/pages/generate).
 */
#ifndef POSTERN_ASSETS_H
#define POSTERN_ASSETS_H

#include "str.h"

struct asset {
	struct str path;        /* "/docs/assets/docs.0123456789abcdef.js" */
	struct str type;        /* Content-Type */
	struct str plain, gzip; /* the content, and the same compressed */
};

extern const struct asset assets[];
extern const unsigned nassets;

#endif
