/*
 * The channel between the master and one child: a pair of connected Unix stream sockets. Each
 * message, a word, is one byte. A descriptor may accompany a word of the master (SCM_RIGHTS,
 * unix(7)). End of stream means that the other process has ended.
 */
#ifndef POSTERN_CHANNEL_H
#define POSTERN_CHANNEL_H

#include <stdbool.h>
#include <sys/types.h>

enum channel_status {
	CHANNEL_WORD,  /* a word was received */
	CHANNEL_EMPTY, /* no word has arrived yet */
	CHANNEL_ENDED  /* the other process has ended, or the socket has failed */
};

/* Makes both ends, CLOEXEC; the caller closes them. Returns 0, or -1 with errno. */
int channel_open(int ends[2]);

/* Sends a word, and a copy of the descriptor `passed` unless that is -1. Never waits. Returns 0, or
 * -1 with errno: EPIPE if the other process has ended, EAGAIN if it does not read and the socket is
 * full. */
int channel_send_word(int fd, char word, int passed);

/* Receives a word. Never waits. Sets *passed to the descriptor that accompanied it, which is
 * CLOEXEC and the caller's to close, or to -1. If passed is NULL, the kernel closes a descriptor.
 */
enum channel_status channel_receive_word(int fd, char *word, int *passed);

/* The same for any bytes on any Unix stream socket; both return what sendmsg(2) and recvmsg(2) do,
 * and never wait. A descriptor arrives with the first of the bytes that were sent with it. */
ssize_t channel_send(int fd, const void *bytes, size_t n, int passed);
ssize_t channel_receive(int fd, void *bytes, size_t size, int *passed);

#endif
