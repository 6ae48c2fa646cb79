/*
 * The fixture of tests that need one dbd and one client of it. The database is app.db in the test's
 * scratch folder, or in memory.
 */
#ifndef POSTERN_TEST_ONE_DBD_H
#define POSTERN_TEST_ONE_DBD_H

#include "arena.h"
#include "dbd_process.h"

extern struct dbd dbd;
extern struct client client; /* connected, with the handshake done */
extern struct arena arena;   /* freed by one_dbd_teardown */

void one_dbd_setup(void);
void one_dbd_setup_in_memory(void);
void one_dbd_teardown(void);

#endif
