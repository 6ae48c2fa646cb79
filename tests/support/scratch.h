/* A folder of its own for each test, gone afterwards. */
#ifndef POSTERN_TEST_SCRATCH_H
#define POSTERN_TEST_SCRATCH_H

#include "str.h"

/* Fixtures: makes the folder, removes it with everything in it. */
void scratch_setup(void);
void scratch_teardown(void);

/* The path of a file in it; valid until scratch_teardown. */
const char *scratch_path(const char *name);

#endif
