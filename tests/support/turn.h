/* Runs an event loop step by step, for tests that do not depend on timing. */
#ifndef POSTERN_TEST_TURN_H
#define POSTERN_TEST_TURN_H

#include "loop.h"

/* Runs one turn without waiting: dispatches ready events, then deferred tasks. */
void loop_turn(struct loop *loop);

/* Runs enough turns for an exchange between local sockets to complete. */
void loop_settle(struct loop *loop);

/* Runs until the descriptor is readable. */
void loop_await(struct loop *loop, int fd);

#endif
