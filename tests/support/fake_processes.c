#include "fake_processes.h"

#include "channel.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PROCESSES_MAX = 256, JOURNAL_MAX = 4096 };

struct fake {
	char name[16];          /* "w1.2" */
	int channel, heartbeat; /* the process's descriptors; -1: it has ended */
	bool hangs;
	bool ended, reaped;
	int status;
};

static struct fake fakes[PROCESSES_MAX];
static unsigned count;
static int refusal;
static char journal[JOURNAL_MAX];

__attribute__((format(printf, 1, 2))) static void record(const char *format, ...)
{
	size_t n = strlen(journal);
	va_list args;

	if (n > 0)
		n += (size_t)snprintf(journal + n, sizeof(journal) - n, ", ");
	va_start(args, format);
	vsnprintf(journal + n, sizeof(journal) - n, format, args);
	va_end(args);
}

static struct fake *find(const char *name)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(fakes[i].name, name) == 0)
			return &fakes[i];
	ck_abort_msg("no process %s", name);
	return NULL;
}

/* The short form of the name in the child's environment: "w1" for "worker 1". */
static void read_name(char *const *envp, char *name, size_t size)
{
	static const char variable[] = PROCESS_ENV_NAME "=";
	unsigned number;

	while (strncmp(*envp, variable, strlen(variable)) != 0)
		envp++;
	const char *value = *envp + strlen(variable);
	if (sscanf(value, "worker %u", &number) == 1)
		snprintf(name, size, "w%u", number);
	else
		snprintf(name, size, "%.3s", value);
}

static unsigned count_of(const char *name)
{
	size_t n = strlen(name);
	unsigned same = 0;

	for (unsigned i = 0; i < count; i++)
		same += strncmp(fakes[i].name, name, n) == 0 && fakes[i].name[n] == '.';
	return same;
}

static pid_t launch(const struct fork_exec *how)
{
	char name[8];

	read_name(how->envp, name, sizeof(name));
	if (refusal) {
		record("refuse %s", name);
		errno = refusal;
		return -1;
	}
	ck_assert_uint_lt(count, PROCESSES_MAX);
	struct fake *fake = &fakes[count];
	*fake = (struct fake){
		.channel = fcntl(how->fds[FORK_EXEC_FD(PROCESS_FD_CHANNEL)], F_DUPFD_CLOEXEC, 0),
		.heartbeat =
			fcntl(how->fds[FORK_EXEC_FD(PROCESS_FD_HEARTBEAT)], F_DUPFD_CLOEXEC, 0),
	};
	snprintf(fake->name, sizeof(fake->name), "%s.%u", name, count_of(name) + 1);
	record("start %s", fake->name);
	return FAKE_PID + (pid_t)count++;
}

static const char *signal_name(int signal)
{
	return signal == PROCESS_DRAIN ? "DRAIN" : sigabbrev_np(signal);
}

static int send_signal(pid_t pid, int signal)
{
	ck_assert_int_ge(pid, FAKE_PID);
	ck_assert_int_lt(pid, FAKE_PID + (pid_t)count);
	struct fake *fake = &fakes[pid - FAKE_PID];
	ck_assert_msg(!fake->reaped, "signal %d to %s, which was reaped", signal, fake->name);
	record("%s %s", signal_name(signal), fake->name);
	return 0;
}

static pid_t reap(int *status)
{
	for (unsigned i = 0; i < count; i++) {
		if (!fakes[i].ended || fakes[i].reaped)
			continue;
		fakes[i].reaped = true;
		*status = fakes[i].status;
		return FAKE_PID + (pid_t)i;
	}
	return 0;
}

const struct process_calls fake_process_calls = {
	.launch = launch,
	.kill = send_signal,
	.reap = reap,
};

void fake_processes_reset(void)
{
	count = 0;
	refusal = 0;
	journal[0] = '\0';
}

void fake_processes_refuse(int error)
{
	refusal = error;
}

const char *fake_processes_journal(void)
{
	static char copy[JOURNAL_MAX];

	strcpy(copy, journal);
	journal[0] = '\0';
	return copy;
}

void fake_process_say(const char *name, char word)
{
	ck_assert_int_eq(channel_send_word(find(name)->channel, word, -1), 0);
}

void fake_process_tell(const char *name, const char *text)
{
	size_t n = strlen(text);

	ck_assert_int_eq(channel_send(find(name)->channel, text, n, -1), (ssize_t)n);
}

static void close_descriptors(struct fake *fake)
{
	if (fake->channel < 0)
		return;
	close(fake->channel);
	close(fake->heartbeat);
	fake->channel = fake->heartbeat = -1;
}

void fake_process_end(const char *name, int status)
{
	struct fake *fake = find(name);

	ck_assert_msg(!fake->ended, "%s has ended", name);
	close_descriptors(fake);
	fake->ended = true;
	fake->status = status;
	ck_assert_int_eq(kill(getpid(), SIGCHLD), 0);
}

/* Beats of this process go to the page of the fake. */
static void adopt_page(const struct fake *fake)
{
	ck_assert_int_eq(heartbeat_adopt(fcntl(fake->heartbeat, F_DUPFD_CLOEXEC, 0)), 0);
}

void fake_process_note(const char *name, enum heartbeat_thread thread, enum activity activity)
{
	adopt_page(find(name));
	heartbeat_note(thread, activity);
}

void fake_processes_beat(void)
{
	for (unsigned i = 0; i < count; i++) {
		if (fakes[i].ended || fakes[i].hangs)
			continue;
		adopt_page(&fakes[i]);
		heartbeat_beat(HEARTBEAT_LOOP);
	}
}

void fake_process_hang(const char *name)
{
	find(name)->hangs = true;
}

void fake_processes_end(void)
{
	for (unsigned i = 0; i < count; i++)
		if (!fakes[i].ended)
			fake_process_end(fakes[i].name, SIGKILL);
}
