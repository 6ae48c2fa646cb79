#include "dbd_process.h"

#include "channel.h"
#include "config.h"
#include "environment.h"
#include "fork_exec.h"
#include "heartbeat.h"
#include "net.h"
#include "process.h"
#include "scratch.h"
#include "shared_api.h"
#include "stats.h"
#include "suite.h"
#include "test_database.h"
#include "timeouts.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE = 20 * 1000 /* milliseconds */ };

/* Waits for a descriptor. */
static void await(int fd, short events, const char *what)
{
	struct pollfd ready = { fd, events, 0 };
	int n;

	do
		n = poll(&ready, 1, patience(PATIENCE));
	while (n < 0 && errno == EINTR);
	ck_assert_msg(n == 1, "waited in vain for %s", what);
}

/* The process. */

void dbd_init(struct dbd *d, const char *url)
{
	*d = (struct dbd){ .channel = -1, .url = url };
	d->listener = net_listen_abstract(64, d->address, sizeof(d->address));
	ck_assert_int_ge(d->listener, 0);
	ck_assert_int_eq(generations_create(d->generations), 0);
	d->stats = stats_create();
	ck_assert_int_ge(d->stats, 0);
	d->log_path = scratch_path("log");
}

static void forget(struct dbd *d)
{
	if (d->channel >= 0)
		close(d->channel);
	d->channel = -1;
	d->pid = 0;
}

void dbd_done(struct dbd *d)
{
	if (d->pid)
		dbd_kill(d);
	close(d->listener);
	for (int end = 0; end < GENERATIONS_END__COUNT; end++)
		close(d->generations[end]);
	close(d->stats);
}

/* In POSTERN_BUILD_DIR, or in the build folder of this test program. */
static const char *program(void)
{
	static char path[PATH_MAX + 32];
	char self[PATH_MAX] = "";
	const char *build = getenv("POSTERN_BUILD_DIR");

	if (!build) {
		ck_assert_int_gt(readlink("/proc/self/exe", self, sizeof(self) - 1), 0);
		build = dirname(dirname(dirname(self)));
	}
	snprintf(path, sizeof(path), "%s/postern-dbd%s", build,
		test_database_is_postgres() ? "-postgres" : "");
	return path;
}

/* As postern.c passes it on: without a sandbox a process can write counts (tests/coverage). */
static bool has_sandbox(void)
{
	const char *value = getenv("POSTERN_SANDBOX");

	return !value || strcmp(value, "off") != 0;
}

static void fill_settings(struct settings *settings, const struct dbd *d)
{
	struct buf error;

	buf_init(&error, 4096);
	for (size_t i = 0; i < CONFIG_SETTINGS; i++)
		ck_assert(config_set(settings, &config_settings[i],
			config_fallback(&config_settings[i]), &error));
	settings->workers = 1;
	settings->reader_threads = d->readers;
	settings->database_url = d->url;
	settings->timeout_graceful_shutdown = d->patience ? d->patience : 1;
	settings->log_level = LOG_LEVEL_DEBUG;
	settings->sandbox = has_sandbox();
	buf_done(&error);
}

/* Redirects the child's stderr to the log. */
static pid_t spawn_logging(const struct fork_exec *spawn, const char *log_path)
{
	int before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	ck_assert_int_ge(before, 0);
	ck_assert_int_ge(log, 0);
	ck_assert_int_eq(dup2(log, STDERR_FILENO), STDERR_FILENO);
	pid_t pid = fork_exec(spawn);
	ck_assert_int_eq(dup2(before, STDERR_FILENO), STDERR_FILENO);
	close(before);
	close(log);
	return pid;
}

void dbd_launch(struct dbd *d)
{
	struct arena arena = { 0 };
	struct settings settings;
	char name[] = "dbd";
	char *argv[] = { name, NULL };
	const struct heartbeat *page;
	int ends[2];
	int heartbeat = heartbeat_new(&page);
	int declared = shared_api_create(
		(const struct api *const[]){ api, d->earlier }, d->earlier ? 2 : 1);

	fill_settings(&settings, d);
	ck_assert_int_ge(heartbeat, 0);
	ck_assert_int_ge(declared, 0);
	ck_assert_int_eq(channel_open(ends), 0);
	d->pid = spawn_logging(
		&(struct fork_exec){
			.program = program(),
			.argv = argv,
			.envp = environment_of_child(&arena, &settings, name, 2, NULL, 1),
			.fds = { ends[1], heartbeat, d->generations[GENERATIONS_WRITE], d->stats,
				declared, -1, d->listener },
			.nlisteners = 1,
		},
		d->log_path);
	ck_assert_int_gt(d->pid, 0);
	close(ends[1]);
	close(heartbeat);
	close(declared);
	heartbeat_free(page);
	d->channel = ends[0];
	arena_done(&arena);
}

/* The next byte on the channel; 0: dbd has closed it. */
static char read_channel(struct dbd *d)
{
	char byte;

	await(d->channel, POLLIN, "dbd to report or end");
	ssize_t n = read(d->channel, &byte, 1);
	ck_assert_int_ge(n, 0);
	return n == 1 ? byte : '\0';
}

void dbd_await_ready(struct dbd *d)
{
	ck_assert_msg(read_channel(d) == PROCESS_READY, "%s", dbd_log(d));
}

void dbd_drain(struct dbd *d)
{
	ck_assert_int_eq(kill(d->pid, PROCESS_DRAIN), 0);
	ck_assert_msg(read_channel(d) == PROCESS_RELEASED, "%s", dbd_log(d));
}

void dbd_start(struct dbd *d)
{
	dbd_launch(d);
	dbd_await_ready(d);
}

static int reap(struct dbd *d)
{
	int status;

	await(d->channel, POLLIN, "dbd to end");
	ck_assert_int_eq(waitpid(d->pid, &status, 0), d->pid);
	forget(d);
	return status;
}

static int exit_status(const struct dbd *d, int status)
{
	ck_assert_msg(WIFEXITED(status), "status %x: %s", (unsigned)status, dbd_log(d));
	return WEXITSTATUS(status);
}

int dbd_start_in_vain(struct dbd *d)
{
	dbd_launch(d);
	ck_assert_int_eq(read_channel(d), 0);
	return exit_status(d, reap(d));
}

void dbd_kill(struct dbd *d)
{
	ck_assert_int_eq(kill(d->pid, SIGKILL), 0);
	reap(d);
}

int dbd_wait(struct dbd *d)
{
	return exit_status(d, reap(d));
}

int dbd_stop(struct dbd *d)
{
	ck_assert_int_eq(kill(d->pid, SIGTERM), 0);
	return exit_status(d, reap(d));
}

int dbd_orphan(struct dbd *d)
{
	ck_assert_int_eq(shutdown(d->channel, SHUT_WR), 0);
	return exit_status(d, reap(d));
}

const char *dbd_log(const struct dbd *d)
{
	static char text[256 * 1024];
	FILE *file = fopen(d->log_path, "r");

	ck_assert_ptr_nonnull(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

struct dbd_counts dbd_log_counts(const struct dbd *d)
{
	struct dbd_counts counts;
	const char *line = strstr(dbd_log(d), "committed ");

	ck_assert_ptr_nonnull(line);
	ck_assert_int_eq(sscanf(line, "committed %llu commands in %llu groups", &counts.commands,
				 &counts.groups),
		2);
	return counts;
}

/* Clients. */

void client_connect(struct client *c, const struct dbd *d)
{
	int fd = net_connect_abstract(d->address);

	ck_assert_int_ge(fd, 0);
	*c = (struct client){ .api = api };
	link_init(&c->link, fd, SIZE_MAX / 2);
}

static void greet(
	struct client *c, const struct dbd *d, const struct api *declared, uint32_t worker)
{
	const char *error;

	client_connect(c, d);
	c->api = declared;
	codec_encode_hello(&c->link.out, declared->fingerprint, worker);
	client_flush(c);
	ck_assert(codec_check_hello(
		client_take_payload(c), declared->fingerprint, &c->readers, &error));
}

void client_open_as(struct client *c, const struct dbd *d, const struct api *declared)
{
	greet(c, d, declared, 0);
}

void client_open_reading(struct client *c, const struct dbd *d, uint32_t worker)
{
	greet(c, d, api, worker);
}

void client_open(struct client *c, const struct dbd *d)
{
	client_open_as(c, d, api);
}

void client_close(struct client *c)
{
	link_done(&c->link);
}

void client_flush(struct client *c)
{
	enum link_status status;

	while ((status = link_flush(&c->link)) == LINK_AGAIN)
		await(c->link.fd, POLLOUT, "dbd to take what is sent");
	ck_assert_int_eq(status, LINK_OK);
}

void client_put(struct client *c, const struct command *command)
{
	struct command dated = *command;

	if (dated.deadline == 0)
		dated.deadline = clock_ms() + (uint64_t)patience(PATIENCE);
	codec_encode_command(&c->link.out, &dated);
}

void client_demand(struct client *c, uint64_t id, enum demand demand)
{
	codec_encode_demand(&c->link.out, id, demand);
	client_flush(c);
}

struct str client_take_payload(struct client *c)
{
	enum frame_status status;
	struct str payload;

	buf_consume(&c->link.in, c->taken);
	c->taken = 0;
	while ((status = frame_parse(buf_view(&c->link.in), &payload, &c->taken)) == FRAME_PART) {
		await(c->link.fd, POLLIN, "a reply");
		ck_assert_int_eq(link_read(&c->link), LINK_OK);
	}
	ck_assert_int_eq(status, FRAME_WHOLE);
	return payload;
}

struct reply client_take_reply(struct client *c)
{
	struct reply reply;
	const char *error;

	ck_assert_msg(
		codec_decode_reply(client_take_payload(c), c->api, &reply, &error), "%s", error);
	return reply;
}

struct reply client_ask(struct client *c, const struct command *command)
{
	client_put(c, command);
	client_flush(c);
	return client_take_reply(c);
}

void client_must_be_closed(struct client *c)
{
	do {
		await(c->link.fd, POLLIN, "dbd to close the connection");
		buf_reset(&c->link.in, SIZE_MAX);
	} while (link_read(&c->link) != LINK_CLOSED);
}
