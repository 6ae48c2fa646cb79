/*
 * The declared API in memory that the master shares with its children: its brief form in a
 * memfd_create(2) file, of which nobody can change anything once it is made (all seals of
 * fcntl(2)).
 */
#ifndef POSTERN_SHARED_API_H
#define POSTERN_SHARED_API_H

#include "buf.h"
#include "resource.h"

/* The master: makes the file. Returns a descriptor, which is CLOEXEC and the caller's to close, or
 * -1 with errno. */
int shared_api_create(const struct api *api);

/* A child: reads the API from the file. It lives as long as the process. The caller still owns the
 * descriptor. Returns NULL, after appending one line without a newline to error, if the file is not
 * one that shared_api_create has made. */
const struct api *shared_api_read(int fd, struct buf *error);

#endif
