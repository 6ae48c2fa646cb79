/* How every program of Postern ends; sysexits(3) are not used. */
#ifndef POSTERN_EXIT_STATUS_H
#define POSTERN_EXIT_STATUS_H

enum {
	EXIT_CLEAN = 0,
	EXIT_RUNNING = 1, /* fatal while running */
	EXIT_USAGE = 2,   /* usage or configuration */
	EXIT_STARTUP = 3  /* bind, database, a child that never became ready */
};

#endif
