/*
 * Uses the input as the value of each setting, and its lines as a command line. An accepted value
 * is written as text, which must be accepted with the same meaning, as a value and as a flag. A
 * refused value must have an error message.
 */
#include "options.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 1 << 20, ARGS_MAX = 16 };

/* Writes the value to *out, followed by a NUL that is not part of it. */
static struct str write_value(
	const struct settings *settings, const struct setting *setting, struct buf *out)
{
	buf_init(out, TEXT_MAX);
	config_write(settings, setting, out);
	size_t n = buf_len(out);
	buf_char(out, '\0');
	if (out->failed)
		abort();
	return (struct str){ buf_view(out).ptr, n };
}

static void check_value(const struct setting *setting, const char *text)
{
	struct settings once, twice;
	struct buf error, first, second;

	buf_init(&error, TEXT_MAX);
	bool accepted = config_set(&once, setting, text, &error);
	if ((buf_len(&error) == 0) != accepted)
		abort();
	if (accepted) {
		struct str written = write_value(&once, setting, &first);
		if (!config_set(&twice, setting, written.ptr, &error) ||
			!str_equal(write_value(&twice, setting, &second), written))
			abort();
		buf_done(&first);
		buf_done(&second);
	}
	buf_done(&error);
}

static char *write_flag(struct arena *arena, const struct setting *s, struct str value)
{
	bool off = str_equal(value, STR("off"));
	struct str text = s->type == SETTING_SWITCH
				  ? arena_printf(arena, "--%s%s", off ? "no-" : "", s->flag)
				  : arena_printf(arena, "--%s=%s", s->flag, value.ptr);

	return memcpy(arena_alloc(arena, text.len + 1), text.ptr, text.len + 1);
}

/* Passes the settings as flags: the result must be the same. */
static void check_flags(struct arena *arena, const struct options *options)
{
	char name[] = "postern", *argv[CONFIG_SETTINGS + 2] = { name };
	struct options again;
	struct buf error, first, second;

	for (size_t i = 0; i < CONFIG_SETTINGS; i++) {
		const struct setting *s = &config_settings[i];
		struct str value = write_value(&options->settings, s, &first);
		argv[i + 1] = write_flag(arena, s, value);
		buf_done(&first);
	}
	buf_init(&error, TEXT_MAX);
	if (!options_parse(&again, arena, CONFIG_SETTINGS + 1, argv, &error))
		abort();
	for (size_t i = 0; i < CONFIG_SETTINGS; i++) {
		const struct setting *s = &config_settings[i];
		if (!str_equal(write_value(&options->settings, s, &first),
			    write_value(&again.settings, s, &second)))
			abort();
		buf_done(&first);
		buf_done(&second);
	}
	buf_done(&error);
}

static void check_command_line(char *text)
{
	char name[] = "postern", *argv[ARGS_MAX + 2] = { name }, *rest = text;
	struct options options = { 0 };
	struct arena arena = { 0 };
	struct buf error;
	int argc = 1;

	while (argc <= ARGS_MAX && (argv[argc] = strsep(&rest, "\n")))
		argc++;
	argv[argc] = NULL;
	buf_init(&error, TEXT_MAX);
	bool accepted = options_parse(&options, &arena, argc, argv, &error);
	if ((buf_len(&error) == 0) != accepted)
		abort();
	if (accepted && options.action == OPTIONS_SERVE)
		check_flags(&arena, &options);
	buf_done(&error);
	arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);

	for (size_t i = 0; i < CONFIG_SETTINGS; i++) {
		unsetenv(config_settings[i].variable);
		check_value(&config_settings[i], text);
	}
	check_command_line(text);
	free(text);
	return 0;
}
