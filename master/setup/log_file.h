/*
 * --log-file: the master makes the file its stderr, which its children inherit. At USR1, after log
 * rotation, it opens the path again (reopen.h).
 */
#ifndef POSTERN_LOG_FILE_H
#define POSTERN_LOG_FILE_H

#include "buf.h"

#include <stdbool.h>

/* Opens the file for appending, with mode 0640 minus umask(2) if it does not exist, and makes it
 * stderr. Never waits: a FIFO without a reader is an error. Does nothing if the path is empty.
 * Returns false with the reason in *error; stderr is unchanged then. */
bool log_file_open(const char *path, struct buf *error) __attribute__((warn_unused_result));

#endif
