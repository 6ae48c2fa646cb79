/* A module of its own, so that a program that reads only canonical forms is not linked with the
 * tables of patterns. */
#include "declaration_reading.h"
#include "pattern.h"

struct api *declaration_read(struct str text, const char *file, struct buf *error)
{
	return reading_whole(text, file, error, false, pattern_check);
}
