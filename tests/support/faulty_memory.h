/*
 * An allocator for SQLite that refuses requests on demand, and otherwise calls SQLite's own. SQLite
 * calls it under its mutex or from one thread, which must be the thread of the test.
 */
#ifndef POSTERN_TEST_FAULTY_MEMORY_H
#define POSTERN_TEST_FAULTY_MEMORY_H

#include <stdbool.h>

/* Installs the allocator. Must precede all other calls of SQLite in this process. */
void faulty_memory_install(void);

/* Refuses the nth request for memory from now on (1: the next one), and if it lasts, all later
 * ones. */
void faulty_memory_refuse(unsigned nth, bool lasts);

/* Refuses nothing from now on. */
void faulty_memory_heal(void);

/* True if a request was refused since faulty_memory_refuse. */
bool faulty_memory_has_refused(void);

#endif
