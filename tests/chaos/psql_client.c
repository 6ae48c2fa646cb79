#include "psql_client.h"

#include "loop.h"
#include "output_of.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define END "-- end"

enum { INPUT_MAX = 64 * 1024, STATEMENTS_MAX = 64 * 1024, PAUSE = 50 /* milliseconds */ };

void psql_client_init(struct psql_client *c)
{
	*c = (struct psql_client){ .to = -1, .from = -1 };
	buf_init(&c->in, INPUT_MAX);
}

bool psql_client_open(struct psql_client *c, const char *url)
{
	/* Its errors are those that the test causes. */
	const char *const argv[] = { "sh", "-c",
		"exec psql -XAtq -v ON_ERROR_STOP=1 -d \"$0\" -f - 2>/dev/null", url, NULL };
	int to[2], from[2];

	if (clock_ms() - c->opened < PAUSE)
		return false;
	c->opened = clock_ms();
	ck_assert_int_eq(pipe2(to, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(from, O_CLOEXEC), 0);
	c->pid = program_start(argv, to[0], from[1]);
	close(to[0]);
	close(from[1]);
	c->to = to[1];
	c->from = from[0];
	c->asking = false;
	buf_reset(&c->in, 0);
	signal(SIGPIPE, SIG_IGN);
	return true;
}

bool psql_client_is_open(const struct psql_client *c)
{
	return c->pid > 0;
}

static void end(struct psql_client *c)
{
	if (c->pid <= 0)
		return;
	close(c->to);
	close(c->from);
	kill(c->pid, SIGKILL);
	ck_assert_int_eq(waitpid(c->pid, NULL, 0), c->pid);
	c->pid = 0;
	c->to = c->from = -1;
	c->asking = false;
}

void psql_client_close(struct psql_client *c)
{
	end(c);
	buf_done(&c->in);
}

void psql_client_ask(struct psql_client *c, const char *sql)
{
	struct buf out;

	buf_init(&out, STATEMENTS_MAX);
	buf_printf(&out, "%s\n\\echo " END "\n", sql);
	c->asking = true;
	/* The pipe is empty. psql_client_hear reports a program that has ended. */
	ssize_t n = write(c->to, buf_view(&out).ptr, buf_len(&out));
	ck_assert(n == (ssize_t)buf_len(&out) || (n < 0 && errno == EPIPE));
	buf_done(&out);
}

enum psql_client_status psql_client_hear(struct psql_client *c, const char **text)
{
	char *room = buf_reserve(&c->in, INPUT_MAX / 2);

	ck_assert_ptr_nonnull(room);
	ssize_t n = read(c->from, room, INPUT_MAX / 2 - 1);
	if (n <= 0) {
		end(c);
		return PSQL_CLIENT_LOST;
	}
	room[n] = '\0';
	buf_commit(&c->in, (size_t)n);
	if (!strstr(buf_view(&c->in).ptr, END "\n"))
		return PSQL_CLIENT_WAITING;
	*text = buf_view(&c->in).ptr;
	buf_reset(&c->in, INPUT_MAX);
	c->asking = false;
	return PSQL_CLIENT_ANSWERED;
}
