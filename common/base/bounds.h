/* Upper bounds: several modules size their tables by them. */
#ifndef POSTERN_BOUNDS_H
#define POSTERN_BOUNDS_H

enum {
	WORKERS_MAX = 256, /* worker processes */
	READERS_MAX = 32,  /* threads of dbd that only read, for SQLite */
	LISTENERS_MAX = 16 /* HTTP listening sockets */
};

#endif
