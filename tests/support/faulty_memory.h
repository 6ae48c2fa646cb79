/*
 * SQLite's allocator for tests: its own, but it refuses what it is told to refuse. SQLite calls it
 * under its mutex or from one thread; the tests that tell it are that thread.
 */
#ifndef POSTERN_TEST_FAULTY_MEMORY_H
#define POSTERN_TEST_FAULTY_MEMORY_H

#include <stdbool.h>

/* Before anything else is asked of SQLite in this process. */
void faulty_memory_install(void);

/* From now on the nth request for memory (1: the next one) is refused; if it lasts, so are all
 * after it. */
void faulty_memory_refuse(unsigned nth, bool lasts);

/* Nothing is refused any more. */
void faulty_memory_heal(void);

/* Has anything been refused since faulty_memory_refuse? */
bool faulty_memory_has_refused(void);

#endif
