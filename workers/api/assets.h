/*
 * The files that the pages load, as they were when postern-worker was built: in its read-only data,
 * so that workers share them, and those that nobody asks for take no memory. Their names hold a
 * hash of their content, so what is under one never changes.
 *
 * Which there are depends on the build (workers/pages/generate).
 */
#ifndef POSTERN_ASSETS_H
#define POSTERN_ASSETS_H

#include "str.h"

struct asset {
	struct str path; /* "/docs/assets/docs.0123456789abcdef.js" */
	struct str type; /* Content-Type */
	struct str plain, gzip;
};

extern const struct asset assets[];
extern const unsigned nassets;

#endif
