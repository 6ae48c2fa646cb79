/* A worker that is refused memory, at every place where it asks for some: a client gets the whole
 * answer, an error, or an end that shows that the answer is not whole; or the process ends and says
 * why. In a process that goes on, the next client is served. */
#include "fake_service.h"
#include "suite.h"
#include "turn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Allocations, by the linker's --wrap. */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static bool in_worker; /* else it is the test that asks */
static unsigned left;  /* requests up to the one that is refused; 0: none is */
static bool lasts, has_refused;

static bool refuses(void)
{
	if (!in_worker || left == 0)
		return false;
	bool now = left == 1;
	if (left > 1 || !lasts)
		left--;
	has_refused |= now;
	return now;
}

void *__wrap_malloc(size_t size)
{
	return refuses() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return refuses() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	return refuses() ? NULL : __real_realloc(memory, size);
}

/* The worker and its client. */

static struct loop *loop;
static struct fake_dbd dbd;
static struct service service;
static struct conns conns;
static struct arena arena;

enum { GOT_MAX = 64 * 1024 };

static struct client {
	int fd;
	bool ended;
	char got[GOT_MAX];
	size_t ngot;
} client;

static void on_closed(struct conns *c)
{
	(void)c;
}

static void work(void)
{
	in_worker = true;
	loop_settle(loop);
	in_worker = false;
}

static void on_idle(struct conns *all)
{
	(void)all;
}

static void start_worker(void)
{
	loop = loop_new();
	fake_service_open(&service, loop, &dbd, &arena);
	conns = fake_service_conns(loop, &service, on_closed, on_idle);
}

static void connect_client(void)
{
	struct sockaddr_storage peer = { .ss_family = AF_UNIX };
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	client = (struct client){ .fd = fds[0] };
	in_worker = true;
	conns_open(&conns, fds[1], &peer);
	in_worker = false;
}

static void read_answer(void)
{
	ssize_t n;

	while ((n = recv(client.fd, client.got + client.ngot, GOT_MAX - 1 - client.ngot, 0)) > 0)
		client.ngot += (size_t)n;
	client.ended |= n == 0 || errno == ECONNRESET;
	client.got[client.ngot] = '\0';
}

/* What dbd says to a command, in parts if that is a list; once a part was demanded, the last. */
static void reply(const struct command *command, enum more more)
{
	static const char name[] = "ada", address[] = "ada@example.com";
	struct record row = { .resource = command->resource };
	struct rows_writer w;

	record_set(&row, 0, value_int(1));
	record_set(&row, 1, value_text(str_from(name)));
	record_set(&row, 2, value_text(str_from(address)));
	codec_rows_begin(&w, &dbd.link.out, command->id, command->resource, -1);
	codec_rows_add(&w, NULL, &row);
	codec_rows_end(&w, more);
	fake_dbd_send(&dbd);
}

static void converse(struct str request)
{
	struct command command;
	enum demand demand;
	uint64_t id;

	connect_client();
	ck_assert(send(client.fd, request.ptr, request.len, MSG_NOSIGNAL) > 0 || errno == EPIPE);
	work();
	if (fake_dbd_take(&dbd, &command)) {
		bool list = command.action == ACTION_LIST;
		reply(&command, list ? MORE_WAITS : MORE_NO);
		work();
		if (list && fake_dbd_take_demand(&dbd, &id, &demand) && demand == DEMAND_NEXT)
			reply(&command, MORE_NO);
		work();
	}
	read_answer();
}

static void hang_up(void)
{
	close(client.fd);
	loop_settle(loop);
}

/* Answers. */

#define HOST "Host: api.example\r\n"
#define ADA  "\"username\":\"ada\",\"email\":\"ada@example.com\""
#define ROW  "{" ADA ",\"id\":1}"

static const struct {
	struct str request;
	int status;
	const char *end; /* of a whole answer, and of nothing else */
} talks[] = {
	{ STR_INIT("GET /docs HTTP/1.1\r\n" HOST "\r\n"), 200, "</html>\n" },
	{ STR_INIT("GET /users HTTP/1.1\r\n" HOST "\r\n"), 200, "\r\n0\r\n\r\n" },
	{ STR_INIT("POST /users HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n"
		   "Content-Length: 44\r\n\r\n{" ADA "}"),
		201, "\r\n\r\n" ROW },
	{ STR_INIT("POST /users HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n"
		   "Content-Length: 2\r\n\r\n{}"),
		422, "\"input\":{}}]}" },
};

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

/* Of the answer that should be, the whole. */
static bool is_whole(int talk)
{
	int status = 0;

	return sscanf(client.got, "HTTP/1.1 %d ", &status) == 1 && status == talks[talk].status &&
	       ends_with(client.got, talks[talk].end);
}

static bool is_error(void)
{
	int status = 0;

	return sscanf(client.got, "HTTP/1.1 %d ", &status) == 1 && status >= 500 &&
	       ends_with(client.got, "\"}");
}

enum { NOTHING_REFUSED = 0, SURVIVED = 10, WRONG = 11 };

/* The process that is refused memory. Returns its exit status. */
static int endure(int talk, unsigned nth)
{
	start_worker();
	left = nth;
	converse(talks[talk].request);
	left = 0;
	if (!is_whole(talk) && !is_error() && !client.ended) {
		fprintf(stderr, "neither whole nor ended: %s\n", client.got);
		return WRONG;
	}
	hang_up();
	converse(talks[talk].request);
	if (!is_whole(talk)) {
		fprintf(stderr, "the next one got: %s\n", client.got);
		return WRONG;
	}
	return has_refused ? SURVIVED : NOTHING_REFUSED;
}

/* Its stderr is read up to its end. */
static int run_in_child(int talk, unsigned nth, char *log, size_t size)
{
	const struct rlimit no_core = { 0, 0 };
	int pipes[2], status;
	size_t n = 0;

	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		dup2(pipes[1], STDERR_FILENO);
		_exit(endure(talk, nth));
	}
	close(pipes[1]);
	for (ssize_t got; (got = read(pipes[0], log + n, size - 1 - n)) > 0;)
		n += (size_t)got;
	log[n] = '\0';
	close(pipes[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

START_TEST(memory_that_is_refused_anywhere_makes_no_answer_seem_whole)
{
	int talk = _i / 2, status;
	unsigned survived = 0, died = 0;
	char log[4096];

	lasts = _i % 2;
	for (unsigned nth = 1;; nth++) {
		status = run_in_child(talk, nth, log, sizeof(log));
		if (WIFEXITED(status) && WEXITSTATUS(status) == NOTHING_REFUSED)
			break;
		bool said = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
			    strstr(log, "out of memory");
		bool went_on = WIFEXITED(status) && WEXITSTATUS(status) == SURVIVED;
		ck_assert_msg(said || went_on, "the %uth: %#x: %s", nth, (unsigned)status, log);
		survived += went_on;
		died += said;
	}
	ck_assert_uint_gt(survived + died, 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("memory");
	TCase *tc = tcase_create("memory");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, memory_that_is_refused_anywhere_makes_no_answer_seem_whole, 0,
		2 * NITEMS(talks));
	suite_add_tcase(suite, tc);
	return suite;
}
