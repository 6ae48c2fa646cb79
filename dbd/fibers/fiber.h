/*
 * Fibers: functions with stacks of their own, of which one thread runs one at a time. A fiber that
 * waits for something suspends itself; who knows that it has come resumes it. So code that is
 * written as a sequence of calls may wait without holding its thread.
 *
 * Built on makecontext(3). Stacks have a guard page, take memory as they are used, and are kept for
 * later fibers. Fibers belong to the thread that started them.
 */
#ifndef POSTERN_FIBER_H
#define POSTERN_FIBER_H

enum {
	FIBER_STACK = 256 * 1024, /* bytes */
	FIBERS_KEPT = 256         /* stacks of ended fibers that are kept */
};

struct fiber;

/* Runs the function in a new fiber, until that ends or suspends itself. Must not be called in a
 * fiber. Aborts when out of memory. */
void fiber_start(void (*run)(void *context), void *context);

/* The running fiber; NULL: none. */
struct fiber *fiber_self(void);

/* Suspends the running fiber. Returns when another function has called fiber_resume. */
void fiber_suspend(void);

/* Continues a suspended fiber, until it ends or suspends itself again. Must not be called in a
 * fiber. */
void fiber_resume(struct fiber *fiber);

/* Frees the stacks that are kept. */
void fiber_free_stacks(void);

#endif
