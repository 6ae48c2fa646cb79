/* Records and commands that a client could send, of any resource: for tests that loop over
 * resources[].
 */
#ifndef POSTERN_TEST_SAMPLE_H
#define POSTERN_TEST_SAMPLE_H

#include "arena.h"
#include "command.h"
#include "record.h"

/* A valid text for a field; different for each n. */
struct str sample_text(struct arena *arena, const struct field *f, unsigned n);

/* A record with all input fields of r. The records of two different n have no value in common. */
struct record sample_input(struct arena *arena, const struct resource *r, unsigned n);

/* The command that creates it; its parent, if r has one, is the row with key 1. */
struct command sample_create(
	struct arena *arena, const struct resource *r, uint64_t id, unsigned n);

/* Fails unless both hold the same fields with the same values. */
void sample_assert_same(const struct record *got, const struct record *want);

#endif
