/* --api: a file with 200 resources of 20 fields. Each is served, and has its rows after a restart.
 */
#include "declaration.h"
#include "http_client.h"
#include "postern.h"
#include "suite.h"

#include <stdio.h>
#include <unistd.h>

enum {
	RESOURCES = 200,
	FIELDS = 20,     /* with the key and the parent's key */
	GENERATIONS = 4, /* a resource without parent, its child, ... */
	TARGET_SIZE = 64,
};

static struct postern server;
static char file[128];
static struct http_client client;

static bool has_parent(unsigned i)
{
	return i % GENERATIONS != 0;
}

/* Types of all forms that a row can have; the first is unique. */
static void put_fields(struct buf *out, unsigned n)
{
	static const char *const types[] = { "\"string\",\"max_length\":20", "\"integer\"",
		"\"boolean\"", "\"number\"", "\"datetime\"", "\"decimal\"", "\"uuid\"" };

	for (unsigned i = 0; i < n; i++)
		buf_printf(out, "%s\"f%u\":{\"type\":%s,%s}", i ? "," : "", i,
			types[i % NITEMS(types)],
			i ? "\"nullable\":true,\"default\":null"
			  : "\"unique\":true,\"index\":true");
}

static void put_resource(struct buf *out, unsigned i)
{
	buf_printf(out, "%s\"thing_%u\":{", i ? "," : "", i);
	if (has_parent(i))
		buf_printf(out, "\"parent\":\"thing_%u\",\"embedded\":%s,", i - 1,
			i % 2 ? "true" : "false");
	buf_str(out, STR("\"fields\":{"));
	put_fields(out, FIELDS - 1 - has_parent(i));
	buf_str(out, STR("}}"));
}

static void write_declaration(void)
{
	struct buf text;

	buf_init(&text, DECLARATION_MOST);
	buf_str(&text, STR("{\"resources\":{"));
	for (unsigned i = 0; i < RESOURCES; i++)
		put_resource(&text, i);
	buf_str(&text, STR("}}"));
	ck_assert(!text.failed);
	FILE *out = fopen(file, "we");
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(text.data, 1, buf_len(&text), out), buf_len(&text));
	ck_assert_int_eq(fclose(out), 0);
	buf_done(&text);
}

static void setup(void)
{
	postern_init(&server);
	snprintf(file, sizeof(file), "%s-api.json", server.folder);
	write_declaration();
}

static void teardown(void)
{
	remove(file);
	postern_done(&server);
}

static void start(void)
{
	postern_launch(&server, &(struct postern_plan){ .args = { "--api", file } });
	postern_await_serving(&server);
	http_client_open(&client, server.port);
}

static void stop(void)
{
	http_client_close(&client);
	postern_stop(&server);
}

static struct answer ask(const char *method, const char *target, const char *body, int status)
{
	struct answer a = http_client_ask(&client, method, target, body);

	ck_assert_msg(
		a.status == status, "%s %s: %d %.*s", method, target, a.status, STR_ARGS(a.body));
	return a;
}

static const char *target_of(unsigned i, const char *rest)
{
	static char target[TARGET_SIZE];

	snprintf(target, sizeof(target), "/thing_%us%s", i, rest);
	return target;
}

static const char *place_to_create(unsigned i)
{
	static char target[TARGET_SIZE];

	if (!has_parent(i))
		return target_of(i, "");
	snprintf(target, sizeof(target), "/thing_%us/1/thing_%us", i - 1, i);
	return target;
}

static void create_each(void)
{
	for (unsigned i = 0; i < RESOURCES; i++) {
		char body[64];
		snprintf(body, sizeof(body), "{\"f0\":\"row %u\",\"f1\":%u}", i, i);
		ask("POST", place_to_create(i), body, 201);
		ask("POST", place_to_create(i), body, 409);
		ask("PATCH", target_of(i, "/1"), "{\"f2\":true}", 200);
	}
}

/* In this order in each row: the first input fields. */
static void expect_row(const struct answer *a, unsigned i)
{
	char part[64];

	snprintf(part, sizeof(part), "\"f0\":\"row %u\",\"f1\":%u,\"f2\":true,\"f3\":null,", i, i);
	ck_assert_msg(memmem(a->body.ptr, a->body.len, part, strlen(part)) != NULL, "no %s in %.*s",
		part, STR_ARGS(a->body));
}

static void read_each(void)
{
	for (unsigned i = 0; i < RESOURCES; i++) {
		struct answer row = ask("GET", target_of(i, "/1"), NULL, 200);
		expect_row(&row, i);
		struct answer list = ask("GET", target_of(i, ""), NULL, 200);
		expect_row(&list, i);
		ask("GET", target_of(i, "/2"), NULL, 404);
		ask("PUT", target_of(i, "/1"), "{}", 405);
	}
}

/* The first of each chain goes with all below it. */
static void delete_each(void)
{
	for (unsigned i = 0; i < RESOURCES; i++)
		ask("DELETE", target_of(i, "/1"), NULL, has_parent(i) ? 404 : 204);
}

/* /openapi.json has a path for each: it is made after the restart again. */
static void read_document(void)
{
	struct answer a = ask("GET", "/openapi.json", NULL, 200);
	struct str first = arena_copy(&client.arena, a.body);

	for (unsigned i = 0; i < RESOURCES; i++) {
		char path[TARGET_SIZE];
		snprintf(path, sizeof(path), "\"/thing_%us/{thing_%u_id}\":{", i, i);
		ck_assert_msg(
			memmem(first.ptr, first.len, path, strlen(path)) != NULL, "no %s", path);
	}
	a = ask("GET", "/openapi.json", NULL, 200);
	ck_assert_slice_eq(a.body, first);
}

START_TEST(each_of_200_resources_is_served)
{
	start();
	create_each();
	read_each();
	stop();
	start();
	read_each();
	read_document();
	delete_each();
	stop();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http/many resources");
	TCase *tc = tcase_create("many resources");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, each_of_200_resources_is_served);
	suite_add_tcase(suite, tc);
	return suite;
}
