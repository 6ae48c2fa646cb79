/* A folder for each test, which is removed afterwards. */
#ifndef POSTERN_TEST_SCRATCH_H
#define POSTERN_TEST_SCRATCH_H

#include "str.h"

/* Fixtures: make the folder; remove it with its content. */
void scratch_setup(void);
void scratch_teardown(void);

/* The path of a file in the folder; valid until scratch_teardown. */
const char *scratch_path(const char *name);

#endif
