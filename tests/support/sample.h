/* Records that a client could send, of any resource: for tests that loop over resources[]. */
#ifndef POSTERN_TEST_SAMPLE_H
#define POSTERN_TEST_SAMPLE_H

#include "arena.h"
#include "record.h"

/* A text that fits a field; different for each n. */
struct str sample_text(struct arena *arena, const struct field *f, unsigned n);

/* Every input field of r, whole; no two samples share a value. */
struct record sample_input(struct arena *arena, const struct resource *r, unsigned n);

/* Fails unless both hold the same fields with the same values. */
void sample_assert_same(const struct record *got, const struct record *want);

#endif
