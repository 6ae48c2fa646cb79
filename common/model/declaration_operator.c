/* A module of its own, so that a program that reads only canonical forms is not linked with the
 * tables of patterns. */
#include "declaration_reading.h"
#include "pattern.h"

static bool check_pattern(struct str source, struct buf *error)
{
	struct pattern *pattern = pattern_compile(source, error);

	pattern_free(pattern);
	return pattern != NULL;
}

struct api *declaration_read(struct str text, const char *file, struct buf *error)
{
	return reading_whole(text, file, error, false, check_pattern);
}
