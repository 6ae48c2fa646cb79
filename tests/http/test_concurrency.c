/* Many clients at once: nothing is lost, duplicated or reordered, and writes share commits. */
#include "http_client.h"
#include "loop.h"
#include "postern.h"
#include "suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLIENTS = 64, ROUNDS = 8 };

static struct postern server;
static struct http_client clients[CLIENTS];

static void setup(void)
{
	postern_start(&server, &(struct postern_plan){ 0 });
	for (int i = 0; i < CLIENTS; i++)
		http_client_open(&clients[i], server.port);
}

static void teardown(void)
{
	for (int i = 0; i < CLIENTS; i++)
		http_client_close(&clients[i]);
	/* Some tests have stopped the server, to examine its database. */
	if (server.pid)
		postern_stop(&server);
	postern_done(&server);
}

static void post_user(struct http_client *c, const char *name)
{
	char body[256];

	snprintf(body, sizeof(body), "{\"username\":\"%s\",\"email\":\"%s@example.com\"}", name,
		name);
	http_client_request(c, "POST", "/users", body);
}

static long id_in(const struct answer *a)
{
	const char *id = strstr(a->body.ptr, "\"id\":");

	ck_assert_msg(id != NULL, "no id in %s", a->body.ptr);
	return strtol(id + strlen("\"id\":"), NULL, 10);
}

/* All clients post once at the same time. Marks the ids in the answers. */
static void post_round(int round, bool *seen)
{
	char name[32];

	for (int i = 0; i < CLIENTS; i++) {
		snprintf(name, sizeof(name), "user%d-%d", round, i);
		post_user(&clients[i], name);
	}
	for (int i = 0; i < CLIENTS; i++) {
		struct answer a = http_client_receive(&clients[i]);
		http_client_expect(&a, "POST /users", 201, NULL);
		long id = id_in(&a);
		ck_assert_int_ge(id, 1);
		ck_assert_int_le(id, CLIENTS * ROUNDS);
		ck_assert_msg(!seen[id], "id %ld was given twice", id);
		seen[id] = true;
	}
}

/* Reads "committed N commands in M groups", which dbd logs when it stops. */
static void read_counts(uint64_t *commands, uint64_t *groups)
{
	const char *line = strstr(postern_log(&server), "] committed ");

	ck_assert_msg(line != NULL, "%s", postern_log_end(&server));
	ck_assert_int_eq(sscanf(line, "] committed %" SCNu64 " commands in %" SCNu64 " groups",
				 commands, groups),
		2);
}

START_TEST(test_writes_of_many_clients_share_commits)
{
	bool seen[CLIENTS * ROUNDS + 1] = { false };
	uint64_t commands, groups, began = clock_ms();

	for (int round = 0; round < ROUNDS; round++)
		post_round(round, seen);
	uint64_t took = clock_ms() - began;
	postern_stop(&server);
	read_counts(&commands, &groups);
	printf("%d clients, %d writes: %" PRIu64 " ms, %" PRIu64 " commits\n", CLIENTS,
		CLIENTS * ROUNDS, took, groups);
	ck_assert_uint_eq(commands, CLIENTS * ROUNDS);
	ck_assert_msg(groups * 2 <= commands, "%" PRIu64 " commits for %" PRIu64 " writes", groups,
		commands);
	/* All rows, with ids without a gap. */
	ck_assert_str_eq(
		postern_sql(&server, "SELECT count(*), min(id), max(id) FROM users;"), "512|1|512");
	postern_check_database(&server);
}
END_TEST

/* The unique index decides, not an earlier look-up. */
START_TEST(test_only_one_of_many_gets_a_name)
{
	int made = 0, refused = 0;

	for (int i = 0; i < CLIENTS; i++)
		post_user(&clients[i], "ada");
	for (int i = 0; i < CLIENTS; i++) {
		struct answer a = http_client_receive(&clients[i]);
		made += a.status == 201;
		refused += a.status == 409;
	}
	ck_assert_int_eq(made, 1);
	ck_assert_int_eq(refused, CLIENTS - 1);
}
END_TEST

START_TEST(test_only_one_of_many_deletes)
{
	int deleted = 0, absent = 0;

	post_user(&clients[0], "ada");
	ck_assert_int_eq(http_client_receive(&clients[0]).status, 201);
	for (int i = 0; i < CLIENTS; i++)
		http_client_request(&clients[i], "DELETE", "/users/1", NULL);
	for (int i = 0; i < CLIENTS; i++) {
		struct answer a = http_client_receive(&clients[i]);
		deleted += a.status == 204;
		absent += a.status == 404;
	}
	ck_assert_int_eq(deleted, 1);
	ck_assert_int_eq(absent, CLIENTS - 1);
}
END_TEST

/* Creates a post while its user is deleted: the post is either refused or deleted, too. */
START_TEST(test_no_post_survives_its_user)
{
	char user[32], posts[64];

	for (int round = 0; round < ROUNDS; round++) {
		post_user(&clients[0], "ada");
		struct answer made = http_client_receive(&clients[0]);
		http_client_expect(&made, "POST /users", 201, NULL);
		snprintf(user, sizeof(user), "/users/%ld", id_in(&made));
		snprintf(posts, sizeof(posts), "%s/posts", user);
		for (int i = 0; i < CLIENTS; i++)
			http_client_request(&clients[i], i == CLIENTS / 2 ? "DELETE" : "POST",
				i == CLIENTS / 2 ? user : posts,
				i == CLIENTS / 2 ? NULL : "{\"title\":\"x\",\"content\":\"y\"}");
		for (int i = 0; i < CLIENTS; i++) {
			int status = http_client_receive(&clients[i]).status;
			if (i == CLIENTS / 2)
				ck_assert_int_eq(status, 204);
			else
				ck_assert(status == 201 || status == 404);
		}
		struct answer a = http_client_ask(&clients[0], "GET", "/posts", NULL);
		http_client_expect(&a, "posts of nobody", 200, "[]");
	}
}
END_TEST

/* After its acknowledgement a write is shown by all workers. */
START_TEST(test_acknowledged_writes_are_shown_to_all)
{
	char name[32], target[32];

	for (int round = 1; round <= ROUNDS; round++) {
		snprintf(name, sizeof(name), "user%d", round);
		post_user(&clients[round], name);
		ck_assert_int_eq(http_client_receive(&clients[round]).status, 201);
		snprintf(target, sizeof(target), "/users/%d", round);
		for (int i = 0; i < CLIENTS; i++)
			http_client_request(&clients[i], "GET", target, NULL);
		for (int i = 0; i < CLIENTS; i++)
			ck_assert_int_eq(http_client_receive(&clients[i]).status, 200);
	}
}
END_TEST

/* All clients send different requests, and each gets its own answer. */
START_TEST(test_answers_are_not_mixed_up)
{
	char name[32], target[32], due[32];

	for (int i = 0; i < CLIENTS; i++) {
		snprintf(name, sizeof(name), "user%d-", i + 1);
		post_user(&clients[0], name);
		ck_assert_int_eq(http_client_receive(&clients[0]).status, 201);
	}
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < CLIENTS; i++) {
			snprintf(target, sizeof(target), "/users/%d", (i + round) % CLIENTS + 1);
			http_client_request(&clients[i], "GET", target, NULL);
		}
		for (int i = 0; i < CLIENTS; i++) {
			struct answer a = http_client_receive(&clients[i]);
			snprintf(due, sizeof(due), "{\"username\":\"user%d-\"",
				(i + round) % CLIENTS + 1);
			ck_assert_msg(str_starts(a.body, str_from(due)), "due %s, got %s", due,
				a.body.ptr);
		}
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("http/concurrency");
	TCase *t = tcase_create("concurrency");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_writes_of_many_clients_share_commits);
	tcase_add_test(t, test_only_one_of_many_gets_a_name);
	tcase_add_test(t, test_only_one_of_many_deletes);
	tcase_add_test(t, test_no_post_survives_its_user);
	tcase_add_test(t, test_acknowledged_writes_are_shown_to_all);
	tcase_add_test(t, test_answers_are_not_mixed_up);
	suite_add_tcase(s, t);
	return s;
}
