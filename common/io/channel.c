#include "channel.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

/* Room for one descriptor, aligned as cmsg(3) requires. */
union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr alignment;
};

int channel_open(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

ssize_t channel_send(int fd, const void *bytes, size_t n, int passed)
{
	union control control = { 0 };
	union {
		const void *from;
		void *base; /* recvmsg(2) writes, so iovec's pointer is not const */
	} place = { bytes };
	struct iovec part = { place.base, n };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (passed >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(passed));
		memcpy(CMSG_DATA(rights), &passed, sizeof(passed));
	}
	return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int channel_send_word(int fd, char word, int passed)
{
	return channel_send(fd, &word, sizeof(word), passed) < 0 ? -1 : 0;
}

static int passed_with(struct msghdr *message)
{
	const struct cmsghdr *rights = CMSG_FIRSTHDR(message);
	int passed = -1;

	if (rights && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS &&
		rights->cmsg_len == CMSG_LEN(sizeof(passed)))
		memcpy(&passed, CMSG_DATA(rights), sizeof(passed));
	return passed;
}

ssize_t channel_receive(int fd, void *bytes, size_t size, int *passed)
{
	union control control;
	struct iovec part = { bytes, size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	/* CMSG_LEN without the padding of CMSG_SPACE, in which a second descriptor would fit. The
	 * kernel closes descriptors that do not fit. */
	if (passed) {
		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_LEN(sizeof(*passed));
	}
	ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (passed)
		*passed = n > 0 ? passed_with(&message) : -1;
	return n;
}

enum channel_status channel_receive_word(int fd, char *word, int *passed)
{
	ssize_t n = channel_receive(fd, word, sizeof(*word), passed);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return CHANNEL_EMPTY;
	/* ECONNRESET: the other process ended with words unread. */
	return n <= 0 ? CHANNEL_ENDED : CHANNEL_WORD;
}
