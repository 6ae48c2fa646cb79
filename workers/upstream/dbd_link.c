#include "dbd_link.h"

#include "codec.h"
#include "net.h"

#include <errno.h>
#include <string.h>

enum { OUT_MAX = 256 * 1024 * 1024 /* unsent bytes of commands */ };

static void want_writable(struct dbd_link *l, bool wanted)
{
	if (wanted == l->writable_wanted)
		return;
	l->writable_wanted = wanted;
	loop_modify(l->loop, &l->watch, wanted ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void on_flush(struct task *task)
{
	struct dbd_link *l = CONTAINER_OF(task, struct dbd_link, flush);

	if (l->state == DBD_LINK_DOWN)
		return;
	switch (link_flush(&l->link)) {
	case LINK_OK:
		want_writable(l, false);
		break;
	case LINK_AGAIN:
		want_writable(l, true);
		break;
	case LINK_CLOSED:
		/* dbd has closed the connection; its last frames are still to be read. */
		if (errno == EPIPE || errno == ECONNRESET)
			want_writable(l, false);
		else
			l->on_lost(l, strerror(errno));
		break;
	}
}

/* Ends early if a frame closes the link. */
static void take_frames(struct dbd_link *l)
{
	struct str payload;
	size_t size;
	enum frame_status status;

	while ((status = frame_parse(buf_view(&l->link.in), &payload, &size)) == FRAME_WHOLE) {
		l->on_frame(l, payload);
		if (l->state == DBD_LINK_DOWN)
			return;
		buf_consume(&l->link.in, size);
	}
	if (status == FRAME_BAD)
		l->on_lost(l, "it sent a frame of an invalid length");
}

static void on_event(struct watch *watch, uint32_t events)
{
	struct dbd_link *l = CONTAINER_OF(watch, struct dbd_link, watch);

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
		enum link_status status = link_read(&l->link);
		int error = errno;
		/* Frames that came before the end are valid. */
		take_frames(l);
		if (l->state != DBD_LINK_DOWN && status == LINK_CLOSED)
			l->on_lost(l, error ? strerror(error) : "it closed the connection");
	}
	if (events & EPOLLOUT)
		on_flush(&l->flush);
}

void dbd_link_init(struct dbd_link *l, void *owner, struct loop *loop,
	void (*on_frame)(struct dbd_link *link, struct str payload),
	void (*on_lost)(struct dbd_link *link, const char *why))
{
	*l = (struct dbd_link){
		.owner = owner,
		.loop = loop,
		.watch = { -1, on_event },
		.flush.on_turn_end = on_flush,
		.on_frame = on_frame,
		.on_lost = on_lost,
	};
}

bool dbd_link_open(struct dbd_link *l, const char *socket_name)
{
	int fd = net_connect_abstract(socket_name);

	if (fd < 0)
		return false;
	l->watch.fd = fd;
	link_init(&l->link, fd, OUT_MAX);
	if (loop_add(l->loop, &l->watch, EPOLLIN) < 0) {
		int error = errno;
		link_done(&l->link);
		errno = error;
		return false;
	}
	l->state = DBD_LINK_GREETING;
	l->writable_wanted = false;
	codec_encode_hello(&l->link.out, api->fingerprint, l->worker);
	dbd_link_send(l);
	return true;
}

bool dbd_link_is_up(const struct dbd_link *l)
{
	return l->state >= DBD_LINK_UP;
}

void dbd_link_send(struct dbd_link *l)
{
	loop_defer(l->loop, &l->flush);
}

void dbd_link_close(struct dbd_link *l)
{
	if (l->state == DBD_LINK_DOWN)
		return;
	loop_remove(l->loop, &l->watch);
	link_done(&l->link);
	l->state = DBD_LINK_DOWN;
}
