/*
 * --log-file: the master opens it and makes it stderr, of itself and of its children, who open
 * nothing. On USR1, after somebody has moved it away, it is opened anew.
 */
#ifndef POSTERN_LOG_FILE_H
#define POSTERN_LOG_FILE_H

#include "buf.h"

#include <stdbool.h>

/* Opens the file for appending, makes it if it is not there (0640, umask(2) permitting), and puts
 * it in place of stderr. It does not wait: a FIFO that nobody reads is refused. An empty path is
 * none, and stderr stays. False: *error says why, and stderr stays as well. */
bool log_file_open(const char *path, struct buf *error) __attribute__((warn_unused_result));

#endif
