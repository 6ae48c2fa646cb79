/*
 * A thread that makes the kernel start to write the changed pages of a file to the device, so that
 * a later fsync(2) finds few that are not there yet. It does not replace the fsync: it makes
 * nothing durable, and whether a write has failed is left for the fsync to tell, on the descriptor
 * of who wrote.
 */
#ifndef POSTERN_WRITEBACK_H
#define POSTERN_WRITEBACK_H

#include <stdbool.h>

struct writeback;

/* The descriptor of the file is borrowed until writeback_stop. NULL if no thread can be started. */
struct writeback *writeback_start(int fd);

/* Starts the writes of all pages that have changed by now, and returns at once. NULL is fine. */
void writeback_request(struct writeback *writeback);

/* True if all writes that were requested have been given to the device; always for NULL. */
bool writeback_is_idle(struct writeback *writeback);

/* Ends the thread. NULL is fine. */
void writeback_stop(struct writeback *writeback);

#endif
