/* What ps shows. */
#ifndef POSTERN_TITLE_H
#define POSTERN_TITLE_H

/* Writes title over the memory of argv, and moves the environment away where it lies behind. After
 * it argv's strings and what getenv returned before are gone. Does nothing where it is unsafe. */
void title_set(int argc, char **argv, const char *title);

#endif
