#include "output_of.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 32, OUTPUT_MAX = 64 * 1024 };

/* Runs in the child. Copies strings, because the type of execvp(3)'s arguments is not const. */
_Noreturn static void become(const char *const argv[], int input, int output, pid_t tester)
{
	char *words[ARGUMENTS_MAX] = { 0 };

	for (size_t i = 0; argv[i] && i < ARGUMENTS_MAX - 1; i++)
		words[i] = strdup(argv[i]);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != tester)
		_exit(126);
	dup2(input, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	execvp(words[0], words);
	_exit(127);
}

pid_t program_start(const char *const argv[], int input, int output)
{
	pid_t tester = getpid(), pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		become(argv, input, output, tester);
	return pid;
}

static void read_all(int fd, char text[OUTPUT_MAX])
{
	size_t n = 0;

	for (ssize_t got; (got = read(fd, text + n, OUTPUT_MAX - 1 - n)) > 0;)
		n += (size_t)got;
	while (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
}

const char *output_of(const char *const argv[], const char *input)
{
	static char text[OUTPUT_MAX];
	int in[2], out[2], status;
	size_t n = strlen(input);

	ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	ck_assert_int_eq(write(in[1], input, n), (ssize_t)n); /* fits into the pipe */
	close(in[1]);
	pid_t pid = program_start(argv, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	read_all(out[0], text);
	close(out[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(
		status == 0, "%s with \"%s\" ended with %#x", argv[0], input, (unsigned)status);
	return text;
}
