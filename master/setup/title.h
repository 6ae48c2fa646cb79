/* Sets the process title that ps shows. */
#ifndef POSTERN_TITLE_H
#define POSTERN_TITLE_H

/* Overwrites the memory of argv, and of the environment behind it, with title, after moving the
 * environment to the heap. The strings of argv, and those that getenv returned before, are then
 * invalid. Does nothing if the title does not fit. */
void title_set(int argc, char **argv, const char *title);

#endif
