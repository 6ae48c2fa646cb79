/* Linearizability, with caches and killed processes: no client of any worker gets a state older
 * than one that was read or acknowledged before its request. `make chaos` runs this longer. */
#include "async_client.h"
#include "chaos.h"
#include "history.h"
#include "loop.h"
#include "postern.h"
#include "suite.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	WRITERS = 8,
	READERS = 24,
	STRIKES = 20,           /* the default of CHAOS_KILLS */
	ACKNOWLEDGED_MOST = 60, /* most acknowledged writes between two strikes */
	STANDSTILL_MOST = 60,   /* most milliseconds of a SIGSTOP */
	PATIENCE_MS = 60 * 1000,
	REQUEST_MAX = 64 * 1024,
	LOG_TOLD = 4000
};

#define WORKERS "3"

/* The two resources. The name of a row consists of its number in the history and its version. */
enum kind { USER, POST, KIND__COUNT };

static const struct {
	const char *plural, *name; /* name: the start of the field in an answer */
	const char *one, *all;     /* names of its reads in a history */
} kinds[KIND__COUNT] = {
	[USER] = { "users", "\"username\":\"u", "seen in GET /users/ID", "seen in GET /users" },
	[POST] = { "posts", "\"title\":\"p", "seen in GET /posts/ID", "seen in GET /posts" },
};

/* A writer: writes its own user and posts of that user, one after the other. */
struct writer {
	struct async_client client;
	size_t rows[KIND__COUNT];   /* or HISTORY_NONE */
	size_t former[KIND__COUNT]; /* the previous rows */
	size_t row;                 /* the row of the pending write */
	bool doomed;                /* delete the user: the outcome of a write is unknown */
};

struct reader {
	struct async_client client;
	size_t row; /* HISTORY_NONE: a list */
	enum kind kind;
	uint64_t begun;
};

static const struct run {
	const char *cache_size;
	int content; /* bytes of a post */
} runs[] = {
	{ "16777216", 200 },
	{ "16777216", 24 * 1024 }, /* lists over 128 KiB are streamed */
	{ "0", 200 },
};

static struct linear {
	const struct run *run;
	struct postern server;
	struct history history;
	struct writer writers[WRITERS];
	struct reader readers[READERS];
	uint32_t newest[KIND__COUNT]; /* highest ids */
	uint64_t random;
	bool finishing;
	unsigned acknowledged;
	size_t writes, unknown, refused, looks, shown, unanswered, lost;
} l;

/* A random number below n, by SplitMix64. */
static unsigned draw(unsigned n)
{
	uint64_t z = l.random += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (unsigned)((z ^ (z >> 31)) % n);
}

static int number_of(const struct async_client *a)
{
	for (int i = 0; i < WRITERS; i++)
		if (a == &l.writers[i].client)
			return i;
	for (int i = 0; i < READERS; i++)
		if (a == &l.readers[i].client)
			return WRITERS + i;
	return -1;
}

static struct life *life(size_t row)
{
	return &l.history.lives[row];
}

static void check(const char *complaint, size_t row, const struct heard *heard)
{
	struct buf out;

	if (!complaint)
		return;
	buf_init(&out, 1024 * 1024);
	history_print(&l.history, row, &out);
	ck_abort_msg("%s: %d %.1000s\n%.*s", complaint, heard->status, heard->body.ptr,
		(int)buf_len(&out), buf_view(&out).ptr);
}

/* Connections. */

static bool is_connected(struct async_client *a)
{
	return a->fd >= 0 || async_client_connect(a, l.server.port);
}

/* Writing. */

static void write_body(size_t row, unsigned version, struct buf *out)
{
	const struct life *of = life(row);

	buf_printf(out, of->kind == USER ? "{\"username\":\"u%zu-%u\"" : "{\"title\":\"p%zu-%u\"",
		row, version);
	if (of->id == 0 && of->kind == USER)
		buf_printf(out, ",\"email\":\"u%zu@example.com\"", row);
	else if (of->id == 0)
		buf_printf(out, ",\"content\":\"%0*d\"", l.run->content, 0);
	buf_printf(out, "}");
	buf_char(out, '\0');
}

static void write_target(size_t row, struct buf *out)
{
	const struct life *of = life(row);

	if (of->id == 0 && of->parent != HISTORY_NONE)
		buf_printf(out, "/users/%" PRIu32, life(of->parent)->id);
	buf_printf(out, "/%s", kinds[of->kind].plural);
	if (of->id != 0)
		buf_printf(out, "/%" PRIu32, of->id);
	buf_char(out, '\0');
}

static void ask_write(struct writer *w, size_t row, unsigned version)
{
	bool is_deletion = version == HISTORY_GONE;
	const char *method = is_deletion ? "DELETE" : life(row)->id == 0 ? "POST" : "PATCH";
	struct buf target, body;

	buf_init(&target, REQUEST_MAX);
	buf_init(&body, REQUEST_MAX);
	write_target(row, &target);
	write_body(row, version, &body);
	w->row = row;
	l.writes++;
	history_send(&l.history, row, version, number_of(&w->client));
	async_client_ask(&w->client, method, buf_view(&target).ptr,
		is_deletion ? NULL : buf_view(&body).ptr);
	buf_done(&target);
	buf_done(&body);
}

/* SQLite reuses the id of the newest row after its deletion, so a late write with unknown outcome
 * could change another row. So the newest rows are not deleted. */
static bool may_delete(const struct writer *w, enum kind kind)
{
	for (enum kind k = kind; k < KIND__COUNT; k++)
		for (size_t i = 0; w->rows[k] != HISTORY_NONE && i < l.history.nlive; i++) {
			size_t row = l.history.live[i];
			bool is_his = row == w->rows[k] || life(row)->parent == w->rows[kind];
			if (is_his && life(row)->id == l.newest[life(row)->kind])
				return false;
		}
	return true;
}

/* The writer stops using the row. */
static void leave(struct writer *w, enum kind kind)
{
	for (enum kind k = kind; k < KIND__COUNT; k++) {
		if (w->rows[k] != HISTORY_NONE)
			w->former[k] = w->rows[k];
		w->rows[k] = HISTORY_NONE;
	}
	if (kind == USER)
		w->doomed = false;
}

static void ask_new(struct writer *w, enum kind kind)
{
	w->rows[kind] =
		history_add(&l.history, kind, kind == POST ? w->rows[USER] : (size_t)HISTORY_NONE);
	ask_write(w, w->rows[kind], 1);
}

/* Returns true if the row is deleted or must not be changed. */
static bool has_ended(struct writer *w, enum kind kind, bool must)
{
	size_t row = w->rows[kind];

	if (!must && life(row)->sent < HISTORY_VERSIONS)
		return false;
	if (may_delete(w, kind))
		ask_write(w, row, HISTORY_GONE);
	else if (must || life(row)->sent >= HISTORY_VERSIONS)
		leave(w, kind);
	return true;
}

static void ask_next_write(struct writer *w)
{
	if (l.finishing || !is_connected(&w->client))
		return;
	while (!w->client.asking) {
		size_t row = w->rows[draw(KIND__COUNT)];
		if (w->rows[USER] == HISTORY_NONE)
			ask_new(w, USER);
		else if (has_ended(w, USER, w->doomed || draw(100) == 0))
			continue;
		else if (w->rows[POST] == HISTORY_NONE)
			ask_new(w, POST);
		else if (!has_ended(w, POST, draw(50) == 0) && row != HISTORY_NONE)
			ask_write(w, row, life(row)->sent + 1);
	}
}

static void note_id(size_t row, const struct heard *heard)
{
	struct life *of = life(row);
	const char *id = strstr(heard->body.ptr, "\"id\":");

	ck_assert_msg(id != NULL, "%s", heard->body.ptr);
	of->id = (uint32_t)strtoul(id + strlen("\"id\":"), NULL, 10);
	if (of->id > l.newest[of->kind])
		l.newest[of->kind] = of->id;
}

/* A creation with unknown outcome has no id by which the row could be deleted. */
static void give_up(struct writer *w)
{
	l.unknown++;
	history_remark(&l.history, "(a write's outcome is unknown)");
	if (life(w->rows[USER])->id == 0)
		leave(w, USER);
	else
		w->doomed = true;
}

static void note_write(struct writer *w, const struct heard *heard)
{
	const struct life *of = life(w->row);
	bool is_deletion = of->sent == HISTORY_GONE;
	int due = is_deletion ? 204 : of->id == 0 ? 201 : 200;

	if (heard->status == 503 && strstr(heard->body.ptr, "unknown")) {
		give_up(w);
		return;
	}
	if (heard->status == 503 && strstr(heard->body.ptr, "nothing was done")) {
		l.refused++;
		history_refuse(&l.history, w->row, number_of(&w->client));
		if (of->id == 0)
			leave(w, (enum kind)of->kind);
		return;
	}
	/* The previous attempt may have deleted the row. */
	bool is_done = heard->status == due ||
		       (heard->status == 404 && is_deletion && of->sent_before == HISTORY_GONE);
	check(is_done ? NULL : "a write was answered", w->row, heard);
	if (due == 201)
		note_id(w->row, heard);
	history_acknowledge(&l.history, w->row, number_of(&w->client));
	l.acknowledged++;
	if (is_deletion)
		leave(w, (enum kind)of->kind);
}

/* Reading. */

static void ask_next_look(struct reader *r)
{
	const struct writer *w = &l.writers[draw(WRITERS)];
	char target[64];

	if (l.finishing || !is_connected(&r->client))
		return;
	r->kind = (enum kind)draw(KIND__COUNT);
	r->row = draw(6) == 0 ? w->former[r->kind] : w->rows[r->kind];
	if (r->row == HISTORY_NONE || life(r->row)->id == 0 || draw(6) == 0)
		r->row = HISTORY_NONE;
	if (r->row == HISTORY_NONE)
		snprintf(target, sizeof(target), "/%s", kinds[r->kind].plural);
	else
		snprintf(target, sizeof(target), "/%s/%" PRIu32, kinds[r->kind].plural,
			life(r->row)->id);
	l.looks++;
	r->begun = history_begin(&l.history);
	async_client_ask(&r->client, "GET", target, NULL);
}

static const char *how(const struct reader *r)
{
	return r->row == HISTORY_NONE ? kinds[r->kind].all : kinds[r->kind].one;
}

static void note_shown(struct reader *r, enum kind kind, const struct heard *heard)
{
	size_t row;
	unsigned version;

	for (const char *at = heard->body.ptr; (at = strstr(at, kinds[kind].name)); l.shown++) {
		at += strlen(kinds[kind].name);
		bool is_ours = sscanf(at, "%zu-%u\"", &row, &version) == 2 &&
			       row < l.history.count && life(row)->kind == kind;
		ck_assert_msg(is_ours, "never written: %s", heard->body.ptr);
		check(history_show(
			      &l.history, row, version, r->begun, number_of(&r->client), how(r)),
			row, heard);
	}
}

/* True if the answer would show the row if it existed. */
static bool would_show(const struct reader *r, size_t row)
{
	if (r->row == HISTORY_NONE)
		return life(row)->kind == r->kind;
	return row == r->row || life(row)->parent == r->row;
}

static void note_missed(struct reader *r, const struct heard *heard)
{
	/* Backwards, because rows that turn out deleted are removed from the list. */
	for (size_t i = l.history.nlive; i-- > 0;) {
		if (i >= l.history.nlive || !would_show(r, l.history.live[i]))
			continue;
		size_t row = l.history.live[i];
		check(history_miss(&l.history, row, r->begun, number_of(&r->client), how(r)), row,
			heard);
	}
}

static void note_look(struct reader *r, const struct heard *heard)
{
	if (heard->status == 503) {
		l.unanswered++;
		return;
	}
	bool is_answer = heard->status == 200 || (heard->status == 404 && r->row != HISTORY_NONE);
	ck_assert_msg(is_answer, "%s: %d %s", how(r), heard->status, heard->body.ptr);
	for (enum kind kind = USER; heard->status == 200 && kind < KIND__COUNT; kind++)
		note_shown(r, kind, heard);
	note_missed(r, heard);
}

/* All clients. */

static void go_on_writing(struct writer *w)
{
	struct heard heard;
	bool asking = w->client.asking;
	enum async_client_status status = async_client_hear(&w->client, &heard);

	if (status == ASYNC_CLIENT_WAITING)
		return;
	if (status == ASYNC_CLIENT_ANSWERED)
		note_write(w, &heard);
	else if (asking)
		give_up(w);
	l.lost += status == ASYNC_CLIENT_LOST;
	ask_next_write(w);
}

static void go_on_reading(struct reader *r)
{
	struct heard heard;
	enum async_client_status status = async_client_hear(&r->client, &heard);

	if (status == ASYNC_CLIENT_WAITING)
		return;
	if (status == ASYNC_CLIENT_ANSWERED)
		note_look(r, &heard);
	l.lost += status == ASYNC_CLIENT_LOST;
	ask_next_look(r);
}

/* Waits for an event, at most until the deadline, and lets all clients continue. */
static void turn(uint64_t deadline)
{
	struct pollfd set[WRITERS + READERS + 1];
	uint64_t now = clock_ms();

	for (int i = 0; i < WRITERS; i++) {
		if (!l.writers[i].client.asking)
			ask_next_write(&l.writers[i]);
		set[i] = (struct pollfd){ .fd = l.writers[i].client.fd, .events = POLLIN };
	}
	for (int i = 0; i < READERS; i++) {
		if (!l.readers[i].client.asking)
			ask_next_look(&l.readers[i]);
		set[WRITERS + i] =
			(struct pollfd){ .fd = l.readers[i].client.fd, .events = POLLIN };
	}
	set[WRITERS + READERS] = (struct pollfd){ .fd = l.server.log_fd, .events = POLLIN };
	ck_assert_int_ge(poll(set, NITEMS(set), now < deadline ? (int)(deadline - now) : 0), 0);
	for (int i = 0; i < WRITERS; i++)
		if (set[i].revents)
			go_on_writing(&l.writers[i]);
	for (int i = 0; i < READERS; i++)
		if (set[WRITERS + i].revents)
			go_on_reading(&l.readers[i]);
	if (set[WRITERS + READERS].revents)
		postern_log_len(&l.server);
}

/* A message of Check has at most 8 KiB. */
static const char *end_of_log(void)
{
	size_t n = postern_log_len(&l.server);

	return postern_log(&l.server) + (n > LOG_TOLD ? n - LOG_TOLD : 0);
}

static void await_acknowledged(unsigned n)
{
	uint64_t deadline = clock_ms() + PATIENCE_MS;

	for (l.acknowledged = 0; l.acknowledged < n; turn(deadline))
		ck_assert_msg(clock_ms() < deadline, "no write is acknowledged:\n%s", end_of_log());
}

static void finish(void)
{
	uint64_t deadline = clock_ms() + PATIENCE_MS;
	bool asking = true;

	l.finishing = true;
	while (asking) {
		ck_assert_msg(clock_ms() < deadline, "no answer:\n%s", end_of_log());
		turn(deadline);
		asking = false;
		for (int i = 0; i < WRITERS; i++)
			asking |= l.writers[i].client.asking;
		for (int i = 0; i < READERS; i++)
			asking |= l.readers[i].client.asking;
	}
}

/* Strikes. */

static const struct {
	const char *name, *child; /* child NULL: the master */
	int first, second;        /* signals; second may be 0 for none */
} strikes[] = {
	{ "dbd: KILL", "dbd", SIGKILL, 0 },
	{ "dbd: TERM", "dbd", SIGTERM, 0 },
	{ "dbd: STOP, CONT", "dbd", SIGSTOP, SIGCONT },
	{ "dbd: STOP, KILL", "dbd", SIGSTOP, SIGKILL },
	{ "worker 1: KILL", "worker 1", SIGKILL, 0 },
	{ "worker 2: KILL", "worker 2", SIGKILL, 0 },
	{ "worker 1: STOP, CONT", "worker 1", SIGSTOP, SIGCONT },
	{ "worker 2: STOP, CONT", "worker 2", SIGSTOP, SIGCONT },
	{ "worker 3: STOP, CONT", "worker 3", SIGSTOP, SIGCONT },
	{ "master: HUP", NULL, SIGHUP, 0 },
};

/* The child may be restarting. */
static pid_t await_child(const char *name)
{
	uint64_t deadline = clock_ms() + PATIENCE_MS;
	pid_t pid;

	while ((pid = postern_child(&l.server, name)) <= 0) {
		ck_assert_msg(clock_ms() < deadline, "there is no %s:\n%s", name, end_of_log());
		turn(clock_ms() + 1);
	}
	return pid;
}

static void strike(void)
{
	unsigned n = draw(NITEMS(strikes));
	pid_t pid = strikes[n].child ? await_child(strikes[n].child) : l.server.pid;

	history_remark(&l.history, strikes[n].name);
	kill(pid, strikes[n].first);
	if (!strikes[n].second)
		return;
	uint64_t until = clock_ms() + 1 + draw(STANDSTILL_MOST);
	while (clock_ms() < until)
		turn(until);
	history_remark(&l.history, "(goes on, or is killed)");
	kill(pid, strikes[n].second);
}

/* The test. */

static unsigned long number_from(const char *variable, unsigned long otherwise)
{
	const char *text = getenv(variable);

	return text && *text ? strtoul(text, NULL, 10) : otherwise;
}

static unsigned nstrikes(void)
{
	return (unsigned)number_from("CHAOS_KILLS", STRIKES);
}

static void setup(void)
{
	l = (struct linear){ 0 };
	history_init(&l.history);
	for (int i = 0; i < WRITERS; i++) {
		async_client_init(&l.writers[i].client);
		for (enum kind kind = USER; kind < KIND__COUNT; kind++)
			l.writers[i].rows[kind] = l.writers[i].former[kind] = HISTORY_NONE;
	}
	for (int i = 0; i < READERS; i++)
		async_client_init(&l.readers[i].client);
}

static void teardown(void)
{
	for (int i = 0; i < WRITERS; i++)
		async_client_done(&l.writers[i].client);
	for (int i = 0; i < READERS; i++)
		async_client_done(&l.readers[i].client);
	history_done(&l.history);
	postern_done(&l.server);
}

START_TEST(test_no_client_reads_a_stale_state)
{
	l.run = &runs[_i];
	l.random = number_from("CHAOS_SEED", clock_ms());
	printf("linear: CHAOS_SEED=%" PRIu64 "\n", l.random);
	fflush(stdout);
	/* A stopping dbd waits for this long. Slow disks do not fail this test. */
	postern_start(&l.server,
		&(struct postern_plan){
			.args = { "--workers", WORKERS, "--cache-size", l.run->cache_size,
				"--timeout-graceful-shutdown", "1", "--timeout-watchdog", "0" } });
	for (unsigned n = nstrikes(); n > 0; n--) {
		await_acknowledged(1 + draw(ACKNOWLEDGED_MOST));
		strike();
	}
	await_acknowledged(ACKNOWLEDGED_MOST);
	finish();
	printf("cache of %s bytes, posts of %d, %u strikes: %zu writes, %zu unknown, %zu refused; "
	       "%zu looks, %zu unanswered, at %zu rows; %zu connections lost\n",
		l.run->cache_size, l.run->content, nstrikes(), l.writes, l.unknown, l.refused,
		l.looks, l.unanswered, l.shown, l.lost);
	postern_stop(&l.server);
	chaos_check_deaths(&l.server);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("linear");
	TCase *t = tcase_create("linear");

	tcase_set_timeout(t, 120 + nstrikes() * 5.0);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_no_client_reads_a_stale_state, 0, NITEMS(runs));
	suite_add_tcase(s, t);
	return s;
}
