/* The metrics as text; docs/metrics.md and the Grafana dashboard must agree with them. */
#include "metrics.h"

#include "json_read.h"
#include "stats_slots.h"
#include "stats_sum.h"
#include "suite.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FILE_MAX = 256 * 1024 };

static struct arena arena;
static struct routes routes;
static struct buf out;

static void setup(void)
{
	int fd = stats_create();

	ck_assert_int_ge(fd, 0);
	close(fd);
	routes_build(&routes, true, &arena);
	buf_init(&out, 1 << 20);
}

static void teardown(void)
{
	buf_done(&out);
	arena_done(&arena);
}

/* All metrics as a string, in the arena. */
static const char *write_all(void)
{
	struct stats_sums *sums = stats_sum();

	ck_assert_ptr_nonnull(sums);
	buf_reset(&out, 0);
	metrics_write(&out, sums, &routes);
	free(sums);
	ck_assert(!out.failed);
	return arena_copy(&arena, buf_view(&out)).ptr;
}

static void ck_assert_has(const char *text, const char *want)
{
	ck_assert_msg(strstr(text, want) != NULL, "no \"%s\" in:\n%s", want, text);
}

static const struct endpoint *endpoint_of(const char *path)
{
	struct route route = routes_match(&routes, METHOD_GET, str_from(path), &arena);

	ck_assert_ptr_nonnull(route.endpoint);
	return route.endpoint;
}

static const struct {
	enum method method;
	const char *path; /* NULL: no route */
	int status;
	const char *labels;
} cases[] = {
	{ METHOD_GET, "/users/1", 200,
		"http_request_method=\"GET\",http_route=\"/users/{user_id}\","
		"http_response_status_code=\"200\"" },
	{ METHOD_HEAD, "/users", 503,
		"http_request_method=\"HEAD\",http_route=\"/users\","
		"http_response_status_code=\"503\"" },
	{ METHOD_QUERY, NULL, 507,
		"http_request_method=\"QUERY\",http_response_status_code=\"507\"" },
	{ METHOD_SOURCE, "/docs", 405,
		"http_request_method=\"_OTHER\",http_route=\"/docs\","
		"http_response_status_code=\"405\"" },
	{ METHOD__COUNT, NULL, 400,
		"http_request_method=\"_OTHER\",http_response_status_code=\"400\"" },
	{ METHOD__COUNT, NULL, 299,
		"http_request_method=\"_OTHER\",http_response_status_code=\"0\"" },
};

START_TEST(requests_have_the_labels_of_opentelemetry)
{
	const struct endpoint *endpoint = cases[_i].path ? endpoint_of(cases[_i].path) : NULL;
	unsigned key = metrics_key(endpoint, cases[_i].method, cases[_i].status);
	char want[400];

	ck_assert_uint_lt(key, STATS_KEYS);
	stats_observe_key(key, 5000000);
	stats_observe_key(key, 5000001);
	const char *text = write_all();
	snprintf(want, sizeof(want),
		"\nhttp_server_request_duration_seconds_bucket{%s,le=\"0.005\"} 1\n",
		cases[_i].labels);
	ck_assert_has(text, want);
	snprintf(want, sizeof(want),
		"\nhttp_server_request_duration_seconds_bucket{%s,le=\"+Inf\"} 2\n",
		cases[_i].labels);
	ck_assert_has(text, want);
	snprintf(want, sizeof(want), "\nhttp_server_request_duration_seconds_sum{%s} 0.010000001\n",
		cases[_i].labels);
	ck_assert_has(text, want);
}
END_TEST

START_TEST(each_endpoint_has_its_own_key)
{
	static bool taken[STATS_KEYS];

	taken[metrics_key(NULL, METHOD_GET, 200)] = true;
	for (unsigned i = 0; i < routes.count; i++) {
		unsigned key = metrics_key(&routes.endpoints[i], METHOD_GET, 200);
		ck_assert_msg(!taken[key], "endpoint %u has the key of another one", i);
		taken[key] = true;
	}
	/* stats.h counts what has no series of its own by the last key. */
	ck_assert_uint_eq(metrics_key(NULL, METHOD__COUNT, 299), STATS_KEYS - 1);
}
END_TEST

START_TEST(each_value_is_in_its_unit)
{
	stats_add(STAT_HTTP_SENT, UINT64_MAX);
	stats_observe(STAT_COMMIT_DURATION, 12345678901);
	stats_observe(STAT_GROUP_SIZE, 3);
	stats_add_at(STAT_HTTP_UNAVAILABLE, STAT_CAUSE_BUSY, 2);
	stats_set_usage(stats_own_slot(), 4096, 20000000);
	const char *text = write_all();
	ck_assert_has(text, "\npostern_http_sent_bytes_total 18446744073709551615\n");
	ck_assert_has(text, "\npostern_dbd_commit_duration_seconds_bucket{le=\"0.00025\"} 0\n");
	ck_assert_has(text, "\npostern_dbd_commit_duration_seconds_sum 12.345678901\n");
	ck_assert_has(text, "\npostern_dbd_group_size_bucket{le=\"4\"} 1\n");
	ck_assert_has(text, "\npostern_dbd_group_size_sum 3\n");
	ck_assert_has(text, "\npostern_http_unavailable_total{cause=\"busy\"} 2\n");
	ck_assert_has(text, "\npostern_process_resident_memory_bytes{process=\"master\",pid=\"");
	ck_assert_has(text, "\"} 0.02\n");
	ck_assert_has(
		text, "\npostern_api_info{title=\"02 SQLAlchemy CRUD\",version=\"0.1.0\"} 1\n");
	ck_assert_has(text, "\npostern_build_info{version=\"" POSTERN_VERSION "\"} 1\n");
}
END_TEST

START_TEST(commands_of_all_threads_are_summed)
{
	stats_add_at(STAT_COMMANDS, stat_action_outcome(ACTION_READ, STAT_OUTCOME_DONE), 1);
	stats_add_at(STAT_READER_COMMANDS, stat_reader_cell(0, ACTION_READ), 10);
	stats_add_at(STAT_READER_COMMANDS, stat_reader_cell(READERS_MAX - 1, ACTION_READ), 100);
	stats_add_at(STAT_READER_COMMANDS, stat_reader_cell(0, STATS_READER_OTHERS), 1000);
	stats_add_shared(STAT_COMMANDS, stat_action_outcome(ACTION_LIST, STAT_OUTCOME_LATE), 1000);
	const char *text = write_all();
	ck_assert_has(text, "\npostern_dbd_commands_total{action=\"read\",status=\"done\"} 111\n");
	ck_assert_has(text, "\npostern_dbd_commands_total{action=\"list\",status=\"late\"} 1000\n");
	ck_assert_has(text, "\npostern_dbd_commands_total{action=\"create\",status=\"done\"} 0\n");
	ck_assert_has(text, "\npostern_dbd_reader_commands_total{reader=\"1\"} 1010\n");
	ck_assert_has(text, "\npostern_dbd_reader_commands_total{reader=\"32\"} 100\n");
	ck_assert_ptr_null(strstr(text, "{reader=\"2\"}"));
}
END_TEST

static const char *kind_of(const struct stat_info *info)
{
	static const char *const kinds[] = { "counter", "gauge", "histogram" };

	return kinds[info->kind];
}

START_TEST(each_metric_has_help_and_type_once)
{
	const struct stat_info *info = &stat_infos[_i];
	const char *text = write_all();
	char want[400];

	snprintf(want, sizeof(want), "# HELP %s %s\n# TYPE %s %s\n", info->name, info->help,
		info->name, kind_of(info));
	ck_assert_has(text, want);
	ck_assert_ptr_null(strstr(strstr(text, want) + 1, want));
}
END_TEST

/* Tests run in the root folder of the sources. */
static const char *read_whole(const char *path)
{
	static char text[FILE_MAX];
	FILE *file = fopen(path, "r");

	ck_assert_msg(file != NULL, "no %s", path);
	size_t n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	return text;
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

START_TEST(the_document_describes_each_metric)
{
	const struct stat_info *info = &stat_infos[_i];
	const char *text = read_whole("docs/metrics.md");
	char start[200], end[300];

	snprintf(start, sizeof(start), "\n| `%s` | %s | ", info->name, kind_of(info));
	ck_assert_has(text, start);
	const char *row = strstr(text, start) + 1;
	snprintf(end, sizeof(end), " | %s |\n", info->help);
	const char *found = strstr(row, end);
	ck_assert_msg(found && found < strchr(row, '\n'), "the help of %s differs", info->name);
	ck_assert_uint_eq(count(text, "\n| `postern_") + count(text, "\n| `http_"), STAT__COUNT);
}
END_TEST

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool is_metric(struct str name)
{
	static const char *const suffixes[] = { "", "_bucket", "_sum", "_count" };
	char want[100];

	for (enum stats_id i = 0; i < STAT__COUNT; i++) {
		bool histogram = stat_infos[i].kind == STAT_KIND_HISTOGRAM;
		for (size_t n = histogram; n < (histogram ? NITEMS(suffixes) : 1); n++) {
			snprintf(want, sizeof(want), "%s%s", stat_infos[i].name, suffixes[n]);
			if (str_equal(name, str_from(want)))
				return true;
		}
	}
	return false;
}

/* Checks each word that looks like the name of a metric; returns their number. */
static size_t check_names(const char *text)
{
	size_t names = 0;

	for (const char *p = text; *p;) {
		size_t n = 0;
		while (is_name_char(p[n]))
			n++;
		struct str name = { p, n };
		if (str_starts(name, STR("postern_")) || str_starts(name, STR("http_server_"))) {
			ck_assert_msg(is_metric(name), "no metric is named %.*s", (int)n, p);
			names++;
		}
		p += n ? n : 1;
	}
	return names;
}

START_TEST(the_dashboard_shows_metrics_that_exist)
{
	const char *text = read_whole("deploy/grafana-dashboard.json");
	const struct json *root;
	struct json_error error;

	ck_assert_int_eq(json_read(&arena, str_from(text), &root, &error), JSON_OK);
	ck_assert_uint_gt(check_names(text), 20);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tc = tcase_create("metrics");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, requests_have_the_labels_of_opentelemetry, 0, NITEMS(cases));
	tcase_add_test(tc, each_endpoint_has_its_own_key);
	tcase_add_test(tc, commands_of_all_threads_are_summed);
	tcase_add_test(tc, each_value_is_in_its_unit);
	tcase_add_loop_test(tc, each_metric_has_help_and_type_once, 0, STAT__COUNT);
	tcase_add_loop_test(tc, the_document_describes_each_metric, 0, STAT__COUNT);
	tcase_add_test(tc, the_dashboard_shows_metrics_that_exist);
	suite_add_tcase(suite, tc);
	return suite;
}
