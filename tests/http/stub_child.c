/*
 * A stub for postern-dbd and postern-worker in tests of the master: it keeps the contract, logs to
 * stderr what happens to it, and misbehaves as the file named by POSTERN_STUB says, in lines such
 * as "worker 1:hang". The test may change the file while the master runs; it is read at the start.
 */
#include "config.h"
#include "declaration.h"
#include "heartbeat.h"
#include "log.h"
#include "net.h"
#include "process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct stub {
	const char *name;
	struct loop *loop;
	bool lingers; /* does not end when it is told to */
};

/* The stub frees nothing. LeakSanitizer also runs a process of its own, which would be orphaned if
 * the master killed the stub meanwhile. */
int __lsan_is_turned_off(void);

int __lsan_is_turned_off(void)
{
	return 1;
}

/* Before the child is ready. */

static void do_refuse(void)
{
	log_critical("refused");
	exit(EXIT_STARTUP);
}

/* Once it is ready. */

static void do_orphan(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(fork() < 0);
}

/* Notes an activity, then makes no more progress. */
static void do_hang(void)
{
	char byte;

	heartbeat_note_action(HEARTBEAT_LOOP, ACTIVITY_VALIDATING, ACTION_CREATE,
		api->resources[api->nresources - 1]);
	if (read(PROCESS_FD_CHANNEL, &byte, 1) == 0)
		exit(EXIT_CLEAN);
}

/* The same for the writer, while the loop makes progress. */
static void do_hang_writer(void)
{
	heartbeat_note(HEARTBEAT_WRITER, ACTIVITY_COMMITTING);
}

static const struct {
	const char *name;
	void (*before_ready)(void);
	void (*after_ready)(void);
	bool lingers;
} behaviours[] = {
	{ "refuse", .before_ready = do_refuse },
	{ "orphan", .after_ready = do_orphan },
	{ "hang", .after_ready = do_hang },
	{ "hang writer", .after_ready = do_hang_writer },
	{ "linger", .lingers = true },
	{ "behave", .lingers = false },
};

/* The index of the behaviour in the file for this child; the last one if there is no line. */
static size_t find_behaviour(const char *name)
{
	char line[128], want[128];
	size_t found = NITEMS(behaviours) - 1;
	const char *path = getenv("POSTERN_STUB");
	FILE *file = path ? fopen(path, "re") : NULL;

	while (file && fgets(line, sizeof(line), file)) {
		for (size_t i = 0; i < NITEMS(behaviours); i++) {
			snprintf(want, sizeof(want), "%s:%s\n", name, behaviours[i].name);
			if (strcmp(line, want) == 0)
				found = i;
		}
	}
	if (file)
		fclose(file);
	return found;
}

/* The contract of process.h, as a child finds it. */

static bool has_only_its_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	bool only = folder != NULL;
	int n = 0;

	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		if (entry->d_name[0] == '.')
			continue;
		long fd = strtol(entry->d_name, NULL, 10);
		if (fd == dirfd(folder))
			continue;
		n++;
		only = only && fd < PROCESS_FD__END;
	}
	if (folder)
		closedir(folder);
	return only && n == PROCESS_FD__END - 1; /* all but the optional PROCESS_FD_ADMIN */
}

/* Signals 32 and 33 are reserved for glibc: posix_spawn ignores them in the child, and sigaction
 * cannot change that. */
#define INTERNAL_SIGNALS (UINT64_C(3) << 31)

/* True if this set of signals in /proc/self/status is empty. */
static bool has_no_signals(const char *set)
{
	char line[256];
	size_t n = strlen(set);
	bool none = false;
	FILE *file = fopen("/proc/self/status", "re");

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, set, n) == 0)
			none = (strtoull(line + n + 1, NULL, 16) & ~INTERNAL_SIGNALS) == 0;
	if (file)
		fclose(file);
	return none;
}

static bool has_its_listener(bool is_dbd)
{
	int domain = 0, listening = 0;
	socklen_t size = sizeof(int);

	return getsockopt(PROCESS_FD_LISTEN, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
	       getsockopt(PROCESS_FD_LISTEN, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 &&
	       listening && (domain == AF_UNIX) == is_dbd;
}

static bool reaches_dbd(bool is_dbd)
{
	const char *address = getenv(PROCESS_ENV_DBD);

	if (is_dbd || !address)
		return is_dbd && !address;
	int fd = net_connect_abstract(address);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Returns the part of the contract that is broken, or NULL. To be called before process_adopt,
 * which changes what it checks. */
static const char *find_breach(const char *title)
{
	const char *name = getenv(PROCESS_ENV_NAME);
	bool is_dbd = name && strcmp(name, "dbd") == 0;

	if (!name || strncmp(title, "postern: ", 9) != 0 || strcmp(title + 9, name) != 0)
		return "name and title";
	if (!has_only_its_descriptors())
		return "descriptors";
	if (!has_no_signals("SigBlk") || !has_no_signals("SigIgn"))
		return "signals";
	if (!has_its_listener(is_dbd))
		return "listener";
	return reaches_dbd(is_dbd) ? NULL : "dbd's address";
}

static void on_stop(void *context)
{
	struct stub *stub = context;

	close(PROCESS_FD_LISTEN);
	log_info("stopping");
	if (!stub->lingers)
		loop_stop(stub->loop);
}

static void on_drain(void *context)
{
	struct stub *stub = context;

	log_info("draining");
	if (!stub->lingers)
		loop_stop(stub->loop);
}

/* A stub that lingers still ends with the master. */
static void on_channel(struct watch *watch, uint32_t events)
{
	char word;

	(void)events;
	/* A word is left for the watch of process.c. */
	if (recv(watch->fd, &word, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		exit(EXIT_CLEAN);
}

int main(int argc, char **argv)
{
	/* The layout of the shared pages depends on the API. */
	api_use_builtin();
	const char *breach = find_breach(argc > 0 ? argv[0] : "");
	struct stub stub = { .name = process_adopt(), .loop = loop_new() };
	struct settings settings;
	size_t behaviour = find_behaviour(stub.name);
	struct watch channel = { dup(PROCESS_FD_CHANNEL), on_channel };

	config_from_environment(&settings);
	log_open(stub.name, LOG_LEVEL_DEBUG);
	log_info("started, contract %s%s", breach ? "broken: " : "kept", breach ? breach : "");
	stub.lingers = behaviours[behaviour].lingers;
	process_on_stop(stub.loop, on_stop, &stub);
	process_on_drain(on_drain, &stub);
	process_start_heartbeat(stub.loop, settings.timeout_watchdog);
	if (stub.lingers && loop_add(stub.loop, &channel, EPOLLIN) < 0)
		return EXIT_RUNNING;
	if (behaviours[behaviour].before_ready)
		behaviours[behaviour].before_ready();
	/* Logged first, before lines of the master that follow from it. */
	log_info("ready pid=%d", (int)getpid());
	process_ready();
	if (behaviours[behaviour].after_ready)
		behaviours[behaviour].after_ready();
	loop_run(stub.loop);
	close(channel.fd);
	loop_free(stub.loop);
	return EXIT_CLEAN;
}
