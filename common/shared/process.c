#include "process.h"

#include "channel.h"
#include "declaration.h"
#include "heartbeat.h"
#include "log.h"
#include "net.h"
#include "rlimits.h"
#include "shared_api.h"
#include "stats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ERROR_MAX = 4096 /* bytes */ };

/* The state of this process, a child. */
static struct {
	struct loop *loop;
	struct watch channel;
	struct timer beat;
	uint64_t beat_interval;
	void (*on_stop)(void *context);
	void *context;
	void (*on_drain)(void *context);
	void *drain_context;
	void (*on_ending)(void *context);
	void *ending_context;
	void (*on_control)(void *context, int fd);
	void *control_context;
	struct shared_apis apis;
} child;

const struct shared_apis *process_apis(void)
{
	return &child.apis;
}

unsigned process_listeners(void)
{
	const char *text = getenv(PROCESS_ENV_LISTENERS);
	unsigned long n = text ? strtoul(text, NULL, 10) : 1;

	return n <= LISTENERS_MAX ? (unsigned)n : 0;
}

/* stats_adopt rejects an invalid slot. */
static int adopt_stats(void)
{
	const char *slot = getenv(PROCESS_ENV_SLOT);

	return stats_adopt(PROCESS_FD_STATS, slot ? (unsigned)strtoul(slot, NULL, 10) : 0);
}

/* Returns false if a required descriptor is missing or unusable. */
static bool adopt_descriptors(void)
{
	int end = PROCESS_FD_LISTEN + (int)process_listeners();
	bool whole = end > PROCESS_FD_LISTEN;

	for (int fd = PROCESS_FD_CHANNEL; whole && fd < end; fd++)
		whole = fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 || fd == PROCESS_FD_ADMIN;
	for (int fd = PROCESS_FD_ADMIN; whole && fd < end; fd++)
		whole = net_set_nonblocking(fd) == 0 || fd == PROCESS_FD_ADMIN;
	return whole && heartbeat_adopt(PROCESS_FD_HEARTBEAT) == 0 && adopt_stats() == 0;
}

static void adopt_api(void)
{
	struct buf error;

	buf_init(&error, ERROR_MAX);
	bool read = shared_api_read(PROCESS_FD_API, &child.apis, &error);
	struct str why = buf_view(&error);
	if (!read)
		log_die("the declaration of the API that the master passes on is broken: %.*s",
			STR_ARGS(why));
	buf_done(&error);
	close(PROCESS_FD_API);
	api_use(child.apis.list[0]);
}

const char *process_adopt(void)
{
	const char *name = getenv(PROCESS_ENV_NAME);

	/* Until this child is ready, log_die means a failed start, which the master reports. */
	log_set_death(EXIT_STARTUP);
	rlimits_note();
	if (!name || !adopt_descriptors()) {
		fprintf(stderr, "this program is started by postern, not by hand\n");
		exit(EXIT_USAGE);
	}
	adopt_api();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	return name;
}

unsigned process_number(const char *name)
{
	return (unsigned)strtoul(name + strcspn(name, "0123456789"), NULL, 10);
}

/* Only wakes the loop: each turn is a beat. */
static void on_beat(struct timer *timer)
{
	loop_timer_set(child.loop, timer, child.beat_interval);
}

static void beat(enum loop_turn turn)
{
	heartbeat_note(HEARTBEAT_LOOP, turn == LOOP_WAITING ? ACTIVITY_WAITING : ACTIVITY_EVENTS);
}

void process_start_heartbeat(struct loop *loop, long watchdog)
{
	loop_on_turn(loop, beat);
	if (watchdog == 0)
		return;
	child.loop = loop;
	child.beat.on_timer = on_beat;
	child.beat_interval = heartbeat_interval(watchdog);
	loop_timer_set(loop, &child.beat, child.beat_interval);
}

static void stop(void)
{
	void (*on_stop)(void *context) = child.on_stop;

	child.on_stop = NULL;
	if (on_stop)
		on_stop(child.context);
}

static void on_signal(void *context, int signal)
{
	(void)context;
	if (signal != PROCESS_DRAIN)
		stop();
	else if (child.on_drain)
		child.on_drain(child.drain_context);
}

/* Replaces stderr by the descriptor of PROCESS_LOG. */
static void switch_log(int fd)
{
	log_flush();
	if (dup3(fd, STDERR_FILENO, 0) < 0) {
		log_error("cannot switch to the new log: %s", strerror(errno));
		return;
	}
	log_look();
	log_debug("the log was reopened");
}

/* Passed: -1 without a descriptor. True if the descriptor now belongs to on_control; if false, the
 * caller closes it. */
static bool take_word(char word, int passed)
{
	if (word == PROCESS_LOG && passed >= 0)
		switch_log(passed);
	if (word == PROCESS_ENDING && child.on_ending)
		child.on_ending(child.ending_context);
	if (passed < 0 || word != PROCESS_CONTROL || !child.on_control)
		return false;
	child.on_control(child.control_context, passed);
	return true;
}

static void on_channel(struct watch *watch, uint32_t events)
{
	char word = 0;
	int passed = -1;

	(void)events;
	switch (channel_receive_word(watch->fd, &word, &passed)) {
	case CHANNEL_ENDED:
		loop_remove(child.loop, watch);
		log_warning("the master is gone; stopping");
		stop();
		break;
	case CHANNEL_WORD:
		if (take_word(word, passed))
			passed = -1;
		break;
	case CHANNEL_EMPTY:
		break;
	}
	if (passed >= 0)
		close(passed);
}

void process_on_stop(struct loop *loop, void (*on_stop)(void *context), void *context)
{
	sigset_t signals;

	child.loop = loop;
	child.on_stop = on_stop;
	child.context = context;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, PROCESS_DRAIN);
	loop_signals(loop, &signals, on_signal, NULL);
	/* process_adopt ignored the signal, and an ignored signal does not reach the signalfd. Now
	 * it is blocked, so its default action cannot end the process. */
	signal(PROCESS_DRAIN, SIG_DFL);
	child.channel = (struct watch){ PROCESS_FD_CHANNEL, on_channel };
	if (loop_add(loop, &child.channel, EPOLLIN) < 0)
		log_die("cannot watch the channel to the master: %s", strerror(errno));
}

void process_on_drain(void (*on_drain)(void *context), void *context)
{
	child.on_drain = on_drain;
	child.drain_context = context;
}

void process_on_ending(void (*on_ending)(void *context), void *context)
{
	child.on_ending = on_ending;
	child.ending_context = context;
}

void process_on_control(void (*on_control)(void *context, int fd), void *context)
{
	child.on_control = on_control;
	child.control_context = context;
}

static void tell_master(enum process_word word, const char *what)
{
	if (channel_send_word(PROCESS_FD_CHANNEL, (char)word, -1) < 0)
		log_warning(
			"cannot tell the master that this process %s: %s", what, strerror(errno));
}

void process_ready(void)
{
	log_set_death(0);
	tell_master(PROCESS_READY, "is ready");
}

void process_retire(void)
{
	tell_master(PROCESS_RETIRING, "asks to be replaced");
}

void process_released(void)
{
	tell_master(PROCESS_RELEASED, "makes way");
}
