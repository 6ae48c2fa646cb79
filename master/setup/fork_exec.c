#include "fork_exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* From here to exec only what is async-signal-safe (signal-safety(7)). */

static void reset_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int signal = 1; signal < NSIG; signal++)
		sigaction(signal, &action, NULL); /* KILL and STOP refuse; so be it */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* All are first moved out of the way: a source may have the number of another's target. */
static int place_fds(const int fds[FORK_EXEC_FDS], unsigned nlisteners)
{
	int high[FORK_EXEC_FDS];
	int n = FORK_EXEC_FD(PROCESS_FD_LISTEN) + (int)nlisteners;

	for (int i = 0; i < n; i++) {
		high[i] = fds[i] < 0 ? -1 : fcntl(fds[i], F_DUPFD_CLOEXEC, PROCESS_FD_CHANNEL + n);
		if (high[i] < 0 && fds[i] >= 0)
			return -1;
	}
	for (int i = 0; i < n; i++) {
		if (high[i] < 0)
			close(PROCESS_FD_CHANNEL + i);
		else if (dup2(high[i], PROCESS_FD_CHANNEL + i) < 0) /* clears CLOEXEC */
			return -1;
	}
	/* What the master itself inherited may lack CLOEXEC. An old kernel keeps it; harmless. */
	close_range((unsigned)(PROCESS_FD_CHANNEL + n), ~0U, 0);
	return 0;
}

static void say(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		return;
}

__attribute__((noreturn)) static void become(const struct fork_exec *how)
{
	reset_signals();
	if (place_fds(how->fds, how->nlisteners) == 0)
		execve(how->program, how->argv, how->envp);
	const char *why = strerrordesc_np(errno);
	say("postern: cannot execute ");
	say(how->program);
	say(": ");
	say(why ? why : "unknown error");
	say("\n");
	_exit(EXIT_STARTUP);
}

pid_t fork_exec(const struct fork_exec *how)
{
	pid_t pid = fork();

	if (pid == 0)
		become(how);
	return pid;
}
