/* posternctl's table and JSON of the status. */
#include "ctl/view.h"

#include "suite.h"

static const char status[] = "version\t0.1.0\n"
			     "state\tserving\n"
			     "address\thttp://127.0.0.1:8000\n"
			     "database\t/a \"b\\c\".db\n"
			     "api\t2024\n"
			     "api_version\t1.0\n"
			     "api_resources\t12\n"
			     "api_origin\t/etc/postern/api.json\n"
			     "workers\t1\n"
			     "requests\t18446744073709551615\n"
			     "connections\t5\n"
			     "requests_active\t2\n"
			     "cache_hits\t30\n"
			     "cache_misses\t10\n"
			     "cache_bytes\t1048576\n"
			     "queue\t4\n"
			     "wal_pages\t12\n"
			     "groups\t10\n"
			     "writes\t25\n"
			     "process\tmaster\t1\tready\t93784000\t0\t1572864\n"
			     "process\tworker 1\t0\twaiting to be started\t0\t3\t0\n";

static void expect(void (*view)(struct str, struct buf *), const char *text, const char *want)
{
	struct buf out;

	buf_init(&out, 64 * 1024);
	view(str_from(text), &out);
	ck_assert_slice_eq(buf_view(&out), str_from(want));
	buf_done(&out);
}

START_TEST(people_get_a_table)
{
	expect(view_table, status,
		"Postern 0.1.0, serving\n"
		"address      http://127.0.0.1:8000\n"
		"database     /a \"b\\c\".db\n"
		"API          2024 1.0, 12 resources, /etc/postern/api.json\n"
		"requests     18446744073709551615, 2 running on 5 connections\n"
		"cache hits   75.0 % of 40 reads, 1.0 MiB\n"
		"writes       25, 2.5 per commit, 4 queued; 12 pages in the write-ahead log\n"
		"\n"
		"PROCESS           PID  STATE                         UPTIME  RESTARTS      "
		"MEMORY\n"
		"master              1  ready                        1 d 2 h         0     1.5 "
		"MiB\n"
		"worker 1            0  waiting to be started            0 s         3     0.0 "
		"MiB\n");
}
END_TEST

START_TEST(programs_get_json)
{
	expect(view_json, status,
		"{\"version\":\"0.1.0\",\"state\":\"serving\",\"address\":\"http://127.0.0.1:8000\""
		",\"database\":\"/a \\\"b\\\\c\\\".db\",\"api\":\"2024\",\"api_version\":\"1.0\""
		",\"api_resources\":12,\"api_origin\":\"/etc/postern/api.json\",\"workers\":1"
		",\"requests\":18446744073709551615,\"connections\":5,\"requests_active\":2"
		",\"cache_hits\":30,\"cache_misses\":10,\"cache_bytes\":1048576,\"queue\":4"
		",\"wal_pages\":12,\"groups\":10,\"writes\":25,\"processes\":["
		"{\"name\":\"master\",\"pid\":1,\"state\":\"ready\",\"uptime_ms\":93784000"
		",\"restarts\":0,\"memory_bytes\":1572864},"
		"{\"name\":\"worker 1\",\"pid\":0,\"state\":\"waiting to be started\""
		",\"uptime_ms\":0,\"restarts\":3,\"memory_bytes\":0}]}\n");
}
END_TEST

START_TEST(what_is_not_told_is_not_shown)
{
	expect(view_table, "version\t1\nstate\tstarting\naddress\ta\ndatabase\tb\n",
		"Postern 1, starting\n"
		"address      a\n"
		"database     b\n"
		"\n"
		"PROCESS           PID  STATE                         UPTIME  RESTARTS      "
		"MEMORY\n");
	expect(view_json, "", "{\"processes\":[]}\n");
	expect(view_json, "process\tdbd\n",
		"{\"processes\":[{\"name\":\"dbd\",\"pid\":\"\",\"state\":\"\",\"uptime_ms\":\"\""
		",\"restarts\":\"\",\"memory_bytes\":\"\"}]}\n");
}
END_TEST

START_TEST(json_is_utf8)
{
	expect(view_json, "a\t\xc3\xa9\nb\t\xff\"\n",
		"{\"a\":\"\xc3\xa9\",\"b\":\"?\\\"\",\"processes\":[]}\n");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("view");
	TCase *tc = tcase_create("view");

	tcase_add_test(tc, people_get_a_table);
	tcase_add_test(tc, programs_get_json);
	tcase_add_test(tc, what_is_not_told_is_not_shown);
	tcase_add_test(tc, json_is_utf8);
	suite_add_tcase(suite, tc);
	return suite;
}
