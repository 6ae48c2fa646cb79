#include "fork_exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Between fork and exec only async-signal-safe functions are called (signal-safety(7)). */

static void reset_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int signal = 1; signal < NSIG; signal++)
		sigaction(signal, &action, NULL); /* fails for KILL and STOP; ignored */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* First duplicates all descriptors to high numbers: a source may be the target of another one. */
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
	/* Descriptors that the master inherited may lack CLOEXEC. Kernels before 5.9 do not have
	 * close_range and leak them, which is harmless. */
	close_range((unsigned)(PROCESS_FD_CHANNEL + n), ~0U, 0);
	return 0;
}

static void print_error(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		return;
}

__attribute__((noreturn)) static void run_child(const struct fork_exec *how)
{
	reset_signals();
	if (place_fds(how->fds, how->nlisteners) == 0)
		execve(how->program, how->argv, how->envp);
	const char *why = strerrordesc_np(errno);
	print_error("postern: cannot execute ");
	print_error(how->program);
	print_error(": ");
	print_error(why ? why : "unknown error");
	print_error("\n");
	_exit(EXIT_STARTUP);
}

pid_t fork_exec(const struct fork_exec *how)
{
	pid_t pid = fork();

	if (pid == 0)
		run_child(how);
	return pid;
}
