/* Sends mixed requests for a long time. No process of the server may grow after the first tenth.
 * `make soak` runs this. */
#include "async_client.h"
#include "loop.h"
#include "memory.h"
#include "postern.h"
#include "suite.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	CLIENTS = 64,
	REQUESTS = 100 * 1000, /* the default of SOAK_REQUESTS */
	ROUNDS_EACH = 16,      /* rounds of a connection before it is opened again */
	PATIENCE_MS = 20 * 1000,
	SPARE_KB = 1024 /* tolerated growth of a process */
};

/* The requests of a client in each round. In texts, $n is replaced by the name of the client, which
 * differs in each round, $u by the id of its user and $p by the id of its post. */
static const struct step {
	const char *method, *target, *body;
	int status;
	char keep; /* store the id in the answer as that of the user ('u') or the post ('p') */
} steps[] = {
	{ "POST", "/users", "{\"username\":\"$n\",\"email\":\"$n@example.com\"}", 201, 'u' },
	{ "GET", "/users/$u", NULL, 200, 0 },
	{ "POST", "/users", "{\"username\":\"$n\",\"email\":\"$n@example.com\"}", 409, 0 },
	{ "POST", "/users", "{\"username\":\"\",\"email\":\"$n\"}", 422, 0 },
	{ "POST", "/users", "{\"username\":", 422, 0 },
	{ "POST", "/users/$u/posts", "{\"title\":\"$n\",\"content\":\"\\u00e9\"}", 201, 'p' },
	{ "POST", "/users/0/posts", "{\"title\":\"$n\",\"content\":\"c\"}", 404, 0 },
	{ "GET", "/posts/$p", NULL, 200, 0 },
	{ "PATCH", "/posts/$p", "{\"content\":\"$n\"}", 200, 0 },
	{ "GET", "/posts", NULL, 200, 0 },
	{ "GET", "/users", NULL, 200, 0 },
	{ "GET", "/users/$n", NULL, 422, 0 },
	{ "GET", "/nowhere", NULL, 404, 0 },
	{ "GET", "/openapi.json", NULL, 200, 0 },
	{ "DELETE", "/posts/$p", NULL, 204, 0 },
	{ "GET", "/posts/0", NULL, 404, 0 }, /* not $p: another client may have got the id */
	{ "DELETE", "/users/$u", NULL, 204, 0 },
};

static struct client {
	struct async_client client;
	int number;
	unsigned round;
	size_t step;
	uint32_t user, post;
} clients[CLIENTS];

static struct postern server;
static unsigned long asked, answered, wanted;

static unsigned long requests(void)
{
	const char *text = getenv("SOAK_REQUESTS");

	return text && *text ? strtoul(text, NULL, 10) : REQUESTS;
}

/* Clients. */

static void expand(const struct client *c, const char *text, struct buf *out)
{
	for (; *text; text++) {
		if (*text != '$') {
			buf_char(out, *text);
			continue;
		}
		switch (*++text) {
		case 'n':
			buf_printf(out, "n%d-%u", c->number, c->round);
			break;
		case 'u':
			buf_int(out, c->user);
			break;
		default:
			buf_int(out, c->post);
		}
	}
	buf_char(out, '\0');
}

static void ask(struct client *c)
{
	const struct step *step = &steps[c->step];
	struct buf target, body;

	if (asked == wanted)
		return;
	asked++;
	buf_init(&target, SIZE_MAX / 2);
	buf_init(&body, SIZE_MAX / 2);
	expand(c, step->target, &target);
	expand(c, step->body ? step->body : "", &body);
	async_client_ask(&c->client, step->method, buf_view(&target).ptr,
		step->body ? buf_view(&body).ptr : NULL);
	buf_done(&target);
	buf_done(&body);
}

static void keep_id(struct client *c, const struct heard *heard)
{
	char what = steps[c->step].keep;
	const char *id = strstr(heard->body.ptr, "\"id\":");

	if (!what)
		return;
	ck_assert_msg(id != NULL, "%s", heard->body.ptr);
	*(what == 'u' ? &c->user : &c->post) = (uint32_t)strtoul(id + strlen("\"id\":"), NULL, 10);
}

static void go_on(struct client *c)
{
	const struct step *step = &steps[c->step];
	struct heard heard;
	enum async_client_status status = async_client_hear(&c->client, &heard);

	if (status == ASYNC_CLIENT_WAITING)
		return;
	ck_assert_msg(status == ASYNC_CLIENT_ANSWERED, "%s %s: lost", step->method, step->target);
	ck_assert_msg(heard.status == step->status, "%s %s: %d %s", step->method, step->target,
		heard.status, heard.body.ptr);
	answered++;
	keep_id(c, &heard);
	if (++c->step == NITEMS(steps)) {
		c->step = 0;
		if (++c->round % ROUNDS_EACH == 0)
			ck_assert(async_client_connect(&c->client, server.port));
	}
	ask(c);
}

static void turn(void)
{
	struct pollfd set[CLIENTS + 1];

	for (int i = 0; i < CLIENTS; i++)
		set[i] = (struct pollfd){ .fd = clients[i].client.fd, .events = POLLIN };
	set[CLIENTS] = (struct pollfd){ .fd = server.log_fd, .events = POLLIN };
	ck_assert_msg(poll(set, NITEMS(set), PATIENCE_MS) > 0, "no answer:\n%s",
		postern_log_end(&server));
	if (set[CLIENTS].revents)
		postern_log_len(&server);
	for (int i = 0; i < CLIENTS; i++)
		if (set[i].revents)
			go_on(&clients[i]);
}

/* Runs until that many requests have been answered. */
static void ask_until(unsigned long all)
{
	wanted = all;
	for (int i = 0; i < CLIENTS; i++)
		if (!clients[i].client.asking)
			ask(&clients[i]);
	while (answered < all)
		turn();
}

/* Memory. */

enum { MASTER, DBD, WORKER_1, WORKER_2, PROCESSES };

static const char *const processes[] = { "master", "dbd", "worker 1", "worker 2" };

static long resident(const char *name)
{
	bool is_master = strcmp(name, "master") == 0;

	return memory_now(is_master ? server.pid : postern_child(&server, name));
}

/* The kernel may give a worker few connections at first: later it grows to the size of the other.
 */
static long bound(const long early[PROCESSES], size_t process)
{
	long kb = early[process];

	if (process >= WORKER_1)
		kb = early[WORKER_1] > early[WORKER_2] ? early[WORKER_1] : early[WORKER_2];
	return kb + SPARE_KB;
}

START_TEST(test_no_process_grows)
{
	long early[PROCESSES], late[PROCESSES];
	uint64_t began = clock_ms();

	ask_until(requests() / 10);
	for (size_t i = 0; i < PROCESSES; i++)
		early[i] = resident(processes[i]);
	ask_until(requests());
	for (size_t i = 0; i < PROCESSES; i++)
		late[i] = resident(processes[i]);
	printf("%lu requests, %" PRIu64 " ms\n", answered, clock_ms() - began);
	for (size_t i = 0; i < PROCESSES; i++)
		printf("%-8s %6ld kB after a tenth, %6ld kB at the end\n", processes[i], early[i],
			late[i]);
	for (size_t i = 0; i < PROCESSES; i++)
		ck_assert_msg(late[i] <= bound(early, i), "%s has grown from %ld to %ld kB",
			processes[i], early[i], late[i]);
}
END_TEST

static void setup(void)
{
	/* The cache is full long before a tenth of the requests, and evicts answers from then on.
	 */
	postern_start(&server, &(struct postern_plan){ .args = { "--cache-size", "1048576" } });
	for (int i = 0; i < CLIENTS; i++) {
		clients[i].number = i;
		async_client_init(&clients[i].client);
		ck_assert(async_client_connect(&clients[i].client, server.port));
	}
}

static void teardown(void)
{
	for (int i = 0; i < CLIENTS; i++)
		async_client_done(&clients[i].client);
	postern_stop(&server);
	postern_done(&server);
}

Suite *test_suite(void)
{
	Suite *s = suite_create("soak");
	TCase *t = tcase_create("soak");

	tcase_set_timeout(t, 60 + (double)requests() / 500);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_no_process_grows);
	suite_add_tcase(s, t);
	return s;
}
