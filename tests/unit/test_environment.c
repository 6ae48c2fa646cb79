#include "environment.h"

#include "process.h"
#include "suite.h"

#include <stdlib.h>
#include <unistd.h>

static const struct settings settings = { .host = "::1",
	.port = 0,
	.workers = 3,
	.database_url = "sqlite:///x.db",
	.timeout_database = 12,
	.cache_age = 250,
	.api = "/etc/postern/api.json",
	.log_level = LOG_LEVEL_ERROR,
	.access_log = false,
	.timeout_keep_alive = 7,
	.timeout_header = 3,
	.timeout_body = 4,
	.timeout_graceful_shutdown = 9,
	.limit_body = 1000,
	.backlog = 5,
	.timeout_watchdog = 3,
	.log_file = "/x.log",
	.sandbox = true,
	.user = "",
	.group = "adm",
	.limit_connections = 100,
	.limit_connections_per_address = 10,
	.limit_concurrency = 50,
	.gzip = true,
	.cors_allow_origin = "*",
	.cors_allow_credentials = true,
	.cors_allow_private_network = true,
	.uds = "/x.sock",
	.docs = true,
	.admin = "[::1]:9100",
	.control = "/x.control",
	.log_format = LOG_FORMAT_JSON,
	.request_id = true,
	.root_path = "/api",
	.proxy_headers = true,
	.forwarded_allow_ips = "::1" };

/* The number of entries that begin with this text. */
static int count(char **entries, const char *start)
{
	int n = 0;

	for (; *entries; entries++)
		n += strncmp(*entries, start, strlen(start)) == 0;
	return n;
}

START_TEST(holds_each_setting_once)
{
	struct arena arena = { 0 };

	setenv("PORT", "8000", 1);
	setenv("HOST", "", 1);
	setenv(PROCESS_ENV_DBD, "stale", 1);
	setenv(PROCESS_ENV_LISTENERS, "stale", 1);
	setenv(PROCESS_ENV_SLOT, "3", 1);
	setenv("PORTAL", "stays", 1);
	char **entries = environment_of_child(&arena, &settings, "worker 3", 12, "00abc", 2);
	ck_assert_int_eq(count(entries, "PORT="), 1);
	ck_assert_int_eq(count(entries, "PORT=0"), 1);
	ck_assert_int_eq(count(entries, "HOST="), 1);
	ck_assert_int_eq(count(entries, "HOST=::1"), 1);
	ck_assert_int_eq(count(entries, PROCESS_ENV_NAME "=worker 3"), 1);
	ck_assert_int_eq(count(entries, PROCESS_ENV_DBD "="), 1);
	ck_assert_int_eq(count(entries, PROCESS_ENV_DBD "=00abc"), 1);
	ck_assert_int_eq(count(entries, PROCESS_ENV_LISTENERS "="), 1);
	ck_assert_int_eq(count(entries, PROCESS_ENV_LISTENERS "=2"), 1);
	ck_assert_int_eq(count(entries, PROCESS_ENV_SLOT "="), 1);
	ck_assert_int_eq(count(entries, PROCESS_ENV_SLOT "=12"), 1);
	ck_assert_int_eq(count(entries, "PORTAL=stays"), 1);
	arena_done(&arena);
}
END_TEST

START_TEST(dbd_does_not_get_the_address_of_dbd)
{
	struct arena arena = { 0 };

	setenv(PROCESS_ENV_DBD, "stale", 1);
	char **entries = environment_of_child(&arena, &settings, "dbd", 2, NULL, 1);
	ck_assert_int_eq(count(entries, PROCESS_ENV_DBD), 0);
	ck_assert_int_eq(count(entries, PROCESS_ENV_NAME "=dbd"), 1);
	arena_done(&arena);
}
END_TEST

START_TEST(only_dbd_gets_the_secrets_of_the_database)
{
	struct arena arena = { 0 };
	struct settings postgres = settings;

	postgres.database_url = "postgresql://u:secret@h/db?sslmode=require";
	setenv("PGPASSWORD", "secret", 1);
	setenv("PGPASSFILE", "/secret", 1);
	char **dbd = environment_of_child(&arena, &postgres, "dbd", 2, NULL, 1);
	ck_assert_int_eq(count(dbd, "DATABASE_URL=postgresql://u:secret@h/db?sslmode=require"), 1);
	ck_assert_int_eq(count(dbd, "PGPASSWORD=secret"), 1);
	ck_assert_int_eq(count(dbd, "PGPASSFILE=/secret"), 1);
	char **worker = environment_of_child(&arena, &postgres, "worker 1", 3, "00abc", 1);
	ck_assert_int_eq(count(worker, "DATABASE_URL="), 1);
	ck_assert_int_eq(count(worker, "PG"), 0);
	for (char **entry = worker; *entry; entry++)
		ck_assert_msg(!strstr(*entry, "secret"), "%s", *entry);
	environ = worker;
	struct settings read;
	config_from_environment(&read);
	ck_assert_str_eq(read.database_url, "postgresql://");
	arena_done(&arena);
}
END_TEST

START_TEST(child_reads_the_same_settings)
{
	struct arena arena = { 0 };
	struct settings read;

	environ = environment_of_child(&arena, &settings, "dbd", 2, NULL, 1);
	config_from_environment(&read);
	ck_assert_str_eq(read.host, settings.host);
	ck_assert_int_eq(read.port, settings.port);
	ck_assert_int_eq(read.workers, settings.workers);
	ck_assert_str_eq(read.database_url, settings.database_url);
	ck_assert_int_eq(read.timeout_database, settings.timeout_database);
	ck_assert_int_eq(read.cache_age, settings.cache_age);
	ck_assert_int_eq(read.log_level, settings.log_level);
	ck_assert_int_eq(read.access_log, settings.access_log);
	ck_assert_int_eq(read.timeout_keep_alive, settings.timeout_keep_alive);
	ck_assert_int_eq(read.timeout_header, settings.timeout_header);
	ck_assert_int_eq(read.timeout_body, settings.timeout_body);
	ck_assert_int_eq(read.timeout_graceful_shutdown, settings.timeout_graceful_shutdown);
	ck_assert_int_eq(read.limit_body, settings.limit_body);
	ck_assert_int_eq(read.backlog, settings.backlog);
	ck_assert_int_eq(read.timeout_watchdog, settings.timeout_watchdog);
	ck_assert_str_eq(read.log_file, settings.log_file);
	ck_assert_str_eq(read.api, settings.api);
	ck_assert_int_eq(read.sandbox, settings.sandbox);
	ck_assert_int_eq(read.gzip, settings.gzip);
	ck_assert_int_eq(read.request_id, settings.request_id);
	ck_assert_int_eq(read.proxy_headers, settings.proxy_headers);
	ck_assert_str_eq(read.root_path, settings.root_path);
	ck_assert_str_eq(read.forwarded_allow_ips, settings.forwarded_allow_ips);
	ck_assert_int_eq(read.log_format, settings.log_format);
	ck_assert_str_eq(read.user, settings.user);
	ck_assert_str_eq(read.group, settings.group);
	ck_assert_int_eq(read.limit_connections, settings.limit_connections);
	ck_assert_int_eq(
		read.limit_connections_per_address, settings.limit_connections_per_address);
	ck_assert_int_eq(read.limit_concurrency, settings.limit_concurrency);
	ck_assert_str_eq(read.cors_allow_origin, settings.cors_allow_origin);
	ck_assert_int_eq(read.cors_allow_credentials, settings.cors_allow_credentials);
	ck_assert_int_eq(read.cors_allow_private_network, settings.cors_allow_private_network);
	ck_assert_str_eq(read.uds, settings.uds);
	ck_assert_int_eq(read.docs, settings.docs);
	ck_assert_str_eq(read.admin, settings.admin);
	ck_assert_str_eq(read.control, settings.control);
	environ = NULL;
	arena_done(&arena);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("environment");
	TCase *tc = tcase_create("environment");

	tcase_add_test(tc, holds_each_setting_once);
	tcase_add_test(tc, dbd_does_not_get_the_address_of_dbd);
	tcase_add_test(tc, only_dbd_gets_the_secrets_of_the_database);
	tcase_add_test(tc, child_reads_the_same_settings);
	suite_add_tcase(suite, tc);
	return suite;
}
