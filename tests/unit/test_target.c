#include "suite.h"
#include "target.h"

/*
 * Parsing
 */

#define FFFD "\xef\xbf\xbd"

static const struct {
	struct str target, path, query;
} parsed[] = {
	{ STR_INIT("/"), STR_INIT("/"), STR_INIT("") },
	{ STR_INIT("/users/1"), STR_INIT("/users/1"), STR_INIT("") },
	{ STR_INIT("*"), STR_INIT("*"), STR_INIT("") },
	/* Paths are not normalised. */
	{ STR_INIT("//users"), STR_INIT("//users"), STR_INIT("") },
	{ STR_INIT("/./users/.."), STR_INIT("/./users/.."), STR_INIT("") },
	{ STR_INIT("/a+b"), STR_INIT("/a+b"), STR_INIT("") },
	/* Query and fragment. */
	{ STR_INIT("/users?a=b%20c"), STR_INIT("/users"), STR_INIT("a=b%20c") },
	{ STR_INIT("/users?"), STR_INIT("/users"), STR_INIT("") },
	{ STR_INIT("/users??a=b?c"), STR_INIT("/users"), STR_INIT("?a=b?c") },
	{ STR_INIT("/users#f"), STR_INIT("/users"), STR_INIT("") },
	{ STR_INIT("/users#f?a#b"), STR_INIT("/users"), STR_INIT("") },
	{ STR_INIT("/users?a#f?b"), STR_INIT("/users"), STR_INIT("a") },
	{ STR_INIT("/?/"), STR_INIT("/"), STR_INIT("/") },
	{ STR_INIT("/users?#"), STR_INIT("/users"), STR_INIT("") },
	/* Absolute-form. */
	{ STR_INIT("http://a/users?x"), STR_INIT("/users"), STR_INIT("x") },
	{ STR_INIT("HTTPS://[::1]:80//a"), STR_INIT("//a"), STR_INIT("") },
	{ STR_INIT("http://a.b:/%2F#"), STR_INIT("//"), STR_INIT("") },
	/* An empty path is "/" (RFC 9112 3.2.1, 3.2.2). */
	{ STR_INIT("http://a"), STR_INIT("/"), STR_INIT("") },
	{ STR_INIT("https://a.b:8443"), STR_INIT("/"), STR_INIT("") },
	{ STR_INIT("http://[::1]"), STR_INIT("/"), STR_INIT("") },
	{ STR_INIT("http://a?q=1"), STR_INIT("/"), STR_INIT("q=1") },
	{ STR_INIT("http://a?"), STR_INIT("/"), STR_INIT("") },
	{ STR_INIT("http://a?x/"), STR_INIT("/"), STR_INIT("x/") },
	{ STR_INIT("http://a:80?x#y"), STR_INIT("/"), STR_INIT("x") },
	/* Escapes are decoded once. */
	{ STR_INIT("/users%2F1"), STR_INIT("/users/1"), STR_INIT("") },
	{ STR_INIT("/%75s%65rs"), STR_INIT("/users"), STR_INIT("") },
	{ STR_INIT("/%3fa%23"), STR_INIT("/?a#"), STR_INIT("") },
	{ STR_INIT("/a%2527"), STR_INIT("/a%27"), STR_INIT("") },
	{ STR_INIT("/a%00b%0a"), STR_INIT("/a\0b\n"), STR_INIT("") },
	{ STR_INIT("/%"), STR_INIT("/%"), STR_INIT("") },
	{ STR_INIT("/%4"), STR_INIT("/%4"), STR_INIT("") },
	{ STR_INIT("/%zz%4g%g4"), STR_INIT("/%zz%4g%g4"), STR_INIT("") },
	{ STR_INIT("/%%41"), STR_INIT("/%A"), STR_INIT("") },
	{ STR_INIT("/%4%41"), STR_INIT("/%4A"), STR_INIT("") },
	/* UTF-8: the first and last character of each length. */
	{ STR_INIT("/%7F%C2%80%DF%BF"), STR_INIT("/\x7f\xc2\x80\xdf\xbf"), STR_INIT("") },
	{ STR_INIT("/%E0%A0%80%EF%BF%BF"), STR_INIT("/\xe0\xa0\x80\xef\xbf\xbf"), STR_INIT("") },
	{ STR_INIT("/%ED%9F%BF%EE%80%80"), STR_INIT("/\xed\x9f\xbf\xee\x80\x80"), STR_INIT("") },
	{ STR_INIT("/%F0%90%80%80%F4%8F%BF%BF"), STR_INIT("/\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
		STR_INIT("") },
	/* One U+FFFD for each maximal subpart. */
	{ STR_INIT("/%FF"), STR_INIT("/" FFFD), STR_INIT("") },
	{ STR_INIT("/%80%BF"), STR_INIT("/" FFFD FFFD), STR_INIT("") },
	{ STR_INIT("/%C3"), STR_INIT("/" FFFD), STR_INIT("") },
	{ STR_INIT("/%C3a"), STR_INIT("/" FFFD "a"), STR_INIT("") },
	{ STR_INIT("/%C0%80"), STR_INIT("/" FFFD FFFD), STR_INIT("") },
	{ STR_INIT("/%C1%BF"), STR_INIT("/" FFFD FFFD), STR_INIT("") },
	{ STR_INIT("/%E2%82"), STR_INIT("/" FFFD), STR_INIT("") },
	{ STR_INIT("/%E2%82%AC"), STR_INIT("/\xe2\x82\xac"), STR_INIT("") },
	{ STR_INIT("/%E2%82%C3%A9"), STR_INIT("/" FFFD "\xc3\xa9"), STR_INIT("") },
	{ STR_INIT("/%E0%80%80"), STR_INIT("/" FFFD FFFD FFFD), STR_INIT("") },
	{ STR_INIT("/%E0%9F%BF"), STR_INIT("/" FFFD FFFD FFFD), STR_INIT("") },
	{ STR_INIT("/%ED%A0%80"), STR_INIT("/" FFFD FFFD FFFD), STR_INIT("") },
	{ STR_INIT("/%F0%80%80%80"), STR_INIT("/" FFFD FFFD FFFD FFFD), STR_INIT("") },
	{ STR_INIT("/%F0%9F%98"), STR_INIT("/" FFFD), STR_INIT("") },
	{ STR_INIT("/%F0%9F%98%F0%9F%98%80"), STR_INIT("/" FFFD "\xf0\x9f\x98\x80"), STR_INIT("") },
	{ STR_INIT("/%F4%90%80%80"), STR_INIT("/" FFFD FFFD FFFD FFFD), STR_INIT("") },
	{ STR_INIT("/%F5%80%80%80"), STR_INIT("/" FFFD FFFD FFFD FFFD), STR_INIT("") },
	/* The guard refuses unescaped bytes that are not ASCII; target_parse accepts them. */
	{ STR_INIT("/\xff\xe9"), STR_INIT("/" FFFD FFFD), STR_INIT("") },
};

START_TEST(targets_are_parsed)
{
	struct arena arena = { 0 };
	struct str path, query;

	ck_assert(target_valid(parsed[_i].target));
	ck_assert(target_parse(&arena, parsed[_i].target, &path, &query));
	ck_assert_slice_eq(path, parsed[_i].path);
	ck_assert_slice_eq(query, parsed[_i].query);
	arena_done(&arena);
}
END_TEST

static const struct {
	const char *query;
	const char *value; /* of "a b"; NULL: absent */
} queries[] = {
	{ "", NULL },
	{ "a", NULL },
	{ "a+b", "" },
	{ "a+b=", "" },
	{ "a+b=1", "1" },
	{ "a%20b=1", "1" },
	{ "%61+%62=1&c=2", "1" },
	{ "&&c=2&a+b=1&", "1" },
	{ "a+b=1&a+b=2", "2" },
	{ "a+b=1=2", "1=2" },
	{ "a+b=+1%2B2%", " 1+2%" },
	{ "a+b=%FF", FFFD },
	{ "A+b=1", NULL },
	{ "x=a+b", NULL },
	{ "a+b;a+b=1", NULL },
};

START_TEST(queries_are_read)
{
	struct arena arena = { 0 };
	struct str value;
	bool found = target_query_value(&arena, str_from(queries[_i].query), STR("a b"), &value);

	ck_assert_int_eq(found, queries[_i].value != NULL);
	if (found)
		ck_assert_slice_eq(value, str_from(queries[_i].value));
	arena_done(&arena);
}
END_TEST

static const char *const not_targets[] = {
	"",
	"?x=1",
	"#x",
	"users",
	"**",
	"*/",
	"*?a",
	"a:443",
	"http:",
	"http:/",
	"http:/a/",
	"http://",
	"http:///",
	"http://?x",
	"http://#",
	"http://a#x",
	"http://a:8x?y",
	"http://u@a",
	"http://u@a?x",
	"http://:80/",
	"http://a:8x/",
	"http://u@a/",
	"http://u:p@a/",
	"http://a b/",
	"http://[::1/",
	"http://%/",
	"://a/",
	"h2://a/",
};

START_TEST(malformed_targets_are_refused)
{
	struct arena arena = { 0 };
	struct str target = str_from(not_targets[_i]), path, query;

	ck_assert_msg(!target_valid(target), "%s", target.ptr);
	ck_assert_msg(!target_parse(&arena, target, &path, &query), "%s", target.ptr);
	arena_done(&arena);
}
END_TEST

/*
 * Host
 */

/* The authority of a request, which target or Host names. */
static const struct {
	const char *target, *host, *authority, *scheme;
} addressed[] = {
	{ "/users", "a", "a", "http" },
	{ "/http://b/", "a", "a", "http" },
	{ "*", "a", "a", "http" },
	{ "http://b/users", "a", "b", "http" },
	{ "http://b", "a", "b", "http" },
	{ "http://b?c", "", "b", "http" },
	{ "http://b:81/users", "a:80", "b:81", "http" },
	{ "https://[::1]:81/", "[::1]:80", "[::1]:81", "https" },
	{ "HTTPS://b:/", "a", "b:", "https" },
	{ "httpsx://b/", "a", "b", "http" },
	{ "ftp://b/", "a", "b", "http" },
	{ "http://a/", "a:80", "a", "http" },
	/* Host is used if it differs only by the missing port, as the reference does. */
	{ "http://example.com:81/users/", "Example.com", "Example.com", "http" },
	{ "http://[::1]:81", "[::1]", "[::1]", "http" },
	{ "http://example.com:81/", "example", "example.com:81", "http" },
	{ "http://example:81/", "example.com", "example:81", "http" },
	{ "http://example.com:81/", "", "example.com:81", "http" },
};

static const struct {
	const char *target;
	bool server;
} servers[] = {
	{ "*", true },
	{ "http://a", true },
	{ "https://[::1]:81", true },
	{ "/", false },
	{ "/*", false },
	{ "http://a/", false },
	{ "http://a/*", false },
	{ "http://a?", false },
	{ "http://a?b", false },
};

START_TEST(a_target_may_be_the_whole_server)
{
	ck_assert_msg(target_is_server(str_from(servers[_i].target)) == servers[_i].server, "%s",
		servers[_i].target);
}
END_TEST

START_TEST(a_target_may_name_its_authority)
{
	struct str target = str_from(addressed[_i].target);

	ck_assert_slice_eq(target_authority(target, str_from(addressed[_i].host)),
		str_from(addressed[_i].authority));
	ck_assert_slice_eq(target_scheme(target), str_from(addressed[_i].scheme));
}
END_TEST

/* Whether a valid Host can be used unchanged as the authority of a Location. */
static const struct {
	struct str host;
	bool used;
} hosts[] = {
	{ STR_INIT("api.example.com"), true },
	{ STR_INIT("API.Example.com:8443"), true },
	{ STR_INIT("a_b.example.com"), true },
	{ STR_INIT("127.0.0.1:80"), true },
	{ STR_INIT("a%20b"), true },
	{ STR_INIT("-._~!$&'()*+,;="), true },
	{ STR_INIT("[::1]"), true },
	{ STR_INIT("[::1]:80"), true },
	{ STR_INIT("[1:2:3:4:5:6:7:8]"), true },
	{ STR_INIT("[::ffff:192.0.2.1]:1"), true },
	{ STR_INIT("[FE80::A]"), true },
	{ STR_INIT("a:0"), true },
	{ STR_INIT("a:65535"), true },
	{ STR_INIT("a:00000000000000065535"), true },
	{ STR_INIT("a:65536"), false },
	{ STR_INIT("a:99999"), false },
	{ STR_INIT("a:18446744073709551617"), false },
	{ STR_INIT("a:"), false },
	{ STR_INIT("[::1]:"), false },
	{ STR_INIT(""), false },
	{ STR_INIT(":80"), false },
	{ STR_INIT(":"), false },
	{ STR_INIT("[v1.a:b]"), false },
	{ STR_INIT("[vF.!]:80"), false },
};

START_TEST(usable_hosts_are_used)
{
	struct arena arena = { 0 };
	struct str url = target_location(
		&arena, STR("http"), hosts[_i].host, STR("0.0.0.0:8"), STR("/x"), STR(""));
	struct str authority = hosts[_i].used ? hosts[_i].host : STR("0.0.0.0:8");

	ck_assert(target_host_valid(hosts[_i].host));
	ck_assert_slice_eq(url, arena_printf(&arena, "http://%.*s/x", STR_ARGS(authority)));
	arena_done(&arena);
}
END_TEST

static const struct str not_hosts[] = {
	STR_INIT("a b"),
	STR_INIT("a/x"),
	STR_INIT("a?"),
	STR_INIT("a#"),
	STR_INIT("u@a"),
	STR_INIT("http://a"),
	STR_INIT("a\\"),
	STR_INIT("a\"b"),
	STR_INIT("<a>"),
	STR_INIT("a\xc3\xa9"),
	STR_INIT("a\0b"),
	STR_INIT("%"),
	STR_INIT("%4"),
	STR_INIT("%4g"),
	STR_INIT("a:b"),
	STR_INIT("a:8 0"),
	STR_INIT("a:-1"),
	STR_INIT("a:+1"),
	STR_INIT("a:1:2"),
	STR_INIT("::1"),
	STR_INIT("[]"),
	STR_INIT("["),
	STR_INIT("]"),
	STR_INIT("[::1"),
	STR_INIT("::1]"),
	STR_INIT("[::1]a"),
	STR_INIT("[::1]80"),
	STR_INIT("[::1]:x"),
	STR_INIT("x[::1]"),
	STR_INIT("[::1%25eth0]"),
	STR_INIT("[1::2::3]"),
	STR_INIT("[1:2:3:4:5:6:7]"),
	STR_INIT("[12345::]"),
	STR_INIT("[::1\0]"),
	STR_INIT("[::1]]"),
	STR_INIT("[127.0.0.1]"),
	STR_INIT("[a]"),
	STR_INIT("[v.a]"),
	STR_INIT("[v1.]"),
	STR_INIT("[v1]"),
	STR_INIT("[v1.[]"),
	STR_INIT("[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd]"),
};

START_TEST(malformed_hosts_are_refused)
{
	ck_assert_msg(!target_host_valid(not_hosts[_i]), "%s", not_hosts[_i].ptr);
}
END_TEST

/*
 * Location
 */

static const struct {
	struct str path, query, url;
} locations[] = {
	{ STR_INIT("/users"), STR_INIT(""), STR_INIT("http://a/users") },
	{ STR_INIT("/users/1"), STR_INIT("q=%20x&y=a+b"),
		STR_INIT("http://a/users/1?q=%20x&y=a+b") },
	{ STR_INIT("/users/1"), STR_INIT("x=/../&y=%2F"),
		STR_INIT("http://a/users/1?x=/../&y=%2F") },
	{ STR_INIT("/users/1"), STR_INIT("a=b?c=d"), STR_INIT("http://a/users/1?a=b?c=d") },
	{ STR_INIT("/users/1"), STR_INIT("?"), STR_INIT("http://a/users/1??") },
	{ STR_INIT("/users/1"), STR_INIT("%ff"), STR_INIT("http://a/users/1?%ff") },
	{ STR_INIT("/users/1"), STR_INIT("a=\"<>"), STR_INIT("http://a/users/1?a=%22%3C%3E") },
	{ STR_INIT("/users/1"), STR_INIT("a={b}|c^`"),
		STR_INIT("http://a/users/1?a=%7Bb%7D%7Cc%5E%60") },
	{ STR_INIT("/users/1"), STR_INIT("a[]=\\"), STR_INIT("http://a/users/1?a[]=%5C") },
	{ STR_INIT("/users/a b"), STR_INIT(""), STR_INIT("http://a/users/a%20b") },
	{ STR_INIT("/users/" FFFD), STR_INIT(""), STR_INIT("http://a/users/%EF%BF%BD") },
	{ STR_INIT("/users/a?b#c\\d"), STR_INIT(""), STR_INIT("http://a/users/a%3Fb%23c%5Cd") },
	{ STR_INIT("/users/a\"<>|^`{}b"), STR_INIT(""),
		STR_INIT("http://a/users/a%22%3C%3E%7C%5E%60%7B%7Db") },
	{ STR_INIT("/users/a'b(c)*!$&+=:@~-._"), STR_INIT(""),
		STR_INIT("http://a/users/a'b(c)*!$&+=:@~-._") },
	{ STR_INIT("/users/a%27"), STR_INIT(""), STR_INIT("http://a/users/a%27") },
	{ STR_INIT("/users/%"), STR_INIT(""), STR_INIT("http://a/users/%") },
	{ STR_INIT("/users/\r\nX-A:b"), STR_INIT(""), STR_INIT("http://a/users/%0D%0AX-A:b") },
	{ STR_INIT("/users/a\0\x7f"), STR_INIT(""), STR_INIT("http://a/users/a%00%7F") },
	{ STR_INIT("/users/a[];,"), STR_INIT(""), STR_INIT("http://a/users/a[];,") },
};

START_TEST(locations_are_escaped)
{
	struct arena arena = { 0 };
	struct str url = target_location(
		&arena, STR("http"), STR("a"), STR("b:1"), locations[_i].path, locations[_i].query);

	ck_assert_slice_eq(url, locations[_i].url);
	arena_done(&arena);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("target");
	TCase *tests = tcase_create("target");

	tcase_add_loop_test(tests, queries_are_read, 0, (int)NITEMS(queries));
	tcase_add_loop_test(tests, targets_are_parsed, 0, (int)NITEMS(parsed));
	tcase_add_loop_test(tests, malformed_targets_are_refused, 0, (int)NITEMS(not_targets));
	tcase_add_loop_test(tests, a_target_may_be_the_whole_server, 0, (int)NITEMS(servers));
	tcase_add_loop_test(tests, a_target_may_name_its_authority, 0, (int)NITEMS(addressed));
	tcase_add_loop_test(tests, usable_hosts_are_used, 0, (int)NITEMS(hosts));
	tcase_add_loop_test(tests, malformed_hosts_are_refused, 0, (int)NITEMS(not_hosts));
	tcase_add_loop_test(tests, locations_are_escaped, 0, (int)NITEMS(locations));
	suite_add_tcase(suite, tests);
	return suite;
}
