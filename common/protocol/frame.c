#include "frame.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	READ_AT_LEAST = 16 * 1024,
	READ_PER_TURN = 256 * 1024, /* so that other connections get their turn */
	KEEP_WHEN_EMPTY = 64 * 1024
};

size_t frame_begin(struct buf *out)
{
	size_t begin = buf_len(out);

	buf_append(out, "\0\0\0\0", FRAME_HEADER);
	return begin;
}

void frame_end(struct buf *out, size_t begin)
{
	if (out->failed)
		return;
	size_t n = buf_len(out) - begin - FRAME_HEADER;
	if (n == 0 || n > FRAME_MAX) {
		out->failed = true;
		return;
	}
	unsigned char *p = (unsigned char *)out->data + out->start + begin;
	p[0] = (unsigned char)(n >> 24);
	p[1] = (unsigned char)(n >> 16);
	p[2] = (unsigned char)(n >> 8);
	p[3] = (unsigned char)n;
}

enum frame_status frame_parse(struct str bytes, struct str *payload, size_t *size)
{
	const unsigned char *p = (const unsigned char *)bytes.ptr;

	if (bytes.len < FRAME_HEADER)
		return FRAME_PART;
	size_t n = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	if (n == 0 || n > FRAME_MAX)
		return FRAME_BAD;
	if (bytes.len - FRAME_HEADER < n)
		return FRAME_PART;
	*payload = (struct str){ bytes.ptr + FRAME_HEADER, n };
	*size = FRAME_HEADER + n;
	return FRAME_WHOLE;
}

void link_init(struct link *l, int fd, size_t out_limit)
{
	l->fd = fd;
	buf_init(&l->in, (size_t)FRAME_HEADER + FRAME_MAX + READ_PER_TURN + READ_AT_LEAST);
	buf_init(&l->out, out_limit);
}

void link_done(struct link *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	buf_done(&l->in);
	buf_done(&l->out);
}

enum link_status link_read(struct link *l)
{
	for (size_t total = 0; total < READ_PER_TURN;) {
		char *room = buf_reserve(&l->in, READ_AT_LEAST);
		if (!room) {
			errno = ENOMEM;
			return LINK_CLOSED;
		}
		size_t size = l->in.size - l->in.end;
		ssize_t n = recv(l->fd, room, size, 0);
		if (n == 0)
			errno = 0;
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return LINK_OK;
		if (n <= 0)
			return LINK_CLOSED;
		buf_commit(&l->in, (size_t)n);
		total += (size_t)n;
		/* A short read has emptied the socket: another one would return EAGAIN. */
		if ((size_t)n < size)
			return LINK_OK;
	}
	return LINK_OK;
}

enum link_status link_flush(struct link *l)
{
	if (l->out.failed) {
		errno = ENOBUFS;
		return LINK_CLOSED;
	}
	while (buf_len(&l->out) > 0) {
		struct str rest = buf_view(&l->out);
		ssize_t n = send(l->fd, rest.ptr, rest.len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? LINK_AGAIN : LINK_CLOSED;
		buf_consume(&l->out, (size_t)n);
	}
	buf_reset(&l->out, KEEP_WHEN_EMPTY);
	return LINK_OK;
}
