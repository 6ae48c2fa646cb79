/* Exit statuses of all programs of Postern; sysexits(3) are not used. */
#ifndef POSTERN_EXIT_STATUS_H
#define POSTERN_EXIT_STATUS_H

enum {
	EXIT_CLEAN = 0,
	EXIT_RUNNING = 1,   /* fatal error after the start */
	EXIT_USAGE = 2,     /* wrong usage or configuration */
	EXIT_STARTUP = 3,   /* bind or database failed, or a child did not become ready */
	EXIT_INCOMPLETE = 4 /* posternctl import: operations are left out */
};

#endif
