/* Parses the command line and the environment into settings; prints --help and --print-config. */
#ifndef POSTERN_OPTIONS_H
#define POSTERN_OPTIONS_H

#include "arena.h"
#include "config.h"

#include <stdio.h>

enum options_action {
	OPTIONS_SERVE,
	OPTIONS_CHECK,
	OPTIONS_PRINT_CONFIG,
	OPTIONS_PRINT_API,
	OPTIONS_HEALTHCHECK,
	OPTIONS_HELP,
	OPTIONS_VERSION
};

/* A flag that is not a setting. */
struct options_flag {
	const char *flag; /* without dashes */
	enum options_action action;
	const char *help;
};

enum { OPTIONS_FLAGS = 6 };

extern const struct options_flag options_flags[OPTIONS_FLAGS];

enum options_origin { ORIGIN_DEFAULT, ORIGIN_ENVIRONMENT, ORIGIN_FLAG };

struct options {
	enum options_action action;
	struct settings settings;                     /* not set for --help and --version */
	enum options_origin origins[CONFIG_SETTINGS]; /* by index in config_settings */
};

/* Parses argv and the environment; resolves workers "auto". Returns false with the whole message,
 * but no newline, appended to *error. Texts are copied into the arena, so argv and the environment
 * may be overwritten afterwards. */
bool options_parse(struct options *options, struct arena *arena, int argc, char *const *argv,
	struct buf *error) __attribute__((warn_unused_result));

void options_print_help(FILE *out);

/* Prints a line for each setting: flag, value, origin. Secrets in the database URL are masked. */
void options_print_config(const struct options *options, FILE *out);

#endif
