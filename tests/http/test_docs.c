/* The pages of the documentation and the files that they load, in both forms that a build can make.
 */
#include "http_client.h"
#include "postern.h"
#include "scratch.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const pages[] = { "/docs", "/redoc", "/docs/oauth2-redirect" };

static struct postern server;
static struct http_client client;

static void start(const char *argument)
{
	postern_start(&server, &(struct postern_plan){ .args = { argument } });
	http_client_open(&client, server.port);
}

static void setup(void)
{
	scratch_setup();
	start("--docs");
}

static void teardown(void)
{
	http_client_close(&client);
	postern_stop(&server);
	postern_done(&server);
	scratch_teardown();
}

static struct answer ask(const char *method, const char *target, const char *accept_encoding)
{
	bool head = strcmp(method, "HEAD") == 0;
	struct str request =
		arena_printf(&client.arena, "%s %s HTTP/1.1\r\nhost: localhost\r\n%s%s%s\r\n",
			method, target, *accept_encoding ? "accept-encoding: " : "",
			accept_encoding, *accept_encoding ? "\r\n" : "");

	ck_assert(http_client_send(&client, request));
	return head ? http_client_receive_head(&client) : http_client_receive(&client);
}

static void check_field(const struct answer *a, const char *name, const char *value)
{
	struct str field = answer_field(a, name);

	ck_assert_msg(field.ptr && str_equal(field, str_from(value)), "%s: %.*s, not %s", name,
		STR_ARGS(field) ? field.ptr : "", value);
}

static void save(const char *name, struct str bytes)
{
	FILE *file = fopen(scratch_path(name), "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
	ck_assert_int_eq(fclose(file), 0);
}

static void check_inflates(struct str gzip, struct str plain)
{
	char command[1024];

	save("gzip", gzip);
	save("plain", plain);
	snprintf(command, sizeof(command), "gzip -dc < %s > %s.out && cmp %s.out %s",
		scratch_path("gzip"), scratch_path("gzip"), scratch_path("gzip"),
		scratch_path("plain"));
	ck_assert_int_eq(system(command), 0);
}

static const char *type_of(const char *path)
{
	if (strstr(path, ".js"))
		return "text/javascript; charset=utf-8";
	return strstr(path, ".css") ? "text/css; charset=utf-8" : "image/svg+xml";
}

static void check_asset_fields(const struct answer *a, const char *path)
{
	ck_assert_int_eq(a->status, 200);
	check_field(a, "content-type", type_of(path));
	check_field(a, "cache-control", "public, max-age=31536000, immutable");
	check_field(a, "vary", "accept-encoding");
	check_field(a, "x-content-type-options", "nosniff");
}

static void check_asset(const char *path)
{
	struct answer plain = ask("GET", path, "");
	struct answer gzip = ask("GET", path, "gzip, deflate, br");
	struct answer refused = ask("GET", path, "gzip;q=0");
	struct answer head = ask("HEAD", path, "gzip");
	char length[32];

	check_asset_fields(&plain, path);
	check_asset_fields(&gzip, path);
	check_asset_fields(&head, path);
	ck_assert_ptr_null(answer_field(&plain, "content-encoding").ptr);
	ck_assert_ptr_null(answer_field(&refused, "content-encoding").ptr);
	ck_assert_slice_eq(refused.body, plain.body);
	check_field(&gzip, "content-encoding", "gzip");
	check_field(&head, "content-encoding", "gzip");
	snprintf(length, sizeof(length), "%zu", gzip.body.len);
	check_field(&head, "content-length", length);
	check_inflates(gzip.body, plain.body);
}

/* Follows the links of the page that begin with this text. Returns their number. */
static unsigned check_links(struct str page, const char *prefix)
{
	const char *text = arena_copy(&client.arena, page).ptr;
	unsigned links = 0;

	for (const char *at = text; (at = strstr(at, prefix)); at++, links++) {
		const char *name = at + strlen(prefix);
		int len = (int)strcspn(name, "\"");
		check_asset(arena_printf(&client.arena, "/docs/assets/%.*s", len, name).ptr);
	}
	return links;
}

START_TEST(test_a_page_and_its_files)
{
	struct answer a = ask("GET", pages[_i], "gzip");
	const char *prefix = strchr(pages[_i] + 1, '/') ? "=\"../docs/assets/" : "=\"docs/assets/";

	ck_assert_int_eq(a.status, 200);
	check_field(&a, "content-type", "text/html; charset=utf-8");
	check_field(&a, "x-content-type-options", "nosniff");
	ck_assert(str_starts(
		answer_field(&a, "content-security-policy"), STR("default-src 'none'; ")));
	ck_assert_uint_ge(check_links(a.body, prefix), 1);
}
END_TEST

START_TEST(test_an_unknown_file_is_an_unknown_path)
{
	struct answer a = ask("GET", "/docs/assets/docs.0000000000000000.js", "gzip");

	http_client_expect(&a, "an unknown hash", 404, "{\"detail\":\"Not Found\"}");
	a = ask("GET", "/docs/assets/", "");
	http_client_expect(&a, "the folder", 404, "{\"detail\":\"Not Found\"}");
}
END_TEST

START_TEST(test_without_docs_their_paths_are_unknown)
{
	static const char *const paths[] = { "/docs", "/docs/", "/docs/oauth2-redirect", "/redoc",
		"/openapi.json" };

	http_client_close(&client);
	postern_stop(&server);
	postern_done(&server);
	start("--no-docs");
	for (size_t i = 0; i < NITEMS(paths); i++) {
		struct answer a = ask("GET", paths[i], "");
		http_client_expect(&a, paths[i], 404, "{\"detail\":\"Not Found\"}");
		a = ask("POST", paths[i], "");
		http_client_expect(&a, paths[i], 404, "{\"detail\":\"Not Found\"}");
	}
	struct answer home = ask("GET", "/", "");
	ck_assert_int_eq(home.status, 200);
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("http/docs");
	TCase *t = tcase_create("pages");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_a_page_and_its_files, 0, (int)NITEMS(pages));
	tcase_add_test(t, test_an_unknown_file_is_an_unknown_path);
	tcase_add_test(t, test_without_docs_their_paths_are_unknown);
	suite_add_tcase(s, t);
	return s;
}
