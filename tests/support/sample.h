/* Valid input records of any resource, for tests that loop over resources[]. */
#ifndef POSTERN_TEST_SAMPLE_H
#define POSTERN_TEST_SAMPLE_H

#include "arena.h"
#include "record.h"

/* A text that is valid for a field; different for each n. */
struct str sample_text(struct arena *arena, const struct field *f, unsigned n);

/* A record with all input fields of r. Samples of different n have no value in common. */
struct record sample_input(struct arena *arena, const struct resource *r, unsigned n);

/* Fails the test unless both records have the same fields with the same values. */
void sample_assert_same(const struct record *got, const struct record *want);

#endif
