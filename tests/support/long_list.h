/*
 * Lists of posts that are too long for one frame (test_database_insert_posts), read by a client
 * frame by frame (DEMAND_NEXT). Every function fails the test on an unexpected
 * reply.
 */
#ifndef POSTERN_TEST_LONG_LIST_H
#define POSTERN_TEST_LONG_LIST_H

#include "dbd_process.h"

/* Sends a command with this id that lists all posts. */
void long_list_send(struct client *c, uint64_t id);

/* Receives the next frame, which must belong to this command. */
struct reply long_list_take(struct client *c, uint64_t id);

/* Sends the command and receives its first frame, which must not be the last. Returns the rows in
 * it. */
uint32_t long_list_begin(struct client *c, uint64_t id);

/* Receives the next frame and demands and receives all that follow. Returns the rows in them. */
uint32_t long_list_take_rest(struct client *c, uint64_t id);

/* The same, but demands the next frame first. */
uint32_t long_list_demand_rest(struct client *c, uint64_t id);

#endif
