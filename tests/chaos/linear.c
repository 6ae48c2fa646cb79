#include "linear.h"

#include "async_client.h"
#include "chaos.h"
#include "history.h"
#include "loop.h"
#include "output_of.h"
#include "psql_client.h"
#include "splitmix.h"

#include <check.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	WRITERS = 8,
	READERS = 24,
	FOREIGN_EVERY = 4,      /* every fourth writer, if plan->foreign */
	ACKNOWLEDGED_MOST = 60, /* most acknowledged writes between two strikes */
	STANDSTILL_MOST = 60,   /* most milliseconds of a SIGSTOP */
	PATIENCE_MS = 60 * 1000,
	AWAY_MOST_MS = 7 * 1000, /* less than workers wait for a database's server */
	REQUEST_MAX = 64 * 1024,
	LOG_TOLD = 4000
};

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
	struct machine *machine;
	struct async_client client;
	struct psql_client psql;
	bool foreign;               /* writes by psql, past all servers */
	uint64_t begun;             /* when the pending write was sent */
	size_t rows[KIND__COUNT];   /* or HISTORY_NONE */
	size_t former[KIND__COUNT]; /* the previous rows */
	size_t row;                 /* the row of the pending write */
	bool doomed;                /* delete the user: the outcome of a write is unknown */
};

struct reader {
	struct machine *machine;
	struct async_client client;
	size_t row; /* HISTORY_NONE: a list */
	enum kind kind;
	uint64_t begun;
};

static struct linear {
	const struct linear_plan *plan;
	struct machine {
		struct postern server;
		uint64_t excused; /* see linear_excuse */
	} machines[LINEAR_MACHINES_MAX];
	struct history history;
	struct writer writers[WRITERS];
	struct reader readers[READERS];
	uint32_t newest[KIND__COUNT]; /* highest ids */
	uint64_t random;
	uint64_t away;       /* since when the database's server is away, or 0; in ms */
	uint64_t away_until; /* when it came back from being away for too long */
	bool finishing;
	unsigned acknowledged;
	size_t writes, unknown, refused, looks, shown, unanswered, lost;
} l;

unsigned linear_draw(unsigned n)
{
	return (unsigned)(splitmix_next(&l.random) % n);
}

static int number_of_writer(const struct writer *w)
{
	return (int)(w - l.writers);
}

static int number_of_reader(const struct reader *r)
{
	return WRITERS + (int)(r - l.readers);
}

static struct life *life(size_t row)
{
	return &l.history.lives[row];
}

/* A message of Check has at most 8 KiB. */
static const char *end_of_log(void)
{
	static char text[LINEAR_MACHINES_MAX * LOG_TOLD + 1];
	struct buf out;

	buf_init(&out, sizeof(text));
	for (unsigned i = 0; i < l.plan->machines; i++) {
		struct postern *server = &l.machines[i].server;
		size_t n = postern_log_len(server), told = LOG_TOLD / l.plan->machines;
		buf_printf(&out, "server %u: %s\n", i,
			postern_log(server) + (n > told ? n - told : 0));
	}
	snprintf(text, sizeof(text), "%.*s", (int)buf_len(&out), buf_view(&out).ptr);
	buf_done(&out);
	return text;
}

/* Prints what explains the failure before the message, which is then the last that is printed. */
static void check(const char *complaint, size_t row, const struct heard *heard)
{
	struct buf out;

	if (!complaint)
		return;
	buf_init(&out, 1024 * 1024);
	history_print(&l.history, row, &out);
	printf("%.*s%s", (int)buf_len(&out), buf_view(&out).ptr, end_of_log());
	fflush(stdout);
	ck_abort_msg("%s: %d %.1000s", complaint, heard->status, heard->body.ptr);
}

/* Connections. */

static bool is_connected(struct async_client *a, const struct machine *machine)
{
	return a->fd >= 0 || async_client_connect(a, machine->server.port);
}

static bool can_write(struct writer *w)
{
	if (w->foreign)
		return psql_client_is_open(&w->psql) ||
		       psql_client_open(&w->psql, l.machines[0].server.url);
	return is_connected(&w->client, w->machine);
}

static bool is_asking(const struct writer *w)
{
	return w->foreign ? w->psql.asking : w->client.asking;
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
		buf_printf(out, ",\"content\":\"%0*d\"", l.plan->content, 0);
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

static void ask_write_by_http(struct writer *w, size_t row, unsigned version)
{
	bool is_deletion = version == HISTORY_GONE;
	const char *method = is_deletion ? "DELETE" : life(row)->id == 0 ? "POST" : "PATCH";
	struct buf target, body;

	buf_init(&target, REQUEST_MAX);
	buf_init(&body, REQUEST_MAX);
	write_target(row, &target);
	write_body(row, version, &body);
	async_client_ask(&w->client, method, buf_view(&target).ptr,
		is_deletion ? NULL : buf_view(&body).ptr);
	buf_done(&target);
	buf_done(&body);
}

static void write_sql(size_t row, unsigned version, struct buf *out)
{
	const struct life *of = life(row);
	bool is_user = of->kind == USER;

	if (version == HISTORY_GONE && is_user)
		buf_printf(out, "BEGIN; DELETE FROM posts WHERE user_id = %" PRIu32 ";", of->id);
	if (version == HISTORY_GONE)
		buf_printf(out, "DELETE FROM %s WHERE id = %" PRIu32 " RETURNING id;%s",
			kinds[of->kind].plural, of->id, is_user ? " COMMIT;" : "");
	else if (of->id != 0)
		buf_printf(out,
			"UPDATE %s SET %s = '%c%zu-%u' WHERE id = %" PRIu32 " RETURNING id;",
			kinds[of->kind].plural, is_user ? "username" : "title", is_user ? 'u' : 'p',
			row, version, of->id);
	else if (is_user)
		buf_printf(out,
			"INSERT INTO users (username, email) VALUES ('u%zu-%u', 'u%zu@example.com')"
			" RETURNING id;",
			row, version, row);
	else
		buf_printf(out,
			"INSERT INTO posts (title, content, user_id, date_posted) VALUES"
			" ('p%zu-%u', repeat('0', %d), %" PRIu32 ", now()) RETURNING id;",
			row, version, l.plan->content, life(of->parent)->id);
	buf_char(out, '\0');
}

static void ask_write(struct writer *w, size_t row, unsigned version)
{
	w->row = row;
	l.writes++;
	history_send(&l.history, row, version, number_of_writer(w));
	w->begun = history_begin(&l.history);
	if (!w->foreign) {
		ask_write_by_http(w, row, version);
		return;
	}
	struct buf sql;
	buf_init(&sql, REQUEST_MAX);
	write_sql(row, version, &sql);
	psql_client_ask(&w->psql, buf_view(&sql).ptr);
	buf_done(&sql);
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
	if (l.finishing || !can_write(w))
		return;
	while (!is_asking(w)) {
		size_t row = w->rows[linear_draw(KIND__COUNT)];
		if (w->rows[USER] == HISTORY_NONE)
			ask_new(w, USER);
		else if (has_ended(w, USER, w->doomed || linear_draw(100) == 0))
			continue;
		else if (w->rows[POST] == HISTORY_NONE)
			ask_new(w, POST);
		else if (!has_ended(w, POST, linear_draw(50) == 0) && row != HISTORY_NONE)
			ask_write(w, row, life(row)->sent + 1);
	}
}

static void note_id(size_t row, const char *id)
{
	struct life *of = life(row);

	of->id = (uint32_t)strtoul(id, NULL, 10);
	ck_assert_msg(of->id > 0, "no id: %s", id);
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

static void note_done(struct writer *w, const char *id)
{
	const struct life *of = life(w->row);
	bool is_deletion = of->sent == HISTORY_GONE;

	if (of->id == 0)
		note_id(w->row, id);
	history_acknowledge(&l.history, w->row, number_of_writer(w));
	l.acknowledged++;
	if (is_deletion)
		leave(w, (enum kind)of->kind);
}

static bool is_away_for_long(void)
{
	return l.away && clock_ms() - l.away > AWAY_MOST_MS;
}

/* An answer that the outcome is unknown, which must have a reason. */
static void note_unknown(struct writer *w, const struct heard *heard)
{
	bool is_excused = !l.plan->patient || w->machine->excused > w->begun ||
			  l.away_until > w->begun || is_away_for_long();

	check(is_excused ? NULL : "an outcome is unknown without a reason", w->row, heard);
	give_up(w);
}

static void note_write(struct writer *w, const struct heard *heard)
{
	const struct life *of = life(w->row);
	bool is_deletion = of->sent == HISTORY_GONE;
	int due = is_deletion ? 204 : of->id == 0 ? 201 : 200;

	if (heard->status == 503 && strstr(heard->body.ptr, "unknown")) {
		note_unknown(w, heard);
		return;
	}
	if (heard->status == 503 && strstr(heard->body.ptr, "nothing was done")) {
		l.refused++;
		history_refuse(&l.history, w->row, number_of_writer(w));
		if (of->id == 0)
			leave(w, (enum kind)of->kind);
		return;
	}
	/* The previous attempt may have deleted the row. */
	bool is_done = heard->status == due ||
		       (heard->status == 404 && is_deletion && of->sent_before == HISTORY_GONE);
	check(is_done ? NULL : "a write was answered", w->row, heard);
	const char *id = strstr(heard->body.ptr, "\"id\":");
	note_done(w, id ? id + strlen("\"id\":") : "");
}

/* Reading. */

static void ask_look(struct reader *r, const char *target)
{
	l.looks++;
	r->begun = history_begin(&l.history);
	async_client_ask(&r->client, "GET", target, NULL);
}

static void ask_list(struct reader *r)
{
	char target[64];

	r->row = HISTORY_NONE;
	snprintf(target, sizeof(target), "/%s", kinds[r->kind].plural);
	if (is_connected(&r->client, r->machine))
		ask_look(r, target);
}

static void ask_next_look(struct reader *r)
{
	const struct writer *w = &l.writers[linear_draw(WRITERS)];
	char target[64];

	if (l.finishing || !is_connected(&r->client, r->machine))
		return;
	r->kind = (enum kind)linear_draw(KIND__COUNT);
	r->row = linear_draw(6) == 0 ? w->former[r->kind] : w->rows[r->kind];
	if (r->row == HISTORY_NONE || life(r->row)->id == 0 || linear_draw(6) == 0) {
		ask_list(r);
		return;
	}
	snprintf(target, sizeof(target), "/%s/%" PRIu32, kinds[r->kind].plural, life(r->row)->id);
	ask_look(r, target);
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
		check(history_show(&l.history, row, version, r->begun, number_of_reader(r), how(r)),
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
		check(history_miss(&l.history, row, r->begun, number_of_reader(r), how(r)), row,
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
	ck_assert_msg(is_answer, "%s: %d %.1000s\n%s", how(r), heard->status, heard->body.ptr,
		end_of_log());
	for (enum kind kind = USER; heard->status == 200 && kind < KIND__COUNT; kind++)
		note_shown(r, kind, heard);
	note_missed(r, heard);
}

/* All clients. */

static void go_on_writing_by_psql(struct writer *w)
{
	const char *text;
	bool asking = w->psql.asking;
	enum psql_client_status status = psql_client_hear(&w->psql, &text);

	if (status == PSQL_CLIENT_WAITING)
		return;
	/* An earlier attempt may have deleted the row. */
	if (status == PSQL_CLIENT_ANSWERED)
		note_done(w, text);
	else if (asking)
		give_up(w);
	ask_next_write(w);
}

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

static void add_writers(struct pollfd *set)
{
	for (int i = 0; i < WRITERS; i++) {
		struct writer *w = &l.writers[i];
		if (!is_asking(w))
			ask_next_write(w);
		set[i] = (struct pollfd){ .fd = w->foreign ? w->psql.from : w->client.fd,
			.events = POLLIN };
	}
}

static void add_readers(struct pollfd *set)
{
	for (int i = 0; i < READERS; i++) {
		if (!l.readers[i].client.asking)
			ask_next_look(&l.readers[i]);
		set[i] = (struct pollfd){ .fd = l.readers[i].client.fd, .events = POLLIN };
	}
}

static void go_on_with_clients(const struct pollfd *set)
{
	for (int i = 0; i < WRITERS; i++)
		if (set[i].revents && l.writers[i].foreign)
			go_on_writing_by_psql(&l.writers[i]);
		else if (set[i].revents)
			go_on_writing(&l.writers[i]);
	for (int i = 0; i < READERS; i++)
		if (set[WRITERS + i].revents)
			go_on_reading(&l.readers[i]);
}

/* Waits for an event, at most until the deadline, and lets all clients continue. */
static void turn(uint64_t deadline)
{
	struct pollfd set[WRITERS + READERS + LINEAR_MACHINES_MAX];
	uint64_t now = clock_ms();

	add_writers(set);
	add_readers(set + WRITERS);
	for (unsigned i = 0; i < LINEAR_MACHINES_MAX; i++)
		set[WRITERS + READERS + i] = (struct pollfd){
			.fd = i < l.plan->machines ? l.machines[i].server.log_fd : -1,
			.events = POLLIN,
		};
	ck_assert_int_ge(poll(set, NITEMS(set), now < deadline ? (int)(deadline - now) : 0), 0);
	go_on_with_clients(set);
	for (unsigned i = 0; i < l.plan->machines; i++)
		if (set[WRITERS + READERS + i].revents)
			postern_log_len(&l.machines[i].server);
}

void linear_pass(unsigned ms)
{
	for (uint64_t until = clock_ms() + ms; clock_ms() < until;)
		turn(until);
}

void linear_await_program(const char *const argv[])
{
	int status;
	pid_t pid = program_start(argv, STDIN_FILENO, STDOUT_FILENO);

	while (waitpid(pid, &status, WNOHANG) == 0)
		linear_pass(2);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s %s: %#x", argv[0], argv[1],
		(unsigned)status);
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
			asking |= is_asking(&l.writers[i]);
		for (int i = 0; i < READERS; i++)
			asking |= l.readers[i].client.asking;
	}
}

/* Strikes. */

unsigned linear_machine(void)
{
	return linear_draw(l.plan->machines);
}

struct postern *linear_server(unsigned machine)
{
	return &l.machines[machine].server;
}

void linear_excuse(unsigned machine)
{
	l.machines[machine].excused = UINT64_MAX;
}

void linear_away(void)
{
	l.away = clock_ms();
}

void linear_back(void)
{
	if (is_away_for_long())
		l.away_until = l.history.now;
	l.away = 0;
}

/* The child may be restarting. */
static pid_t await_child(struct postern *server, const char *name)
{
	uint64_t deadline = clock_ms() + PATIENCE_MS;
	pid_t pid;

	while ((pid = postern_child(server, name)) <= 0) {
		ck_assert_msg(clock_ms() < deadline, "there is no %s:\n%s", name, end_of_log());
		linear_pass(1);
	}
	return pid;
}

/* A dbd that is told to stop serves until its patience is over. */
static void await_end(pid_t pid)
{
	uint64_t deadline = clock_ms() + PATIENCE_MS;

	while (kill(pid, 0) == 0) {
		ck_assert_msg(clock_ms() < deadline, "dbd does not end:\n%s", end_of_log());
		linear_pass(1);
	}
}

/* The master replaces dbd when it is told to load its configuration again. */
static bool ends_dbd(const struct linear_strike *strike)
{
	return !strike->second && (!strike->child || strcmp(strike->child, "dbd") == 0);
}

void linear_signal(const struct linear_strike *strike)
{
	unsigned machine = linear_machine();
	struct postern *server = linear_server(machine);
	pid_t dbd = await_child(server, "dbd");
	pid_t pid = strike->child ? await_child(server, strike->child) : server->pid;

	if (ends_dbd(strike) || pid == dbd)
		linear_excuse(machine);
	kill(pid, strike->first);
	if (ends_dbd(strike) && l.plan->patient)
		await_end(dbd);
	if (!strike->second)
		return;
	linear_pass(1 + linear_draw(STANDSTILL_MOST));
	history_remark(&l.history, "(goes on, or is killed)");
	kill(pid, strike->second);
}

static const struct linear_strike *choose(void)
{
	unsigned weights = 0, drawn;
	const struct linear_strike *s = l.plan->strikes;

	for (size_t i = 0; s[i].name; i++)
		weights += s[i].weight;
	for (drawn = linear_draw(weights); drawn >= s->weight; s++)
		drawn -= s->weight;
	return s;
}

/* Outcomes are unknown for a reason only if the write was sent before the strike was over. */
static void strike(void)
{
	const struct linear_strike *chosen = choose();

	history_remark(&l.history, chosen->name);
	chosen->run(chosen);
	await_acknowledged(1 + linear_draw(ACKNOWLEDGED_MOST));
	for (unsigned i = 0; i < l.plan->machines; i++)
		if (l.machines[i].excused == UINT64_MAX)
			l.machines[i].excused = l.history.now;
}

/* The run. */

void linear_setup(void)
{
	l = (struct linear){ 0 };
	history_init(&l.history);
	for (int i = 0; i < WRITERS; i++) {
		async_client_init(&l.writers[i].client);
		psql_client_init(&l.writers[i].psql);
		for (enum kind kind = USER; kind < KIND__COUNT; kind++)
			l.writers[i].rows[kind] = l.writers[i].former[kind] = HISTORY_NONE;
	}
	for (int i = 0; i < READERS; i++)
		async_client_init(&l.readers[i].client);
}

void linear_teardown(void)
{
	for (int i = 0; i < WRITERS; i++) {
		async_client_done(&l.writers[i].client);
		psql_client_close(&l.writers[i].psql);
	}
	for (int i = 0; i < READERS; i++)
		async_client_done(&l.readers[i].client);
	history_done(&l.history);
	/* The first has made the database and the folder of all. */
	for (unsigned i = LINEAR_MACHINES_MAX; i-- > 0;)
		if (l.machines[i].server.folder[0])
			postern_done(&l.machines[i].server);
}

/* A stopping dbd waits for this long. Slow disks do not fail this test. */
static void start_servers(void)
{
	const struct postern_plan plan = {
		.args = { "--workers", l.plan->workers, "--cache-size", l.plan->cache_size,
			"--timeout-graceful-shutdown", "1", "--timeout-watchdog", "0",
			"--reader-threads", l.plan->readers ? l.plan->readers : "0" },
	};

	for (unsigned i = 0; i < l.plan->machines; i++) {
		struct postern *server = linear_server(i);
		if (l.plan->url || i > 0)
			postern_init_on(server, l.plan->url ? l.plan->url : linear_server(0)->url);
		else
			postern_init(server);
		postern_launch(server, &plan);
		postern_await_serving(server);
	}
	for (int i = 0; i < WRITERS; i++) {
		l.writers[i].machine = &l.machines[(unsigned)i % l.plan->machines];
		l.writers[i].foreign = l.plan->foreign && i % FOREIGN_EVERY == 0;
	}
	for (int i = 0; i < READERS; i++)
		l.readers[i].machine = &l.machines[(unsigned)i % l.plan->machines];
}

/* Every reader reads both lists, which show each row that is not known to be deleted. */
static void look_at_all(void)
{
	for (int i = 0; i < READERS; i++)
		for (enum kind kind = USER; kind < KIND__COUNT; kind++) {
			l.readers[i].kind = kind;
			ask_list(&l.readers[i]);
			finish();
		}
}

void linear_run(const struct linear_plan *plan)
{
	l.plan = plan;
	l.random = plan->seed;
	start_servers();
	for (unsigned n = plan->count; n > 0; n--)
		strike();
	await_acknowledged(ACKNOWLEDGED_MOST);
	finish();
	look_at_all();
	printf("cache of %s bytes, posts of %d, %u strikes: %zu writes, %zu unknown, %zu refused; "
	       "%zu looks, %zu unanswered, at %zu rows; %zu connections lost\n",
		plan->cache_size, plan->content, plan->count, l.writes, l.unknown, l.refused,
		l.looks, l.unanswered, l.shown, l.lost);
	ck_assert_msg(!plan->patient || l.away_until || l.refused + l.unanswered == 0,
		"%zu writes and %zu reads were refused", l.refused, l.unanswered);
	for (unsigned i = 0; i < plan->machines; i++) {
		postern_stop(linear_server(i));
		chaos_check_deaths(linear_server(i));
	}
}
