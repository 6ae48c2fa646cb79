/* The places of a written declaration that a person should check. */
#ifndef POSTERN_IMPORT_CHECKS_H
#define POSTERN_IMPORT_CHECKS_H

#include "arena.h"
#include "buf.h"
#include "json.h"

struct import_check;

struct import_checks {
	struct import_check *first, **end;
	struct arena *arena;
};

/* Makes an empty list. Texts are put into the arena. */
void import_checks_init(struct import_checks *checks, struct arena *arena);

/* Adds a line about a node of the declaration. */
__attribute__((format(printf, 3, 4))) void import_check(
	struct import_checks *checks, const struct json *node, const char *format, ...);

/* Says that a node of the declaration begins on this line, from 1. */
void import_checks_place(struct import_checks *checks, const struct json *node, unsigned line);

/* Writes a line for each, "FILE:LINE: TEXT", in the order of the lines. */
void import_checks_write(struct buf *out, const struct import_checks *checks, const char *file);

#endif
