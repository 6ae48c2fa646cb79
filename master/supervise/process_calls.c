#include "process_calls.h"

#include <signal.h>
#include <sys/wait.h>

static pid_t reap_any(int *status)
{
	return waitpid(-1, status, WNOHANG);
}

const struct process_calls process_calls = {
	.launch = fork_exec,
	.kill = kill,
	.reap = reap_any,
};
