/* A folder for each test, which is removed afterwards. */
#ifndef POSTERN_TEST_SCRATCH_H
#define POSTERN_TEST_SCRATCH_H

#include "str.h"

#include <stdbool.h>

/* Fixtures: makes the folder, removes it with everything in it. */
void scratch_setup(void);
void scratch_teardown(void);

/* The path of a file in the folder; valid until scratch_teardown. */
const char *scratch_path(const char *name);

/* The DATABASE_URL of the database of this name, a literal, which is new at the first call: a file
 * in the folder, or a database of PostgreSQL (test_database.h); valid until scratch_teardown. */
const char *scratch_url(const char *name);

/* True if the folder has a file of this name. */
bool scratch_has(const char *name);

#endif
