/* Runs an event loop step by step, for tests in which nothing is left to time. */
#ifndef POSTERN_TEST_TURN_H
#define POSTERN_TEST_TURN_H

#include "loop.h"

/* One turn of the loop, without waiting: what is ready is dispatched, then deferred work. */
void loop_turn(struct loop *loop);

/* Enough turns for what is under way between local sockets to come to rest. */
void loop_settle(struct loop *loop);

/* Runs until the descriptor is readable. */
void loop_await(struct loop *loop, int fd);

#endif
