#include "options.h"

#include "cpus.h"
#include "database_url.h"
#include "similar.h"

#include <stdlib.h>

const struct options_flag options_flags[OPTIONS_FLAGS] = {
	{ "check", OPTIONS_CHECK, "check the configuration and the declared API, and exit" },
	{ "print-config", OPTIONS_PRINT_CONFIG, "print every setting and its origin, and exit" },
	{ "print-api", OPTIONS_PRINT_API, "print the declared API with every default, and exit" },
	{ "healthcheck", OPTIONS_HEALTHCHECK,
		"check the health of the server that runs with these settings, and exit" },
	{ "help", OPTIONS_HELP, "print this help and exit" },
	{ "version", OPTIONS_VERSION, "print the version and exit" },
};

/* The command line, with values that are not parsed yet. */
struct command_line {
	enum options_action action;
	const char *texts[CONFIG_SETTINGS]; /* NULL: not given */
};

static bool is_switch(const struct setting *setting)
{
	return setting->type == SETTING_SWITCH;
}

/* Suggestions. */

struct guess {
	const char *flag; /* NULL: no flag is similar */
	unsigned distance;
};

static void consider(struct guess *guess, struct str given, const char *flag)
{
	unsigned d = similar_distance(given, str_from(flag));

	if (d < guess->distance)
		*guess = (struct guess){ flag, d };
}

static void complain_unknown(struct str argument, struct buf *error)
{
	struct guess guess = { NULL, SIMILAR_NOT };
	struct str given = argument;

	while (given.len > 0 && given.ptr[0] == '-')
		given = str_from_index(given, 1);
	for (size_t i = 0; i < NITEMS(config_settings); i++)
		consider(&guess, given, config_settings[i].flag);
	for (size_t i = 0; i < OPTIONS_FLAGS; i++)
		consider(&guess, given, options_flags[i].flag);
	buf_printf(error, "unknown flag \"%.*s\"; ", (int)(argument.len < 100 ? argument.len : 100),
		argument.ptr);
	if (guess.flag)
		buf_printf(error, "did you mean --%s?", guess.flag);
	else
		buf_printf(error, "see postern --help");
}

/* The command line. */

static bool complain_no_value(struct str name, struct buf *error)
{
	buf_printf(error, "--%.*s takes no value", STR_ARGS(name));
	return false;
}

/* Takes a flag that is not a setting. Returns false if name is not one. */
static bool take_action(struct command_line *line, struct str name)
{
	for (size_t i = 0; i < OPTIONS_FLAGS; i++) {
		if (!str_equal(name, str_from(options_flags[i].flag)))
			continue;
		line->action = options_flags[i].action;
		return true;
	}
	return false;
}

/* The index of the setting that the flag name sets; CONFIG_SETTINGS if the flag is unknown.
 * *negated is true for --no-NAME. */
static size_t find_setting(struct str name, bool *negated)
{
	for (size_t i = 0; i < NITEMS(config_settings); i++) {
		struct str flag = str_from(config_settings[i].flag);
		*negated = is_switch(&config_settings[i]) && str_starts(name, STR("no-")) &&
			   str_equal(str_from_index(name, strlen("no-")), flag);
		if (*negated || str_equal(name, flag))
			return i;
	}
	return CONFIG_SETTINGS;
}

/* Takes argv[*at] and, if its flag needs one, the value behind it. */
static bool take_argument(
	struct command_line *line, char *const *argv, int argc, int *at, struct buf *error)
{
	const char *argument = argv[*at];

	if (argument[0] != '-') {
		buf_printf(error, "unexpected argument \"%.100s\"; postern takes flags only",
			argument);
		return false;
	}
	struct str whole = { argument, strcspn(argument, "=") };
	struct str name = str_starts(whole, STR("--")) ? str_from_index(whole, 2) : STR("");
	const char *value = argument[whole.len] == '=' ? argument + whole.len + 1 : NULL;
	bool negated;

	if (take_action(line, name))
		return value ? complain_no_value(name, error) : true;
	size_t setting = find_setting(name, &negated);
	if (setting == CONFIG_SETTINGS) {
		complain_unknown(whole, error);
		return false;
	}
	if (is_switch(&config_settings[setting])) {
		line->texts[setting] = negated ? "off" : "on";
		return value ? complain_no_value(name, error) : true;
	}
	if (!value && *at + 1 < argc)
		value = argv[++*at];
	if (!value)
		buf_printf(error, "--%s needs a value", config_settings[setting].flag);
	line->texts[setting] = value;
	return value != NULL;
}

static bool is_eager(enum options_action action)
{
	return action == OPTIONS_HELP || action == OPTIONS_VERSION;
}

/* Stops at --help and --version and ignores what follows. */
static bool read_command_line(
	struct command_line *line, int argc, char *const *argv, struct buf *error)
{
	for (int at = 1; at < argc && !is_eager(line->action); at++)
		if (!take_argument(line, argv, argc, &at, error))
			return false;
	return true;
}

/* The settings. */

/* An empty variable counts as not set, as `PORT: ${PORT:-}` in a compose file intends. */
static const char *from_environment(const struct setting *setting)
{
	const char *text = getenv(setting->variable);

	return text && *text ? text : NULL;
}

static bool read_setting(struct options *options, struct arena *arena,
	const struct command_line *line, size_t i, struct buf *error)
{
	const struct setting *setting = &config_settings[i];
	const char *flag = line->texts[i];
	const char *variable = from_environment(setting);
	const char *text = flag ? flag : variable ? variable : config_fallback(setting);

	options->origins[i] = flag ? ORIGIN_FLAG : variable ? ORIGIN_ENVIRONMENT : ORIGIN_DEFAULT;
	buf_printf(error, "--%s: ", setting->flag);
	if (!config_set(
		    &options->settings, setting, arena_copy(arena, str_from(text)).ptr, error)) {
		if (options->origins[i] == ORIGIN_ENVIRONMENT)
			buf_printf(error, " (got from the environment variable %s)",
				setting->variable);
		return false;
	}
	buf_reset(error, SIZE_MAX);
	return true;
}

static void resolve_auto(struct settings *settings)
{
	long cpus = cpus_usable("/proc/self/cgroup", "/sys/fs/cgroup");

	if (settings->workers == CONFIG_AUTO)
		settings->workers = cpus_workers(cpus);
	if (settings->reader_threads == CONFIG_AUTO)
		settings->reader_threads = cpus_readers(cpus, settings->workers);
}

bool options_parse(struct options *options, struct arena *arena, int argc, char *const *argv,
	struct buf *error)
{
	struct command_line line = { .action = OPTIONS_SERVE };

	*options = (struct options){ 0 };
	if (!read_command_line(&line, argc, argv, error))
		return false;
	options->action = line.action;
	if (is_eager(line.action))
		return true;
	for (size_t i = 0; i < CONFIG_SETTINGS; i++)
		if (!read_setting(options, arena, &line, i, error))
			return false;
	resolve_auto(&options->settings);
	return true;
}

/* Printing. */

static void print_flag(FILE *out, const char *prefix, const char *flag, const char *unit)
{
	char text[2 * SIMILAR_WORD_MOST];

	snprintf(text, sizeof(text), "--%s%s%s%s", prefix, flag, unit ? " " : "", unit ? unit : "");
	fprintf(out, "  %-36s", text);
}

void options_print_help(FILE *out)
{
	fputs("Usage: postern [FLAG [VALUE]]...\n\n"
	      "Serves the API that a file declares, or the built-in users and posts. A flag\n"
	      "overrides its environment variable, which overrides the default.\n\n",
		out);
	for (size_t i = 0; i < NITEMS(config_settings); i++) {
		const struct setting *setting = &config_settings[i];
		const char *fallback = config_fallback(setting);
		print_flag(out, is_switch(setting) ? "[no-]" : "", setting->flag, setting->unit);
		fprintf(out, " %s\n%39s%s [%s]\n", setting->help, "", setting->variable,
			*fallback ? fallback : "none");
	}
	for (size_t i = 0; i < OPTIONS_FLAGS; i++) {
		print_flag(out, "", options_flags[i].flag, NULL);
		fprintf(out, " %s\n", options_flags[i].help);
	}
	fputs("\nSignals: TERM or INT finishes running requests and stops; a second one, or QUIT,\n"
	      "stops at once; HUP reloads: it replaces workers and dbd one by one; TTIN adds a\n"
	      "worker, TTOU removes one; USR1 reopens the log file; USR2 logs the state.\n\n"
	      "Exit status: 0 stopped as requested, 1 failed while running, 2 wrong usage or\n"
	      "configuration, 3 could not start (address, database).\n",
		out);
}

void options_print_config(const struct options *options, FILE *out)
{
	struct buf value;

	buf_init(&value, SIZE_MAX);
	for (size_t i = 0; i < NITEMS(config_settings); i++) {
		const struct setting *setting = &config_settings[i];
		buf_reset(&value, SIZE_MAX);
		if (setting->type == SETTING_URL)
			database_url_redact(options->settings.database_url, &value);
		else
			config_write(&options->settings, setting, &value);
		struct str text = buf_view(&value);
		const char *origin[] = { [ORIGIN_DEFAULT] = "default",
			[ORIGIN_ENVIRONMENT] = setting->variable,
			[ORIGIN_FLAG] = "flag" };
		print_flag(out, "", setting->flag, NULL);
		fprintf(out, " %-28.*s %s\n", STR_ARGS(text), origin[options->origins[i]]);
	}
	buf_done(&value);
}
