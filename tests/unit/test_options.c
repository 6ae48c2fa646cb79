#include "options.h"

#include "cpus.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

enum { ARGS_MAX = 6, ARG_SIZE = 80 };

static struct arena arena;
static struct buf error;

static void set_up(void)
{
	buf_init(&error, 10000);
	for (size_t i = 0; i < CONFIG_SETTINGS; i++)
		unsetenv(config_settings[i].variable);
}

static void tear_down(void)
{
	buf_done(&error);
	arena_done(&arena);
}

/* Parses "postern" and args, up to NULL; overwrites argv before it returns. */
static bool parse(struct options *options, const char *const args[ARGS_MAX])
{
	char storage[ARGS_MAX + 1][ARG_SIZE] = { "postern" };
	char *argv[ARGS_MAX + 2] = { storage[0] };
	int argc = 1;

	for (; argc <= ARGS_MAX && args[argc - 1]; argc++) {
		snprintf(storage[argc], ARG_SIZE, "%s", args[argc - 1]);
		argv[argc] = storage[argc];
	}
	bool valid = options_parse(options, &arena, argc, argv, &error);
	memset(storage, 'X', sizeof(storage));
	return valid;
}

static void check_valid(struct options *options, const char *const args[ARGS_MAX])
{
	ck_assert_msg(parse(options, args), "%.*s", (int)buf_len(&error), buf_view(&error).ptr);
	ck_assert_uint_eq(buf_len(&error), 0);
}

static enum options_origin origin_of(const struct options *options, const char *flag)
{
	for (size_t i = 0; i < CONFIG_SETTINGS; i++)
		if (strcmp(config_settings[i].flag, flag) == 0)
			return options->origins[i];
	ck_abort_msg("no setting %s", flag);
	return ORIGIN_DEFAULT;
}

START_TEST(defaults)
{
	struct options o;

	check_valid(&o, (const char *[ARGS_MAX]){ NULL });
	ck_assert_int_eq(o.action, OPTIONS_SERVE);
	ck_assert_str_eq(o.settings.host, "127.0.0.1");
	ck_assert_int_eq(o.settings.port, 8000);
	ck_assert(o.settings.workers >= 1 && o.settings.workers <= CPUS_WORKERS_MAX);
	ck_assert(o.settings.reader_threads >= 0 && o.settings.reader_threads <= READERS_MAX);
	ck_assert_str_eq(o.settings.database_url, config_fallback(&config_settings[3]));
	ck_assert_str_eq(o.settings.api, "");
	ck_assert_int_eq(o.settings.log_level, LOG_LEVEL_INFO);
	ck_assert(o.settings.access_log);
	ck_assert_int_eq(o.settings.timeout_keep_alive, 5);
	ck_assert_int_eq(o.settings.timeout_header, 10);
	ck_assert_int_eq(o.settings.timeout_body, 30);
	ck_assert_int_eq(o.settings.timeout_graceful_shutdown, 8);
	ck_assert_int_eq(o.settings.limit_body, 1052672);
	ck_assert_int_eq(o.settings.backlog, 2048);
	ck_assert_int_eq(o.settings.timeout_watchdog, 10);
	ck_assert_str_eq(o.settings.log_file, "");
	ck_assert(o.settings.sandbox);
	ck_assert(o.settings.gzip);
	ck_assert_str_eq(o.settings.cors_allow_origin, "");
	ck_assert(!o.settings.cors_allow_credentials);
	ck_assert(!o.settings.cors_allow_private_network);
	ck_assert(o.settings.request_id);
	ck_assert(o.settings.proxy_headers);
	ck_assert_str_eq(o.settings.forwarded_allow_ips, "127.0.0.1");
	ck_assert_str_eq(o.settings.root_path, "");
	ck_assert_int_eq(o.settings.log_format, LOG_FORMAT_TEXT);
	ck_assert_str_eq(o.settings.user, "");
	ck_assert_str_eq(o.settings.group, "");
	ck_assert_int_eq(o.settings.limit_connections, 0);
	ck_assert_int_eq(o.settings.limit_connections_per_address, 0);
	ck_assert_int_eq(o.settings.limit_concurrency, 0);
	ck_assert(o.settings.docs);
	ck_assert_str_eq(o.settings.admin, "");
	ck_assert_str_eq(o.settings.control, "");
	for (size_t i = 0; i < CONFIG_SETTINGS; i++)
		ck_assert_int_eq(o.origins[i], ORIGIN_DEFAULT);
}
END_TEST

START_TEST(flags_override_variables_which_override_defaults)
{
	struct options o;

	setenv("PORT", "81", 1);
	setenv("HOST", "::1", 1);
	setenv("WEB_CONCURRENCY", "", 1); /* empty: as if not set */
	check_valid(&o, (const char *[ARGS_MAX]){ "--port", "82" });
	ck_assert_int_eq(o.settings.port, 82);
	ck_assert_int_eq(origin_of(&o, "port"), ORIGIN_FLAG);
	ck_assert_str_eq(o.settings.host, "::1");
	ck_assert_int_eq(origin_of(&o, "host"), ORIGIN_ENVIRONMENT);
	ck_assert_int_eq(origin_of(&o, "workers"), ORIGIN_DEFAULT);
}
END_TEST

START_TEST(a_flag_hides_a_malformed_variable)
{
	struct options o;

	setenv("PORT", "80x", 1);
	check_valid(&o, (const char *[ARGS_MAX]){ "--port=82" });
	ck_assert_int_eq(o.settings.port, 82);
}
END_TEST

START_TEST(values_follow_an_equals_sign_or_a_space)
{
	struct options o;

	check_valid(&o, (const char *[ARGS_MAX]){ "--port", "1", "--host=a=b", "--workers=3" });
	ck_assert_int_eq(o.settings.port, 1);
	ck_assert_str_eq(o.settings.host, "a=b");
	ck_assert_int_eq(o.settings.workers, 3);
}
END_TEST

START_TEST(the_last_occurrence_of_a_flag_wins)
{
	struct options o;

	check_valid(&o, (const char *[ARGS_MAX]){
				"--port=1", "--port", "2", "--access-log", "--no-access-log" });
	ck_assert_int_eq(o.settings.port, 2);
	ck_assert(!o.settings.access_log);
}
END_TEST

static const struct {
	const char *args[ARGS_MAX];
	enum options_action action;
} actions[] = {
	{ { "--check" }, OPTIONS_CHECK },
	{ { "--port", "1", "--print-config" }, OPTIONS_PRINT_CONFIG },
	{ { "--print-api", "--api", "x.json" }, OPTIONS_PRINT_API },
	{ { "--healthcheck", "--port=1" }, OPTIONS_HEALTHCHECK },
	{ { "--help" }, OPTIONS_HELP },
	{ { "--version" }, OPTIONS_VERSION },
	/* These stop parsing, whatever follows. */
	{ { "--port", "x", "--help", "--nonsense" }, OPTIONS_HELP },
	{ { "--version", "nonsense" }, OPTIONS_VERSION },
};

START_TEST(takes_actions)
{
	struct options o;

	check_valid(&o, actions[_i].args);
	ck_assert_int_eq(o.action, actions[_i].action);
}
END_TEST

static const struct {
	const char *args[ARGS_MAX];
	const char *error;
} refused[] = {
	{ { "--port", "80x" }, "--port: \"80x\" is not a number from 0 to 65535" },
	{ { "--port=" }, "--port: \"\" is not a number from 0 to 65535" },
	{ { "--port" }, "--port needs a value" },
	{ { "--host", "" }, "--host: \"\" is empty" },
	{ { "--check", "--log-level=loud" },
		"--log-level: \"loud\" is not a log level; choose one of critical, error, warning, "
		"info, debug" },
	{ { "--database-url", "mysql://me:secret@host/db" },
		"--database-url: mysql is not built in; use sqlite:////absolute/path, "
		"sqlite:///relative/path or postgresql://user@host/database" },
	{ { "--access-log=off" }, "--access-log takes no value" },
	{ { "--no-access-log=1" }, "--no-access-log takes no value" },
	{ { "--help=1" }, "--help takes no value" },
	{ { "--worker", "2" }, "unknown flag \"--worker\"; did you mean --workers?" },
	{ { "--wrokers=2" }, "unknown flag \"--wrokers\"; did you mean --workers?" },
	{ { "--database", "x" }, "unknown flag \"--database\"; did you mean --database-url?" },
	{ { "-port", "1" }, "unknown flag \"-port\"; did you mean --port?" },
	{ { "--HOST=1" }, "unknown flag \"--HOST\"; see postern --help" },
	{ { "--reload" }, "unknown flag \"--reload\"; see postern --help" },
	{ { "--no-port" }, "unknown flag \"--no-port\"; see postern --help" },
	{ { "--" }, "unknown flag \"--\"; see postern --help" },
	{ { "-" }, "unknown flag \"-\"; see postern --help" },
	{ { "-h" }, "unknown flag \"-h\"; see postern --help" },
	{ { "main:app" }, "unexpected argument \"main:app\"; postern takes flags only" },
	{ { "" }, "unexpected argument \"\"; postern takes flags only" },
};

START_TEST(refuses)
{
	struct options o;

	ck_assert_msg(!parse(&o, refused[_i].args), "%s", refused[_i].error);
	ck_assert_slice_eq(buf_view(&error), str_from(refused[_i].error));
}
END_TEST

START_TEST(names_the_invalid_variable)
{
	struct options o;

	setenv("PORT", "80x", 1);
	ck_assert(!parse(&o, (const char *[ARGS_MAX]){ NULL }));
	ck_assert_slice_eq(buf_view(&error),
		STR("--port: \"80x\" is not a number from 0 to 65535 (got from the environment "
		    "variable PORT)"));
}
END_TEST

/* The output of a printer, in the arena. */
static const char *printed(void (*print)(const struct options *o, FILE *out), struct options *o)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	print(o, out);
	fclose(out);
	const char *copy = arena_copy(&arena, (struct str){ text, size }).ptr;
	free(text);
	return copy;
}

static void print_help(const struct options *o, FILE *out)
{
	(void)o;
	options_print_help(out);
}

START_TEST(help_names_every_setting)
{
	const char *text = printed(print_help, NULL);

	for (size_t i = 0; i < CONFIG_SETTINGS; i++) {
		ck_assert_ptr_nonnull(strstr(text, config_settings[i].flag));
		ck_assert_ptr_nonnull(strstr(text, config_settings[i].variable));
		ck_assert_ptr_nonnull(strstr(text, config_settings[i].help));
	}
	ck_assert_ptr_nonnull(strstr(text, "--[no-]access-log"));
	ck_assert_ptr_nonnull(strstr(text, "--print-config"));
}
END_TEST

/* The line of --print-config for a flag, with runs of spaces reduced to one. */
static const char *config_line(const char *text, const char *flag, char line[ARG_SIZE])
{
	const char *from = strstr(text, flag);
	size_t n = 0;

	ck_assert_ptr_nonnull(from);
	for (; *from && *from != '\n' && n < ARG_SIZE - 1; from++)
		if (*from != ' ' || (n > 0 && line[n - 1] != ' '))
			line[n++] = *from;
	line[n] = '\0';
	return line;
}

START_TEST(print_config_shows_values_and_origins)
{
	struct options o;
	char line[ARG_SIZE];

	setenv("HOST", "::1", 1);
	check_valid(&o, (const char *[ARGS_MAX]){
				"--no-access-log", "--database-url=sqlite:///x?timeout=5" });
	const char *text = printed(options_print_config, &o);
	ck_assert_str_eq(config_line(text, "--host", line), "--host ::1 HOST");
	ck_assert_str_eq(config_line(text, "--port", line), "--port 8000 default");
	ck_assert_str_eq(config_line(text, "--access-log", line), "--access-log off flag");
	ck_assert_str_eq(
		config_line(text, "--database-url", line), "--database-url sqlite:///x?*** flag");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("options");
	TCase *tc = tcase_create("options");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, defaults);
	tcase_add_test(tc, flags_override_variables_which_override_defaults);
	tcase_add_test(tc, a_flag_hides_a_malformed_variable);
	tcase_add_test(tc, values_follow_an_equals_sign_or_a_space);
	tcase_add_test(tc, the_last_occurrence_of_a_flag_wins);
	tcase_add_loop_test(tc, takes_actions, 0, NITEMS(actions));
	tcase_add_loop_test(tc, refuses, 0, NITEMS(refused));
	tcase_add_test(tc, names_the_invalid_variable);
	tcase_add_test(tc, help_names_every_setting);
	tcase_add_test(tc, print_config_shows_values_and_origins);
	suite_add_tcase(suite, tc);
	return suite;
}
