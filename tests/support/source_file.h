/* Files of the source tree that tests compare with. Tests run in its top folder. */
#ifndef POSTERN_TEST_SOURCE_FILE_H
#define POSTERN_TEST_SOURCE_FILE_H

#include "arena.h"
#include "str.h"

/* The whole file, in the arena, and a NUL after it. Ends the program if it cannot be read. */
struct str source_file_read(struct arena *arena, const char *path);

#endif
