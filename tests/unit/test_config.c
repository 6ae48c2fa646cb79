#include "config.h"

#include "process.h"
#include "suite.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct setting *setting_named(const char *flag)
{
	for (size_t i = 0; i < CONFIG_SETTINGS; i++)
		if (strcmp(config_settings[i].flag, flag) == 0)
			return &config_settings[i];
	ck_abort_msg("no setting %s", flag);
	return NULL;
}

/* Valid values, and what config_write makes of them. */
static const struct {
	const char *flag, *text, *written;
} accepted[] = {
	{ "host", "::1", "::1" },
	{ "host", "localhost", "localhost" },
	{ "port", "0", "0" },
	{ "port", "8080", "8080" },
	{ "port", "65535", "65535" },
	{ "port", "0080", "80" },
	{ "workers", "1", "1" },
	{ "workers", "256", "256" },
	{ "workers", "auto", "auto" },
	{ "reader-threads", "auto", "auto" },
	{ "reader-threads", "0", "0" },
	{ "reader-threads", "32", "32" },
	{ "database-url", "sqlite:///x.db", "sqlite:///x.db" },
	{ "api", "", "" },
	{ "api", "/etc/postern/my api.json", "/etc/postern/my api.json" },
	{ "log-level", "debug", "debug" },
	{ "log-level", "WARNING", "warning" },
	{ "access-log", "on", "on" },
	{ "access-log", "True", "on" },
	{ "access-log", "1", "on" },
	{ "access-log", "no", "off" },
	{ "access-log", "FALSE", "off" },
	{ "timeout-keep-alive", "86400", "86400" },
	{ "timeout-graceful-shutdown", "1", "1" },
	{ "limit-body", "50331648", "50331648" },
	{ "backlog", "65535", "65535" },
	{ "limit-max-requests", "0", "0" },
	{ "limit-max-requests", "1000000000", "1000000000" },
	{ "cache-size", "0", "0" },
	{ "timeout-watchdog", "0", "0" },
	{ "timeout-watchdog", "86400", "86400" },
	{ "log-file", "", "" },
	{ "log-file", "/var/log/my app.log", "/var/log/my app.log" },
	{ "database-url", "sqlite:///my app.db", "sqlite:///my app.db" },
	{ "log-file", "/var/log/postern.log", "/var/log/postern.log" },
	{ "sandbox", "off", "off" },
	{ "gzip", "off", "off" },
	{ "request-id", "off", "off" },
	{ "root-path", "", "" },
	{ "root-path", "/", "/" },
	{ "root-path", "/api/v1.0_~-", "/api/v1.0_~-" },
	{ "proxy-headers", "off", "off" },
	{ "forwarded-allow-ips", "", "" },
	{ "forwarded-allow-ips", "10.0.0.0/8, ::1, unix", "10.0.0.0/8, ::1, unix" },
	{ "log-format", "text", "text" },
	{ "log-format", "JSON", "json" },
	{ "log-format", "combined", "combined" },
	{ "user", "", "" },
	{ "user", "nobody", "nobody" },
	{ "group", "65534", "65534" },
	{ "timeout-header", "1", "1" },
	{ "timeout-body", "86400", "86400" },
	{ "limit-connections", "0", "0" },
	{ "limit-connections-per-address", "1000000", "1000000" },
	{ "limit-concurrency", "100", "100" },
	{ "cors-allow-origin", "https://a.example", "https://a.example" },
	{ "cors-allow-credentials", "on", "on" },
	{ "cors-allow-private-network", "true", "on" },
	{ "uds", "/run/postern.sock", "/run/postern.sock" },
	{ "docs", "no", "off" },
	{ "admin", "", "" },
	{ "admin", "127.0.0.1:9100", "127.0.0.1:9100" },
	{ "admin", "[::1]:0", "[::1]:0" },
	{ "admin", "./admin.sock", "./admin.sock" },
	{ "control", "/run/postern/control", "/run/postern/control" },
};

START_TEST(valid_values_are_read_and_written)
{
	const struct setting *setting = setting_named(accepted[_i].flag);
	struct settings settings;
	struct buf buf;

	buf_init(&buf, 1000);
	ck_assert_msg(config_set(&settings, setting, accepted[_i].text, &buf), "%s %s: %.*s",
		accepted[_i].flag, accepted[_i].text, (int)buf_len(&buf), buf_view(&buf).ptr);
	config_write(&settings, setting, &buf);
	ck_assert_slice_eq(buf_view(&buf), str_from(accepted[_i].written));
	buf_done(&buf);
}
END_TEST

static const struct {
	const char *flag, *text, *error;
} refused[] = {
	{ "database-url", "sqlite:///app.db\r", "it ends with a carriage return (\\r); remove it" },
	{ "database-url", "sqlite:///app.db\n", "it ends with a line feed (\\n); remove it" },
	{ "database-url", "sqlite:///app.db\r\n", "it ends with a line feed (\\n); remove it" },
	{ "database-url", "sqlite:///app.db ", "it ends with a space; remove it" },
	{ "database-url", " sqlite:///app.db", "it begins with a space; remove it" },
	{ "database-url", "sqlite:///a\tb.db", "byte 12 of it is a tab (\\t); remove it" },
	{ "database-url", "sqlite:///app.db ?timeout=5", "the path ends with a space; remove it" },
	{ "database-url", "sqlite:///a\x01.db",
		"byte 12 of it is the control character \\x01; remove it" },
	{ "host", "127.0.0.1\r", "it ends with a carriage return (\\r); remove it" },
	{ "host", "\t::1", "it begins with a tab (\\t); remove it" },
	{ "host", " ", "it begins with a space; remove it" },
	{ "port", "8000\r", "it ends with a carriage return (\\r); remove it" },
	{ "access-log", "on\r", "it ends with a carriage return (\\r); remove it" },
	{ "log-file", "postern.log\r", "it ends with a carriage return (\\r); remove it" },
	{ "log-file", "postern.log ", "it ends with a space; remove it" },
	{ "user", "www-data ", "it ends with a space; remove it" },
	{ "group", "www-data\x7f", "it ends with the control character \\x7f; remove it" },
	{ "uds", "/run/app.sock\n", "it ends with a line feed (\\n); remove it" },
	{ "admin", "/run/admin.sock ", "it ends with a space; remove it" },
	{ "control", " /run/control", "it begins with a space; remove it" },
	{ "forwarded-allow-ips", "::1\r", "it ends with a carriage return (\\r); remove it" },
	{ "cors-allow-origin", "*\n", "it ends with a line feed (\\n); remove it" },
	{ "host", "", "\"\" is empty" },
	{ "port", "", "\"\" is not a number from 0 to 65535" },
	{ "port", "80x", "\"80x\" is not a number from 0 to 65535" },
	{ "port", " 80", "\" 80\" is not a number from 0 to 65535" },
	{ "port", "+80", "\"+80\" is not a number from 0 to 65535" },
	{ "port", "-1", "\"-1\" is not a number from 0 to 65535" },
	{ "port", "0x50", "\"0x50\" is not a number from 0 to 65535" },
	{ "port", "8e1", "\"8e1\" is not a number from 0 to 65535" },
	{ "port", "65536", "\"65536\" is not a number from 0 to 65535" },
	{ "port", "18446744073709551617",
		"\"18446744073709551617\" is not a number from 0 to 65535" },
	{ "workers", "0", "\"0\" is not a number from 1 to 256 or auto" },
	{ "workers", "257", "\"257\" is not a number from 1 to 256 or auto" },
	{ "reader-threads", "33", "\"33\" is not a number from 0 to 32 or auto" },
	{ "workers", "Auto", "\"Auto\" is not a number from 1 to 256 or auto" },
	{ "limit-body", "50331649", "\"50331649\" is not a number from 1 to 50331648" },
	{ "limit-max-requests", "-1", "\"-1\" is not a number from 0 to 1000000000" },
	{ "timeout-watchdog", "86401", "\"86401\" is not a number from 0 to 86400" },
	{ "timeout-header", "0", "\"0\" is not a number from 1 to 86400" },
	{ "timeout-body", "0", "\"0\" is not a number from 1 to 86400" },
	{ "limit-connections", "1000001", "\"1000001\" is not a number from 0 to 1000000" },
	{ "timeout-keep-alive", "0", "\"0\" is not a number from 1 to 86400" },
	{ "log-level", "loud",
		"\"loud\" is not a log level; choose one of critical, error, warning, info, "
		"debug" },
	{ "access-log", "maybe", "\"maybe\" is neither on nor off" },
	{ "access-log", "", "\"\" is neither on nor off" },
	{ "admin", "9100", "\"9100\" is neither ADDRESS:PORT nor the path of a socket" },
	{ "admin", ":9100", "\":9100\" is neither ADDRESS:PORT nor the path of a socket" },
	{ "admin", "[::1]:65536",
		"\"[::1]:65536\" is neither ADDRESS:PORT nor the path of a socket" },
	{ "log-format", "xml", "\"xml\" is not a log format; choose one of text, json, combined" },
	{ "root-path", "api", "\"api\" is not a path like /api, of letters, digits and -._~" },
	{ "root-path", "//x", "\"//x\" is not a path like /api, of letters, digits and -._~" },
	{ "root-path", "/'", "\"/'\" is not a path like /api, of letters, digits and -._~" },
	{ "forwarded-allow-ips", "10.0.0.0/33",
		"\"10.0.0.0/33\" is not an address, a network like 10.0.0.0/8, unix or *, or is "
		"one item too many" },
	{ "database-url", "mysql://me:secret@host/db",
		"mysql is not built in; use sqlite:////absolute/path, "
		"sqlite:///relative/path or postgresql://user@host/database" },
};

START_TEST(invalid_values_are_refused)
{
	struct settings settings;
	struct buf error;

	buf_init(&error, 1000);
	ck_assert_msg(
		!config_set(&settings, setting_named(refused[_i].flag), refused[_i].text, &error),
		"%s %s", refused[_i].flag, refused[_i].text);
	ck_assert_slice_eq(buf_view(&error), str_from(refused[_i].error));
	buf_done(&error);
}
END_TEST

START_TEST(every_default_is_valid)
{
	struct settings settings;
	struct buf error;

	buf_init(&error, 1000);
	ck_assert_msg(config_set(&settings, &config_settings[_i],
			      config_fallback(&config_settings[_i]), &error),
		"%s: %.*s", config_settings[_i].flag, (int)buf_len(&error), buf_view(&error).ptr);
	buf_done(&error);
}
END_TEST

static void fill_environment(void)
{
	for (size_t i = 0; i < CONFIG_SETTINGS; i++)
		setenv(config_settings[i].variable, config_fallback(&config_settings[i]), 1);
	setenv("WEB_CONCURRENCY", "3", 1);
}

START_TEST(a_child_reads_all_settings_from_its_environment)
{
	struct settings settings;

	fill_environment();
	setenv("LOG_LEVEL", "error", 1);
	setenv("POSTERN_ACCESS_LOG", "off", 1);
	config_from_environment(&settings);
	ck_assert_str_eq(settings.host, "127.0.0.1");
	ck_assert_int_eq(settings.port, 8000);
	ck_assert_int_eq(settings.workers, 3);
	ck_assert_int_eq(settings.log_level, LOG_LEVEL_ERROR);
	ck_assert(!settings.access_log);
	ck_assert_int_eq(settings.timeout_keep_alive, 5);
	ck_assert_int_eq(settings.timeout_header, 10);
	ck_assert_int_eq(settings.timeout_body, 30);
	ck_assert_int_eq(settings.timeout_graceful_shutdown, 8);
	ck_assert_int_eq(settings.limit_body, 1052672);
	ck_assert_int_eq(settings.backlog, 2048);
	ck_assert_int_eq(settings.limit_connections, 0);
	ck_assert_int_eq(settings.limit_connections_per_address, 0);
	ck_assert_int_eq(settings.limit_concurrency, 0);
	ck_assert(settings.docs);
}
END_TEST

/* Runs config_from_environment in a child process. Returns its exit status, and its stderr in text.
 */
static int exit_status_of_child(char *text, size_t size)
{
	int err[2], status;
	size_t n = 0;

	ck_assert_int_eq(pipe2(err, O_CLOEXEC), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct settings settings;
		dup2(err[1], STDERR_FILENO);
		config_from_environment(&settings);
		_exit(0);
	}
	close(err[1]);
	for (ssize_t got; (got = read(err[0], text + n, size - 1 - n)) > 0;)
		n += (size_t)got;
	text[n] = '\0';
	close(err[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(a_child_refuses_a_missing_setting)
{
	char text[1000];

	fill_environment();
	unsetenv(config_settings[_i].variable);
	ck_assert_int_eq(exit_status_of_child(text, sizeof(text)), EXIT_USAGE);
	ck_assert_msg(strstr(text, config_settings[_i].variable) && strstr(text, "is missing"),
		"%s", text);
}
END_TEST

START_TEST(a_child_refuses_a_malformed_setting)
{
	char text[1000];

	fill_environment();
	setenv("PORT", "80x", 1);
	ck_assert_int_eq(exit_status_of_child(text, sizeof(text)), EXIT_USAGE);
	ck_assert_msg(strstr(text, "PORT in the environment: \"80x\" is not") != NULL, "%s", text);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("config");
	TCase *tc = tcase_create("config");

	tcase_add_loop_test(tc, valid_values_are_read_and_written, 0, NITEMS(accepted));
	tcase_add_loop_test(tc, invalid_values_are_refused, 0, NITEMS(refused));
	tcase_add_loop_test(tc, every_default_is_valid, 0, CONFIG_SETTINGS);
	tcase_add_test(tc, a_child_reads_all_settings_from_its_environment);
	tcase_add_loop_test(tc, a_child_refuses_a_missing_setting, 0, CONFIG_SETTINGS);
	tcase_add_test(tc, a_child_refuses_a_malformed_setting);
	suite_add_tcase(suite, tc);
	return suite;
}
