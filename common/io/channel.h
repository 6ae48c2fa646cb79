/*
 * What the master and one child say to each other: a pair of connected Unix sockets, on which a
 * word is one byte. The master's words may come with a descriptor (SCM_RIGHTS, unix(7)); the end of
 * the stream says that the other process is gone.
 */
#ifndef POSTERN_CHANNEL_H
#define POSTERN_CHANNEL_H

#include <stdbool.h>
#include <sys/types.h>

enum channel_status {
	CHANNEL_WORD,  /* one was received */
	CHANNEL_EMPTY, /* there is none yet */
	CHANNEL_ENDED  /* there will be none */
};

/* Makes both ends, CLOEXEC; the caller closes them. Returns 0, or -1 with errno. */
int channel_open(int ends[2]);

/* Sends a word, with a copy of the descriptor passed unless that is -1, and never waits. Returns 0,
 * or -1 with errno: EPIPE if the other process is gone, EAGAIN if it has not listened for long. */
int channel_say(int fd, char word, int passed);

/* Receives a word, and never waits. *passed is the descriptor that came with it, CLOEXEC and the
 * caller's to close, or -1. With passed NULL none is accepted. */
enum channel_status channel_hear(int fd, char *word, int *passed);

/* The same for any bytes on any Unix stream socket, as sendmsg(2) and recvmsg(2) have it; neither
 * waits. The descriptor comes with the first of the bytes that it was sent with. */
ssize_t channel_send(int fd, const void *bytes, size_t n, int passed);
ssize_t channel_receive(int fd, void *bytes, size_t size, int *passed);

#endif
