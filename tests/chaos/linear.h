/*
 * Linearizability of servers with one database: writers and readers of all of them, while strikes
 * disturb what they depend on. No client may get a state older than one that was read or
 * acknowledged before its request (history.h).
 */
#ifndef POSTERN_CHAOS_LINEAR_H
#define POSTERN_CHAOS_LINEAR_H

#include "postern.h"

#include <stdint.h>

enum { LINEAR_MACHINES_MAX = 3 };

struct linear_strike {
	const char *name;
	unsigned weight; /* how often it is chosen, beside the others */
	void (*run)(const struct linear_strike *strike);

	/* For linear_signal: a child, or NULL for the master; signals, of which second may be 0. */
	const char *child;
	int first, second;
};

struct linear_plan {
	unsigned machines;   /* servers, each with caches of its own */
	const char *workers; /* of each */
	const char *url;     /* of the database; NULL: a new one */
	const char *readers; /* --reader-threads; NULL: none */
	const char *cache_size;
	int content;  /* bytes of a post */
	bool foreign; /* some writers are psql programs, which no server knows */
	bool patient; /* requests wait until a strike is over: none is refused, and an
		       * unknown outcome needs linear_excuse */
	const struct linear_strike *strikes; /* ends with name NULL */
	unsigned count;                      /* of strikes */
	uint64_t seed;
};

/* Fixtures. */
void linear_setup(void);
void linear_teardown(void);

/* Fails the test if the history is impossible. Prints counts. */
void linear_run(const struct linear_plan *plan);

/* For strikes. */

/* A random number below n; a random server. */
unsigned linear_draw(unsigned n);
unsigned linear_machine(void);
struct postern *linear_server(unsigned machine);

/* A strike that sends signals to a process of a random server. */
void linear_signal(const struct linear_strike *strike);

/* Until the strike is over, writes by this server may have unknown outcomes. */
void linear_excuse(unsigned machine);

/* The database's server goes away; is there again. If that takes longer than clients wait, writes
 * of that time may have unknown outcomes, and requests may be refused. */
void linear_away(void);
void linear_back(void);

/* Let the clients continue: for this time; until a program has ended, which must succeed. */
void linear_pass(unsigned ms);
void linear_await_program(const char *const argv[]);

#endif
