/* Reads the lines of the access log back from standard error. */
#include "access_log.h"

#include "log.h"
#include "suite.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int received;

static void setup(void)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	ck_assert_int_eq(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	received = fds[0];
}

/* The logged line without time, level and process name. */
static const char *logged(void)
{
	static char line[4096];
	const char before[] = "INFO     [postern] ";
	log_flush();
	ssize_t n = recv(received, line, sizeof(line) - 1, 0);

	if (n <= 0)
		return "";
	line[n] = '\0';
	const char *found = strstr(line, before);
	ck_assert_ptr_nonnull(found);
	return found + strlen(before);
}

static struct sockaddr_storage peer_v4(void)
{
	struct sockaddr_storage peer = { 0 };
	struct sockaddr_in *in = (void *)&peer;

	in->sin_family = AF_INET;
	in->sin_port = htons(4711);
	inet_pton(AF_INET, "192.0.2.7", &in->sin_addr);
	return peer;
}

static struct sockaddr_storage peer_v6(void)
{
	struct sockaddr_storage peer = { 0 };
	struct sockaddr_in6 *in = (void *)&peer;

	in->sin6_family = AF_INET6;
	in->sin6_port = htons(65535);
	inet_pton(AF_INET6, "2001:db8::1", &in->sin6_addr);
	return peer;
}

static struct arena arena;

static void write_entry(
	const struct sockaddr_storage *peer, const struct http_request *request, int status)
{
	access_log_write(
		&(struct access){
			.peer = (const void *)peer,
			.request = request,
			.status = status,
			.ns = 1234567,
			.bytes = 42,
		},
		&arena);
}

static struct sockaddr_storage peer_unix(void)
{
	return (struct sockaddr_storage){ .ss_family = AF_UNIX };
}

START_TEST(each_answer_is_a_line)
{
	struct sockaddr_storage peer = peer_v4();
	struct http_request request = {
		.method = METHOD_GET, .minor = 1, .target = STR("/users?a=%41")
	};

	write_entry(&peer, &request, 200);
	ck_assert_str_eq(
		logged(), "192.0.2.7:4711 - \"GET /users?a=%41 HTTP/1.1\" 200 OK 1.234ms\n");
	ck_assert_str_eq(logged(), "");
}
END_TEST

START_TEST(clients_of_all_kinds_are_named)
{
	struct http_request request = { .method = METHOD_DELETE, .target = STR("/") };
	struct sockaddr_storage peer = peer_v6();

	write_entry(&peer, &request, 405);
	ck_assert_str_eq(logged(),
		"2001:db8::1:65535 - \"DELETE / HTTP/1.0\" 405 Method Not Allowed 1.234ms\n");
	peer = peer_unix();
	write_entry(&peer, &request, 404);
	ck_assert_str_eq(logged(), "unix - \"DELETE / HTTP/1.0\" 404 Not Found 1.234ms\n");
}
END_TEST

START_TEST(malformed_requests_are_logged)
{
	struct sockaddr_storage peer = peer_v4();

	write_entry(&peer, NULL, 400);
	ck_assert_str_eq(logged(), "192.0.2.7:4711 - invalid request 400 Bad Request\n");
}
END_TEST

START_TEST(quotes_in_a_target_are_escaped)
{
	struct sockaddr_storage peer = peer_v4();
	struct http_request request = { .minor = 1, .target = STR("/\" 200 OK") };

	write_entry(&peer, &request, 404);
	ck_assert_str_eq(
		logged(), "192.0.2.7:4711 - \"GET /%22 200 OK HTTP/1.1\" 404 Not Found 1.234ms\n");
}
END_TEST

START_TEST(a_long_target_is_cut)
{
	static char target[5000];
	struct sockaddr_storage peer = peer_v4();
	struct http_request request = { .minor = 1, .target = { target, sizeof(target) } };

	memset(target, 'x', sizeof(target));
	write_entry(&peer, &request, 404);
	const char *line = logged();
	const char *rest = strchr(line, 'x');
	ck_assert_ptr_nonnull(rest);
	ck_assert_uint_eq(strspn(rest, "x"), 1024);
	ck_assert_str_eq(rest + 1024, " HTTP/1.1\" 404 Not Found 1.234ms\n");
}
END_TEST

/* The logged line in another format, without its time. */
static const char *logged_as(enum log_format format, const struct access *a, const char *after)
{
	static char line[LINE_MOST + 1];

	log_set_format(format);
	access_log_write(a, &arena);
	log_flush();
	ssize_t n = recv(received, line, sizeof(line) - 1, 0);
	ck_assert_int_gt(n, 0);
	line[n] = '\0';
	const char *found = strstr(line, after);
	ck_assert_ptr_nonnull(found);
	return found + strlen(after);
}

/* Values by which a client could try to forge a line or a field. */
#define HOSTILE_FIELDS                                                                             \
	"GET / HTTP/1.1\r\nUser-Agent: a\" \\ \t\xc3\xa9 200\r\nReferer: http://x/\"\r\n\r\n"

static const struct http_request hostile = {
	.method = METHOD_GET,
	.minor = 1,
	.target = STR_INIT("/a\"\\b"),
	.fields = { STR_INIT(HOSTILE_FIELDS), HTTP_USER_AGENT | HTTP_REFERER },
};

START_TEST(json_is_an_object)
{
	struct sockaddr_storage peer = peer_v4();
	struct access a = { (const void *)&peer, STR(""), &hostile, 404, 1234567, 42,
		STR("an-id") };

	ck_assert_str_eq(logged_as(LOG_FORMAT_JSON, &a, "Z\","),
		"\"level\":\"info\",\"process\":\"postern\",\"message\":\"request\","
		"\"client\":\"192.0.2.7:4711\",\"status\":404,\"duration_ms\":1.234,"
		"\"method\":\"GET\",\"target\":\"/a\\\"\\\\b\",\"http_version\":\"1.1\","
		"\"user_agent\":\"a\\\" \\\\ \\u0009\xc3\xa9 200\",\"referer\":\"http://x/\\\"\","
		"\"request_id\":\"an-id\",\"bytes\":42}\n");
	a.request = NULL;
	a.id = STR("");
	a.bytes = -1;
	ck_assert_str_eq(logged_as(LOG_FORMAT_JSON, &a, "\"message\":"),
		"\"invalid request\",\"client\":\"192.0.2.7:4711\",\"status\":404}\n");
}
END_TEST

START_TEST(combined_is_apaches_format)
{
	struct sockaddr_storage peer = peer_v6();
	struct access a = { (const void *)&peer, STR(""), &hostile, 404, 1234567, 42,
		STR("an-id") };

	ck_assert_str_eq(logged_as(LOG_FORMAT_COMBINED, &a, " +0000] "),
		"\"GET /a\\\"\\\\b HTTP/1.1\" 404 42 \"http://x/\\\"\" "
		"\"a\\\" \\\\ \\x09\\xc3\\xa9 200\"\n");
	ck_assert_int_eq(logged_as(LOG_FORMAT_COMBINED, &a, "2001:db8::1 - - [")[2], '/');
	a.client = STR("203.0.113.9");
	ck_assert_int_eq(logged_as(LOG_FORMAT_COMBINED, &a, "203.0.113.9 - - [")[2], '/');
	ck_assert_int_eq(*logged_as(LOG_FORMAT_TEXT, &a, "] 203.0.113.9:0 - \"GET "), '/');
	a.request = NULL;
	a.bytes = 0;
	ck_assert_str_eq(
		logged_as(LOG_FORMAT_COMBINED, &a, " +0000] "), "\"-\" 404 - \"-\" \"-\"\n");
}
END_TEST

/* A line is complete and fits into one write, however long the values of the client are. */
START_TEST(a_line_has_room_for_the_longest_values)
{
	static char head[9000], target[8000];
	struct http_request request = hostile;
	struct sockaddr_storage peer = peer_v6();
	struct access a = { (const void *)&peer, STR(""), &request, 404, UINT64_MAX, INT64_MAX,
		STR("an-id") };

	memset(head, '"', sizeof(head));
	memcpy(head, "GET / HTTP/1.1\r\nuser-agent: ", 29);
	memcpy(head + 4000, "\r\nreferer: ", 11);
	memset(target, '"', sizeof(target));
	request.target = (struct str){ target, sizeof(target) };
	request.fields.head = (struct str){ head, sizeof(head) };
	for (int format = 0; log_format_names[format]; format++) {
		const char *line = logged_as((enum log_format)format, &a, "");
		ck_assert_int_eq(line[strlen(line) - 1], '\n');
		ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
		if (format == LOG_FORMAT_JSON)
			ck_assert_ptr_nonnull(strstr(line, ",\"bytes\":9223372036854775807}\n"));
	}
}
END_TEST

static void be_journal(void)
{
	struct stat st;
	char stream[64];

	ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		(unsigned long long)st.st_ino);
	ck_assert_int_eq(setenv("JOURNAL_STREAM", stream, 1), 0);
	log_look();
}

/* The time is part of Apache's format, so it is written to the journal, too. */
START_TEST(lines_for_the_journal_have_priorities)
{
	static const char *const begin[] = {
		[LOG_FORMAT_TEXT] = "<6>INFO     [postern] 192.0.2.7:4711 - \"GET ",
		[LOG_FORMAT_JSON] = ("<6>{\"level\":\"info\",\"process\":\"postern\","
				     "\"message\":\"request\",\"client\":\"192.0.2.7:4711\""),
		[LOG_FORMAT_COMBINED] = "<6>192.0.2.7 - - [",
	};
	struct sockaddr_storage peer = peer_v4();
	struct access a = { (const void *)&peer, STR(""), &hostile, 404, 1234567, 42,
		STR("an-id") };

	be_journal();
	for (int format = 0; log_format_names[format]; format++) {
		const char *line = logged_as((enum log_format)format, &a, "");
		ck_assert_msg(str_starts(str_from(line), str_from(begin[format])), "%s", line);
	}
	ck_assert_int_eq(*logged_as(LOG_FORMAT_TEXT, &a, ""), '<');
	unsetenv("JOURNAL_STREAM");
	log_look();
	ck_assert_int_eq(*logged_as(LOG_FORMAT_TEXT, &a, ""), '2');
	ck_assert_int_eq(*logged_as(LOG_FORMAT_COMBINED, &a, ""), '1');
}
END_TEST

START_TEST(nothing_is_logged_above_level_info)
{
	struct sockaddr_storage peer = peer_v4();

	log_open("postern", LOG_LEVEL_WARNING);
	write_entry(&peer, NULL, 400);
	ck_assert_str_eq(logged(), "");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("access_log");
	TCase *tests = tcase_create("access_log");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, each_answer_is_a_line);
	tcase_add_test(tests, clients_of_all_kinds_are_named);
	tcase_add_test(tests, malformed_requests_are_logged);
	tcase_add_test(tests, a_long_target_is_cut);
	tcase_add_test(tests, quotes_in_a_target_are_escaped);
	tcase_add_test(tests, json_is_an_object);
	tcase_add_test(tests, combined_is_apaches_format);
	tcase_add_test(tests, a_line_has_room_for_the_longest_values);
	tcase_add_test(tests, lines_for_the_journal_have_priorities);
	tcase_add_test(tests, nothing_is_logged_above_level_info);
	suite_add_tcase(suite, tests);
	return suite;
}
