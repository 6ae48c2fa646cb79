/* The command line and the environment, read into settings; and what --help and its like print. */
#ifndef POSTERN_OPTIONS_H
#define POSTERN_OPTIONS_H

#include "arena.h"
#include "config.h"

#include <stdio.h>

enum options_action {
	OPTIONS_SERVE,
	OPTIONS_CHECK,
	OPTIONS_PRINT_CONFIG,
	OPTIONS_HEALTHCHECK,
	OPTIONS_HELP,
	OPTIONS_VERSION
};

/* Flags that are no settings. */
struct options_flag {
	const char *flag; /* without its dashes */
	enum options_action action;
	const char *help;
};

enum { OPTIONS_FLAGS = 5 };

extern const struct options_flag options_flags[OPTIONS_FLAGS];

enum options_origin { ORIGIN_DEFAULT, ORIGIN_ENVIRONMENT, ORIGIN_FLAG };

struct options {
	enum options_action action;
	struct settings settings;                     /* unset for --help and --version */
	enum options_origin origins[CONFIG_SETTINGS]; /* by place in config_settings */
};

/* False: *error has got the whole complaint, without a newline. Texts are copied into the arena, so
 * argv and the environment may be overwritten afterwards. workers "auto" is resolved. */
bool options_parse(struct options *options, struct arena *arena, int argc, char *const *argv,
	struct buf *error) __attribute__((warn_unused_result));

void options_print_help(FILE *out);

/* A line for each setting: flag, value, where it came from. The database's password is masked. */
void options_print_config(const struct options *options, FILE *out);

#endif
