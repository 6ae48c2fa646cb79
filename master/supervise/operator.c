#include "operator.h"

#include "channel.h"
#include "control.h"
#include "net.h"
#include "operator_status.h"
#include "reload.h"
#include "scale.h"
#include "stop.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	REQUEST_TIMEOUT = 2 * 1000, /* milliseconds from the connection to the request */
	STATUS_MAX = 256 * 1024     /* bytes; twice the size of a status of 512 children */
};

static void close_client(struct operator_client *client)
{
	struct supervisor *s = client->supervisor;

	loop_timer_cancel(s->loop, &client->deadline);
	loop_remove(s->loop, &client->watch);
	close(client->watch.fd);
	client->wait = OPERATOR_NONE;
}

/* The client waits for an event: from now on only a disconnect is detected. */
static void hold_client(struct operator_client *client, enum operator_wait wait)
{
	struct supervisor *s = client->supervisor;

	loop_timer_cancel(s->loop, &client->deadline);
	loop_modify(s->loop, &client->watch, EPOLLHUP);
	client->wait = wait;
}

/* Requests. Each one answers and closes the client, or keeps it waiting. */

static void show_status(struct operator_client *client)
{
	struct buf out;

	buf_init(&out, STATUS_MAX);
	operator_status_write(client->supervisor, &out);
	buf_str(&out, STR("ok\n"));
	struct str text = buf_view(&out);
	if (out.failed)
		control_send_line(client->watch.fd, -1, "error out of memory");
	else
		(void)channel_send(client->watch.fd, text.ptr, text.len, -1);
	buf_done(&out);
	close_client(client);
}

static void refuse_in_phase(struct operator_client *client)
{
	control_send_line(client->watch.fd, -1, "error Postern is %s",
		supervisor_phase_name(client->supervisor));
	close_client(client);
}

static void begin_reload(struct operator_client *client)
{
	struct supervisor *s = client->supervisor;

	if (s->phase > PHASE_SERVING) {
		refuse_in_phase(client);
		return;
	}
	hold_client(client, s->reloading ? OPERATOR_NEXT_RELOAD : OPERATOR_RELOAD);
	reload_request(s);
}

static void begin_stop(struct operator_client *client)
{
	struct supervisor *s = client->supervisor;

	hold_client(client, OPERATOR_END);
	if (s->phase < PHASE_DRAINING)
		stop_gracefully(s);
}

static void begin_scaling(struct operator_client *client, unsigned workers)
{
	struct supervisor *s = client->supervisor;

	if (s->phase != PHASE_SERVING) {
		refuse_in_phase(client);
		return;
	}
	scale_to(s, workers);
	control_send_line(client->watch.fd, -1, "ok %u worker%s", workers, workers == 1 ? "" : "s");
	close_client(client);
}

/* Passes the connection to dbd. The request, and a descriptor sent with it, are still unread. */
static void hand_to_dbd(struct operator_client *client)
{
	struct child *dbd = supervisor_dbd(client->supervisor);

	if (dbd->state != CHILD_READY ||
		channel_send_word(dbd->channel.fd, PROCESS_CONTROL, client->watch.fd) < 0)
		control_send_line(client->watch.fd, -1, "error dbd is %s; try again",
			dbd->state == CHILD_READY ? "busy" : child_state_name(dbd));
	close_client(client);
}

static void act(struct operator_client *client, const struct control_request *request)
{
	log_info("request from posternctl: %s", control_verb_name(request->verb));
	service_status_changed(client->supervisor);
	switch (request->verb) {
	case CONTROL_RELOAD:
		begin_reload(client);
		break;
	case CONTROL_STOP:
		begin_stop(client);
		break;
	case CONTROL_WORKERS:
		begin_scaling(client, request->number);
		break;
	default:
		hand_to_dbd(client);
	}
}

/* Peeks at the request, which may be for dbd, and consumes it if it is not. */
static void read_request(struct operator_client *client)
{
	char text[CONTROL_REQUEST_MAX + 1];
	struct control_request request;
	ssize_t n = recv(client->watch.fd, text, sizeof(text), MSG_PEEK | MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close_client(client);
		return;
	}
	if (!control_parse((struct str){ text, (size_t)n }, &request)) {
		control_send_line(client->watch.fd, -1, "error invalid request");
		close_client(client);
		return;
	}
	if (!control_is_for_dbd(request.verb))
		(void)recv(client->watch.fd, text, (size_t)n, MSG_DONTWAIT);
	if (request.verb == CONTROL_STATUS)
		show_status(client); /* not logged: --watch asks every second */
	else
		act(client, &request);
}

/* Connections. */

static void on_client(struct watch *watch, uint32_t events)
{
	struct operator_client *client = CONTAINER_OF(watch, struct operator_client, watch);

	(void)events;
	if (client->wait == OPERATOR_REQUEST)
		read_request(client);
	else
		close_client(client);
}

static void on_deadline(struct timer *timer)
{
	struct operator_client *client = CONTAINER_OF(timer, struct operator_client, deadline);

	control_send_line(client->watch.fd, -1, "error timed out waiting for a request");
	close_client(client);
}

static struct operator_client *find_free(struct operator_server *o)
{
	for (size_t i = 0; i < NITEMS(o->clients); i++)
		if (o->clients[i].wait == OPERATOR_NONE)
			return &o->clients[i];
	return NULL;
}

/* Takes ownership of fd. Returns false if it does not: the caller closes fd then. */
static bool take_client(struct supervisor *s, int fd)
{
	struct operator_client *client = find_free(&s->operators);

	if (net_check_peer(fd) < 0) {
		control_send_line(fd, -1,
			"error permission denied: only root and user %u have access",
			(unsigned)geteuid());
		return false;
	}
	if (!client) {
		control_send_line(fd, -1, "error too many connections to the control socket");
		return false;
	}
	*client = (struct operator_client){
		.supervisor = s, .watch = { fd, on_client }, .deadline.on_timer = on_deadline
	};
	if (loop_add(s->loop, &client->watch, EPOLLIN) < 0)
		return false;
	client->wait = OPERATOR_REQUEST;
	loop_timer_set(s->loop, &client->deadline, REQUEST_TIMEOUT);
	return true;
}

static void on_listener(struct watch *watch, uint32_t events)
{
	struct operator_server *o = CONTAINER_OF(watch, struct operator_server, listener);
	int fd = net_accept(watch->fd);

	(void)events;
	if (fd >= 0 && !take_client(CONTAINER_OF(o, struct supervisor, operators), fd))
		close(fd);
}

/* Events that clients wait for. */

static void answer(struct operator_client *client, const char *line)
{
	control_send_line(client->watch.fd, -1, "%s", line);
	close_client(client);
}

/* Answers the clients that wait for this reload; those that wait for the next one move up. */
static void on_reload_end(struct supervisor *s, const char *outcome)
{
	for (size_t i = 0; i < NITEMS(s->operators.clients); i++) {
		struct operator_client *client = &s->operators.clients[i];
		if (client->wait == OPERATOR_RELOAD)
			answer(client, outcome);
		else if (client->wait == OPERATOR_NEXT_RELOAD)
			client->wait = OPERATOR_RELOAD;
	}
}

void operator_begin(struct supervisor *s)
{
	const struct listeners *control = &s->plan->control;

	s->operators.since = loop_now(s->loop);
	s->on_reload_end = on_reload_end;
	s->operators.listener =
		(struct watch){ control->count > 0 ? control->fds[0] : -1, on_listener };
	if (control->count > 0 && loop_add(s->loop, &s->operators.listener, EPOLLIN) < 0)
		log_die("cannot watch the control socket: %s", strerror(errno));
}

void operator_end(struct supervisor *s)
{
	for (size_t i = 0; i < NITEMS(s->operators.clients); i++) {
		struct operator_client *client = &s->operators.clients[i];
		if (client->wait != OPERATOR_NONE)
			answer(client, client->wait == OPERATOR_END ? "ok stopped"
								    : "error Postern has stopped");
	}
	if (s->operators.listener.fd >= 0)
		loop_remove(s->loop, &s->operators.listener);
}
