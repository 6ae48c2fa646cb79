/* What clients see when a process dies or stops. No acknowledged write is lost. */
#include "http_client.h"
#include "loop.h"
#include "postern.h"
#include "suite.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define ADA   "{\"username\":\"ada\",\"email\":\"ada@example.com\"}"
#define BOB   "{\"username\":\"bob\",\"email\":\"bob@example.com\"}"
#define ADA_1 "{\"username\":\"ada\",\"email\":\"ada@example.com\",\"id\":1}"
#define LOST                                                                                       \
	"{\"detail\":\"The database was lost before it answered; whether this was done is "        \
	"unknown\"}"

enum {
	CLIENTS = 12,
	ROUNDS = 12,
	RECOVERY_MS = 2000 /* much longer than needed, for a busy machine */
};

static struct postern server;
static struct http_client clients[CLIENTS];

static void open_clients(void)
{
	for (int i = 0; i < CLIENTS; i++)
		http_client_open(&clients[i], server.port);
}

static void setup(void)
{
	postern_start(&server, &(struct postern_plan){ 0 });
	open_clients();
}

/* With one worker, all connections belong to it. */
static void setup_one_worker(void)
{
	postern_start(&server, &(struct postern_plan){ .args = { "--workers", "1" } });
	open_clients();
}

static void teardown(void)
{
	for (int i = 0; i < CLIENTS; i++)
		http_client_close(&clients[i]);
	if (server.pid)
		postern_stop(&server);
	postern_done(&server);
}

static void signal_child(const char *name, int signal)
{
	pid_t pid = postern_child(&server, name);

	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(kill(pid, signal), 0);
}

/* Before a client has been answered once, its connection may still be in the backlog. */
static void greet_clients(void)
{
	for (int i = 0; i < CLIENTS; i++) {
		struct answer a = http_client_ask(&clients[i], "GET", "/", NULL);
		ck_assert_int_eq(a.status, 200);
	}
}

/* Waits until the one worker has read earlier requests and passed them to dbd. The first answer may
 * be from the same turn of its loop; the second one is from a later turn. */
static void pass_worker(void)
{
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
			http_client_ask(&clients[CLIENTS - 1], "GET", "/", NULL).status, 200);
}

static void assert_waiting(const struct http_client *c)
{
	struct pollfd readable = { .fd = c->fd, .events = POLLIN };

	ck_assert_msg(poll(&readable, 1, 0) == 0, "answered too early");
}

static int count_descriptors(const char *name)
{
	char path[64];
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)postern_child(&server, name));
	DIR *folder = opendir(path);
	ck_assert_ptr_nonnull(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

/* The worker with more connections: all other descriptors are the same in both. */
static const char *busier_worker(void)
{
	return count_descriptors("worker 1") > count_descriptors("worker 2") ? "worker 1"
									     : "worker 2";
}

/* Writes while a process is killed. */

struct tally {
	int acknowledged, unknown, dropped;
	struct buf names; /* of the acknowledged rows, as a list in SQL */
};

static void post_round(int round)
{
	char body[128];

	for (int i = 0; i < CLIENTS; i++) {
		snprintf(body, sizeof(body),
			"{\"username\":\"u%d-%d\",\"email\":\"u%d-%d@example.com\"}", round, i,
			round, i);
		http_client_request(&clients[i], "POST", "/users", body);
	}
}

static void judge(struct tally *tally, struct http_client *c, int round, int i)
{
	struct answer a = http_client_receive(c);

	switch (a.status) {
	case 201:
		buf_printf(
			&tally->names, "%s('u%d-%d')", tally->acknowledged++ ? "," : "", round, i);
		break;
	case 503:
		ck_assert_slice_eq(answer_field(&a, "retry-after"), STR("1"));
		ck_assert_slice_eq(a.body, STR(LOST));
		tally->unknown++;
		break;
	default:
		ck_assert_int_eq(a.status, 0);
		tally->dropped++;
		http_client_close(c);
		http_client_open(c, server.port);
	}
}

/* Posts while the child is killed with pending requests. Returns when it has been replaced. */
static void write_under_fire(struct tally *tally, int round, const char *victim)
{
	size_t log = postern_log_len(&server);

	post_round(round);
	if (victim)
		postern_kill_child(&server, victim);
	uint64_t began = clock_ms();
	for (int i = 0; i < CLIENTS; i++)
		judge(tally, &clients[i], round, i);
	if (!victim)
		return;
	postern_await_log(&server, log, " is ready", RECOVERY_MS);
	int status = http_client_ask_once(server.port, "GET", "/users", NULL, NULL, 0);
	uint64_t took = clock_ms() - began;
	ck_assert_int_eq(status, 200);
	printf("%s killed under load: well again after %" PRIu64 " ms\n", victim, took);
	ck_assert_uint_lt(took, RECOVERY_MS);
}

static void assert_kept(struct tally *tally)
{
	struct buf sql;

	buf_init(&sql, SIZE_MAX / 2);
	buf_printf(&sql, "WITH due(name) AS (VALUES ");
	buf_str(&sql, buf_view(&tally->names));
	buf_printf(&sql,
		") SELECT count(*) FROM due WHERE name NOT IN (SELECT username FROM users);%c", 0);
	ck_assert_str_eq(postern_sql(&server, buf_view(&sql).ptr), "0");
	postern_check_database(&server);
	/* There are no rows that were not sent. */
	int kept = atoi(postern_sql(&server, "SELECT count(*) FROM users;"));
	ck_assert_int_ge(kept, tally->acknowledged);
	ck_assert_int_le(kept, CLIENTS * ROUNDS);
	buf_done(&sql);
	buf_done(&tally->names);
}

static const char *const victims[] = { "a worker", "dbd" };

START_TEST(test_no_acknowledged_write_is_lost_with)
{
	struct tally tally = { 0 };

	buf_init(&tally.names, SIZE_MAX / 2);
	bool is_dbd = strcmp(victims[_i], "dbd") == 0;
	for (int round = 0; round < ROUNDS; round++) {
		const char *victim = is_dbd ? "dbd" : busier_worker();
		write_under_fire(&tally, round, round % 5 == 3 ? victim : NULL);
	}
	printf("%s: %d acknowledged, %d unknown, %d dropped\n", victims[_i], tally.acknowledged,
		tally.unknown, tally.dropped);
	ck_assert_int_ge(tally.acknowledged, CLIENTS * (ROUNDS - 2));
	if (is_dbd)
		ck_assert_int_eq(tally.dropped, 0);
	else
		ck_assert(tally.dropped > 0 && tally.unknown == 0);
	postern_stop(&server);
	assert_kept(&tally);
}
END_TEST

/* Kills all processes, like a power cut, but without losing the kernel's buffers. */
START_TEST(test_no_acknowledged_write_is_lost_with_all_processes)
{
	struct tally tally = { 0 };

	buf_init(&tally.names, SIZE_MAX / 2);
	write_under_fire(&tally, 0, NULL);
	post_round(1);
	judge(&tally, &clients[0], 1, 0);
	postern_kill_child(&server, "dbd");
	ck_assert_int_eq(kill(server.pid, SIGKILL), 0);
	int status = postern_wait(&server, POSTERN_STOP_MS);
	ck_assert(WIFSIGNALED(status));
	postern_launch(&server, &(struct postern_plan){ 0 });
	postern_await_serving(&server);
	ck_assert_int_eq(http_client_ask_once(server.port, "GET", "/users", NULL, NULL, 0), 200);
	postern_stop(&server);
	assert_kept(&tally);
}
END_TEST

/* Workers. */

START_TEST(test_a_killed_worker_is_replaced)
{
	greet_clients();
	postern_kill_child(&server, "worker 1");
	uint64_t began = clock_ms();
	/* The connection waits in the backlog of the master's listener. */
	int status = http_client_ask_once(server.port, "GET", "/users", NULL, NULL, 0);
	uint64_t took = clock_ms() - began;
	ck_assert_int_eq(status, 200);
	printf("the only worker killed: another answers after %" PRIu64 " ms\n", took);
	ck_assert_uint_lt(took, RECOVERY_MS);
	for (int i = 0; i < CLIENTS; i++)
		http_client_expect_end(&clients[i]);
}
END_TEST

START_TEST(test_only_a_killed_workers_connections_drop)
{
	int dropped = 0;

	/* The kernel chooses the worker, which then accepts. Stopping one gives the other some. */
	greet_clients();
	const char *busier = busier_worker();
	signal_child(busier, SIGSTOP);
	for (int i = 0; i < CLIENTS / 2; i++) {
		http_client_close(&clients[i]);
		http_client_open(&clients[i], server.port);
		ck_assert_int_eq(http_client_ask(&clients[i], "GET", "/", NULL).status, 200);
	}
	signal_child(busier, SIGCONT);
	greet_clients();
	int difference = count_descriptors("worker 1") - count_descriptors("worker 2");
	postern_kill_child(&server, "worker 1");
	for (int i = 0; i < CLIENTS; i++)
		dropped += http_client_ask(&clients[i], "GET", "/users", NULL).status == 0;
	ck_assert_int_gt(dropped, 0);
	ck_assert_int_lt(dropped, CLIENTS);
	/* If d of n connections were dropped, the difference was d - (n - d). */
	ck_assert_int_eq(2 * dropped, CLIENTS + difference);
	ck_assert_int_eq(http_client_ask_once(server.port, "GET", "/users", NULL, NULL, 0), 200);
}
END_TEST

START_TEST(test_a_worker_out_of_descriptors_recovers)
{
	greet_clients();
	/* Room for two more connections. readdir also counted ".", ".." and its own descriptor. */
	rlim_t limit = (rlim_t)count_descriptors("worker 1") - 2 + 2;
	struct http_client more[8];
	int answered = 0;

	ck_assert_int_eq(prlimit(postern_child(&server, "worker 1"), RLIMIT_NOFILE,
				 &(struct rlimit){ limit, limit }, NULL),
		0);
	for (size_t i = 0; i < NITEMS(more); i++) {
		http_client_open(&more[i], server.port);
		http_client_request(&more[i], "GET", "/users", NULL);
	}
	postern_await_log(&server, 0, "cannot accept", POSTERN_START_MS);
	/* Accepted connections go on; the others wait until descriptors are free. */
	greet_clients();
	for (int i = 0; i < CLIENTS; i++)
		http_client_close(&clients[i]);
	for (size_t i = 0; i < NITEMS(more); i++) {
		answered += http_client_receive(&more[i]).status == 200;
		http_client_close(&more[i]);
	}
	ck_assert_int_eq(answered, NITEMS(more));
}
END_TEST

/* dbd. */

START_TEST(test_reads_in_flight_are_answered_by_the_next_dbd)
{
	ck_assert_int_eq(http_client_ask(&clients[0], "POST", "/users", ADA).status, 201);
	signal_child("dbd", SIGSTOP);
	for (int i = 0; i < CLIENTS - 1; i++)
		http_client_request(&clients[i], "GET", "/users", NULL);
	pass_worker();
	for (int i = 0; i < CLIENTS - 1; i++)
		assert_waiting(&clients[i]);
	postern_kill_child(&server, "dbd");
	uint64_t began = clock_ms();
	for (int i = 0; i < CLIENTS - 1; i++) {
		struct answer a = http_client_receive(&clients[i]);
		http_client_expect(&a, "a read in flight", 200, "[" ADA_1 "]");
	}
	uint64_t took = clock_ms() - began;
	printf("dbd killed: reads in flight are answered after %" PRIu64 " ms\n", took);
	ck_assert_uint_lt(took, RECOVERY_MS);
}
END_TEST

START_TEST(test_a_write_in_flight_has_an_unknown_outcome)
{
	greet_clients();
	signal_child("dbd", SIGSTOP);
	http_client_request(&clients[0], "POST", "/users", ADA);
	pass_worker();
	assert_waiting(&clients[0]);
	postern_kill_child(&server, "dbd");
	/* This request arrives while there is no dbd, and waits for the next one. */
	http_client_request(&clients[1], "POST", "/users",
		"{\"username\":\"bob\",\"email\":\"bob@example.com\"}");
	struct answer a = http_client_receive(&clients[0]);
	http_client_expect(&a, "in flight", 503, LOST);
	ck_assert_slice_eq(answer_field(&a, "retry-after"), STR("1"));
	a = http_client_receive(&clients[1]);
	http_client_expect(&a, "without a dbd", 201, NULL);
	/* The connection goes on. Here the pending write was not done, and it is not done later. */
	a = http_client_ask(&clients[0], "GET", "/users", NULL);
	http_client_expect(&a, "afterwards", 200,
		"[{\"username\":\"bob\",\"email\":\"bob@example.com\",\"id\":1}]");
}
END_TEST

START_TEST(test_a_stopped_dbd_is_waited_for)
{
	greet_clients();
	signal_child("dbd", SIGSTOP);
	for (int i = 0; i < CLIENTS - 1; i++)
		http_client_request(
			&clients[i], i == 0 ? "POST" : "GET", "/users", i == 0 ? ADA : NULL);
	/* Requests that do not need the database are answered meanwhile. */
	pass_worker();
	for (int i = 0; i < CLIENTS - 1; i++)
		assert_waiting(&clients[i]);
	/* The client of this request leaves. */
	http_client_close(&clients[1]);
	signal_child("dbd", SIGCONT);
	struct answer a = http_client_receive(&clients[0]);
	http_client_expect(&a, "POST", 201, ADA_1);
	for (int i = 2; i < CLIENTS - 1; i++) {
		a = http_client_receive(&clients[i]);
		ck_assert_int_eq(a.status, 200);
	}
	http_client_open(&clients[1], server.port);
	a = http_client_ask(&clients[1], "GET", "/users", NULL);
	http_client_expect(&a, "afterwards", 200, "[" ADA_1 "]");
}
END_TEST

/* The master. */

START_TEST(test_children_end_with_the_master)
{
	char port[16];

	greet_clients();
	pid_t dbd = postern_child(&server, "dbd");
	ck_assert_int_eq(kill(dbd, SIGSTOP), 0);
	http_client_request(&clients[0], "POST", "/users", ADA);
	pass_worker();
	uint64_t began = clock_ms();
	ck_assert_int_eq(kill(server.pid, SIGKILL), 0);
	/* The master is dead, but not reaped yet. */
	ck_assert_int_eq(waitid(P_PID, (id_t)server.pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT), 0);
	ck_assert_int_eq(kill(dbd, SIGCONT), 0);
	struct answer a = http_client_receive(&clients[0]);
	http_client_expect(&a, "what was under way", 201, ADA_1);
	http_client_expect_end(&clients[1]);
	for (int i = 0; i < CLIENTS; i++)
		http_client_close(&clients[i]);
	int status = postern_wait(&server, POSTERN_STOP_MS);
	ck_assert(WIFSIGNALED(status));
	uint64_t took = clock_ms() - began;
	printf("master killed: no child is left after %" PRIu64 " ms\n", took);
	ck_assert_uint_lt(took, RECOVERY_MS);
	snprintf(port, sizeof(port), "%d", server.port);
	postern_launch(&server, &(struct postern_plan){ .args = { "--port", port } });
	postern_await_serving(&server);
	ck_assert_int_eq(http_client_ask_once(server.port, "GET", "/users/1", NULL, NULL, 0), 200);
}
END_TEST

/* Stopping. */

static int wait_for_stop(uint64_t began, const char *what)
{
	int status = postern_wait(&server, POSTERN_STOP_MS);
	uint64_t took = clock_ms() - began;

	printf("%s: stopped after %" PRIu64 " ms\n", what, took);
	ck_assert_msg(
		WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s", postern_log_end(&server));
	return (int)took;
}

static void assert_clean_files(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s-wal", server.database);
	ck_assert_int_lt(access(path, F_OK), 0);
	snprintf(path, sizeof(path), "%s-shm", server.database);
	ck_assert_int_lt(access(path, F_OK), 0);
}

START_TEST(test_a_stop_completes_all_requests)
{
	greet_clients();
	/* Sends half of a request, many whole ones, the signal, and the other half. */
	http_client_send(&clients[0], STR("POST /users HTTP/1.1\r\nHost: a\r\nContent-Type: "
					  "application/json\r\nContent-Length: 44\r\n\r\n{\"user"));
	ck_assert_int_eq(http_client_ask_once(server.port, "GET", "/", NULL, NULL, 0), 200);
	for (int i = 1; i < CLIENTS; i++)
		http_client_request(&clients[i], "GET", "/users", NULL);
	for (int i = 1; i < CLIENTS; i++)
		ck_assert_int_eq(http_client_receive(&clients[i]).status, 200);
	http_client_request(&clients[1], "POST", "/users", BOB);
	for (int i = 2; i < CLIENTS; i++)
		http_client_request(&clients[i], "GET", i % 2 ? "/users" : "/", NULL);
	ck_assert_int_eq(kill(server.pid, SIGTERM), 0);
	uint64_t began = clock_ms();
	postern_await_log(&server, 0, "stopping", POSTERN_STOP_MS);
	http_client_send(&clients[0], STR("name\":\"ada\",\"email\":\"ada@example.com\"}"));
	for (int i = 0; i < CLIENTS; i++) {
		struct answer a = http_client_receive(&clients[i]);
		ck_assert_msg(a.status == (i < 2 ? 201 : 200), "client %d: %d", i, a.status);
		http_client_expect_end(&clients[i]);
		http_client_close(&clients[i]);
	}
	ck_assert_int_lt(wait_for_stop(began, "under load"), RECOVERY_MS);
	assert_clean_files();
	ck_assert_str_eq(
		postern_sql(&server, "SELECT username FROM users ORDER BY username;"), "ada\nbob");
}
END_TEST

START_TEST(test_idle_connections_do_not_delay_a_stop)
{
	greet_clients();
	ck_assert_int_eq(kill(server.pid, SIGTERM), 0);
	int took = wait_for_stop(clock_ms(), "idle connections");
	ck_assert_int_lt(took, RECOVERY_MS);
	for (int i = 0; i < CLIENTS; i++)
		http_client_expect_end(&clients[i]);
	assert_clean_files();
}
END_TEST

/* One client never completes its request. */
START_TEST(test_a_stop_has_a_time_limit)
{
	struct postern_plan plan = { .args = { "--timeout-graceful-shutdown", "1" } };

	postern_stop(&server);
	postern_launch(&server, &plan);
	postern_await_serving(&server);
	for (int i = 0; i < CLIENTS; i++) {
		http_client_close(&clients[i]);
		http_client_open(&clients[i], server.port);
	}
	greet_clients();
	http_client_send(&clients[0], STR("POST /users HTTP/1.1\r\nHost: a\r\nContent-Le"));
	ck_assert_int_eq(http_client_ask_once(server.port, "POST", "/users", ADA, NULL, 0), 201);
	ck_assert_int_eq(kill(server.pid, SIGTERM), 0);
	int took = wait_for_stop(clock_ms(), "half a request");
	ck_assert_int_lt(took, 1000 + RECOVERY_MS);
	assert_clean_files();
	ck_assert_str_eq(postern_sql(&server, "SELECT username FROM users;"), "ada");
}
END_TEST

/* A dbd that hangs is killed. The exit status reports this, and acknowledged writes are not lost.
 */
START_TEST(test_a_stop_kills_a_dbd_that_hangs)
{
	struct postern_plan plan = { .args = { "--timeout-graceful-shutdown", "1" } };

	postern_stop(&server);
	postern_launch(&server, &plan);
	postern_await_serving(&server);
	ck_assert_int_eq(http_client_ask_once(server.port, "POST", "/users", ADA, NULL, 0), 201);
	signal_child("dbd", SIGSTOP);
	uint64_t began = clock_ms();
	ck_assert_int_eq(kill(server.pid, SIGTERM), 0);
	int status = postern_wait(&server, POSTERN_STOP_MS);
	ck_assert_uint_lt(clock_ms() - began, 2000 + RECOVERY_MS);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	ck_assert_str_eq(postern_sql(&server, "SELECT username FROM users;"), "ada");
}
END_TEST

/* A full disk: a small file system in memory, which only the processes of this test see. It ends
 * with them. */

/* A file that fills the disk. Its removal makes room for a checkpoint of the whole log, so that a
 * stop is clean. */
enum { BALLAST = 640 * 1024 };

#define CANNOT_WRITE "{\"detail\":\"The database could not be read or written\"}"
#define NOTHING_LEFT "{\"detail\":\"No space is left for the database; nothing was done\"}"

static bool mount_small(const char *folder)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", folder, "tmpfs", 0, "size=1m,mode=0700") == 0;
}

/* Tries to mount in a child process, with whose end the mount ends. */
static bool may_mount(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(mount_small("/tmp") ? 0 : 1);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static void setup_small_disk(void)
{
	char ballast[sizeof(server.folder) + 16];
	struct postern_plan plan = { .args = { "--workers", "1" } };

	postern_init(&server);
	ck_assert(mount_small(server.folder));
	snprintf(ballast, sizeof(ballast), "%s/ballast", server.folder);
	int fd = open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(posix_fallocate(fd, 0, BALLAST), 0);
	close(fd);
	postern_launch(&server, &plan);
	postern_await_serving(&server);
	open_clients();
}

static void teardown_small_disk(void)
{
	for (int i = 0; i < CLIENTS; i++)
		http_client_close(&clients[i]);
	if (server.pid)
		postern_stop(&server);
	umount2(server.folder, MNT_DETACH);
	postern_done(&server);
}

/* Expects 201, or this status and body. */
static int post_long_text(int status, const char *body_of_failure)
{
	enum { LONG = 16 * 1024 };
	char body[LONG + 64];

	snprintf(body, sizeof(body), "{\"title\":\"long\",\"content\":\"%0*d\"}", (int)LONG, 0);
	struct answer a = http_client_ask(&clients[0], "POST", "/users/1/posts", body);
	if (a.status != 201)
		http_client_expect(&a, "POST", status, body_of_failure);
	return a.status;
}

START_TEST(test_a_full_disk_refuses_writes_and_serves_reads)
{
	enum { MORE = 5 };
	char ballast[sizeof(server.folder) + 16], rows[16];
	int posts = 0;

	ck_assert_int_eq(http_client_ask(&clients[0], "POST", "/users", ADA).status, 201);
	while (post_long_text(507, NOTHING_LEFT) == 201)
		posts++;
	size_t told = postern_log_len(&server);
	for (int i = 0; i < MORE; i++)
		ck_assert_int_eq(post_long_text(507, NOTHING_LEFT), 507);
	/* The failure was logged once. */
	ck_assert_uint_eq(postern_log_len(&server), told);
	struct answer a = http_client_ask(&clients[1], "GET", "/users/1", NULL);
	ck_assert_int_eq(a.status, 200);
	snprintf(ballast, sizeof(ballast), "%s/ballast", server.folder);
	ck_assert_int_eq(unlink(ballast), 0);
	ck_assert_int_eq(post_long_text(507, NOTHING_LEFT), 201);
	snprintf(rows, sizeof(rows), "%d", posts + 1);
	ck_assert_str_eq(postern_sql(&server, "SELECT count(*) FROM posts;"), rows);
	postern_check_database(&server);
	postern_await_log(&server, told, "can be written again", RECOVERY_MS);
}
END_TEST

static const char *beside(const char *suffix)
{
	static char path[sizeof(server.database) + 16];

	snprintf(path, sizeof(path), "%s%s", server.database, suffix);
	return path;
}

static void stop_with_a_log_left(const char *why)
{
	char says[512];

	ck_assert_int_eq(kill(server.pid, SIGTERM), 0);
	int status = postern_wait(&server, POSTERN_STOP_MS);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_assert_int_eq(access(beside("-wal"), F_OK), 0);
	snprintf(says, sizeof(says), "%s alone is incomplete: %s", server.database, why);
	ck_assert_msg(strstr(postern_log(&server), says), "%s: %s", says, postern_log_end(&server));
	snprintf(says, sizeof(says), "; keep %s beside it", beside("-wal"));
	ck_assert_msg(strstr(postern_log(&server), says), "%s: %s", says, postern_log_end(&server));
}

START_TEST(test_a_stop_on_a_full_disk_names_the_files)
{
	char ballast[sizeof(server.folder) + 16], rows[16];
	int posts = 0;

	ck_assert_int_eq(http_client_ask(&clients[0], "POST", "/users", ADA).status, 201);
	while (post_long_text(507, NOTHING_LEFT) == 201)
		posts++;
	stop_with_a_log_left("no space is left on its disk");
	snprintf(ballast, sizeof(ballast), "%s/ballast", server.folder);
	ck_assert_int_eq(unlink(ballast), 0);
	postern_launch(&server, &(struct postern_plan){ 0 });
	postern_await_serving(&server);
	postern_stop(&server);
	snprintf(rows, sizeof(rows), "%d", posts);
	ck_assert_str_eq(postern_sql(&server, "SELECT count(*) FROM posts;"), rows);
}
END_TEST

/* Problems with the database file. */

START_TEST(test_a_stop_while_another_program_reads_names_the_files)
{
	sqlite3 *other;

	ck_assert_int_eq(http_client_ask(&clients[0], "POST", "/users", ADA).status, 201);
	ck_assert_int_eq(sqlite3_open(server.database, &other), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_exec(other, "BEGIN; SELECT * FROM users", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(http_client_ask(&clients[0], "POST", "/users", BOB).status, 201);
	stop_with_a_log_left("another process still reads it");
	ck_assert_int_eq(sqlite3_close(other), SQLITE_OK);
}
END_TEST

/* dbd's writes behind the first page of a file fail with EFBIG and SIGXFSZ (setrlimit(2)). */
static void limit_files(void)
{
	const struct rlimit limit = { 4096, RLIM_INFINITY };

	ck_assert_int_eq(prlimit(postern_child(&server, "dbd"), RLIMIT_FSIZE, &limit, NULL), 0);
}

static void unlimit_files(void)
{
	const struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	ck_assert_int_eq(prlimit(postern_child(&server, "dbd"), RLIMIT_FSIZE, &limit, NULL), 0);
}

static void move_away(void)
{
	ck_assert_int_eq(rename(server.database, beside(".away")), 0);
}

static void replace(void)
{
	move_away();
	int fd = open(server.database, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void move_back(void)
{
	ck_assert_int_eq(rename(beside(".away"), server.database), 0);
}

/* Deletes the file, but keeps a second link to restore it. */
static void delete (void)
{
	ck_assert_int_eq(link(server.database, beside(".away")), 0);
	ck_assert_int_eq(unlink(server.database), 0);
}

static const struct {
	void (*begin)(void), (*end)(void);
	int status; /* of a write during the problem */
	const char *body;
} troubles[] = {
	{ limit_files, unlimit_files, 507, NOTHING_LEFT },
	{ move_away, move_back, 500, CANNOT_WRITE },
	{ replace, move_back, 500, CANNOT_WRITE },
	{ delete, move_back, 500, CANNOT_WRITE },
};

START_TEST(test_problems_with_the_file_refuse_writes_but_not_reads)
{
	enum { MORE = 5 };

	ck_assert_int_eq(http_client_ask(&clients[0], "POST", "/users", ADA).status, 201);
	pid_t dbd = postern_child(&server, "dbd");
	troubles[_i].begin();
	for (int i = 0; i < MORE; i++)
		ck_assert_int_eq(post_long_text(troubles[_i].status, troubles[_i].body),
			troubles[_i].status);
	struct answer a = http_client_ask(&clients[1], "GET", "/users/1", NULL);
	ck_assert_int_eq(a.status, 200);
	troubles[_i].end();
	ck_assert_int_eq(post_long_text(500, CANNOT_WRITE), 201);
	ck_assert_int_eq(postern_child(&server, "dbd"), dbd);
	ck_assert_str_eq(postern_sql(&server, "SELECT count(*) FROM posts;"), "1");
	postern_check_database(&server);
}
END_TEST

Suite *test_suite(void)
{
	bool mounts = may_mount();
	Suite *s = suite_create("http/faults");
	TCase *two = tcase_create("two workers"), *one = tcase_create("one worker");
	TCase *bare = tcase_create("bare");

	tcase_set_timeout(two, 60);
	tcase_add_checked_fixture(two, setup, teardown);
	tcase_add_loop_test(two, test_no_acknowledged_write_is_lost_with, 0, NITEMS(victims));
	tcase_add_test(two, test_no_acknowledged_write_is_lost_with_all_processes);
	tcase_add_test(two, test_only_a_killed_workers_connections_drop);
	tcase_add_test(two, test_a_stop_completes_all_requests);
	tcase_add_test(two, test_idle_connections_do_not_delay_a_stop);
	tcase_add_test(two, test_a_stop_has_a_time_limit);
	tcase_add_test(two, test_a_stop_kills_a_dbd_that_hangs);
	suite_add_tcase(s, two);
	tcase_set_timeout(one, 60);
	tcase_add_checked_fixture(one, setup_one_worker, teardown);
	tcase_add_test(one, test_a_killed_worker_is_replaced);
	tcase_add_test(one, test_reads_in_flight_are_answered_by_the_next_dbd);
	tcase_add_test(one, test_a_write_in_flight_has_an_unknown_outcome);
	tcase_add_test(one, test_a_stopped_dbd_is_waited_for);
	tcase_add_test(one, test_children_end_with_the_master);
	suite_add_tcase(s, one);
	TCase *file = tcase_create("SQLite's file");
	tcase_set_tags(file, "sqlite");
	tcase_add_checked_fixture(file, setup_one_worker, teardown);
	tcase_set_timeout(file, 60);
	tcase_add_test(file, test_a_stop_while_another_program_reads_names_the_files);
	tcase_add_loop_test(
		file, test_problems_with_the_file_refuse_writes_but_not_reads, 0, NITEMS(troubles));
	suite_add_tcase(s, file);
	tcase_set_timeout(bare, 60);
	tcase_set_tags(bare, "bare");
	tcase_add_checked_fixture(bare, setup_one_worker, teardown);
	tcase_add_test(bare, test_a_worker_out_of_descriptors_recovers);
	suite_add_tcase(s, bare);
	if (mounts) {
		TCase *small = tcase_create("small disk");
		tcase_set_tags(small, "sqlite");
		tcase_set_timeout(small, 60);
		tcase_add_checked_fixture(small, setup_small_disk, teardown_small_disk);
		tcase_add_test(small, test_a_full_disk_refuses_writes_and_serves_reads);
		tcase_add_test(small, test_a_stop_on_a_full_disk_names_the_files);
		suite_add_tcase(s, small);
	}
	return s;
}
