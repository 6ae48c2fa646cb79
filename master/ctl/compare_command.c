#include "compare_command.h"

#include "exit_status.h"
#include "served_api.h"

#include <stdio.h>

enum { ERROR_MAX = 16 * 1024 };

static const int statuses[] = {
	[COMPARE_EQUAL] = EXIT_CLEAN,
	[COMPARE_DIFFERENT] = EXIT_RUNNING,
	[COMPARE_FAILED] = EXIT_RUNNING,
	[COMPARE_REFUSED] = EXIT_USAGE,
};

int compare_command_run(const char *file, const struct compare_options *options)
{
	struct served_api served = SERVED_API_INIT;
	struct buf error;
	int status = EXIT_USAGE;

	buf_init(&error, ERROR_MAX);
	if (served_api_read(&served, file, &error))
		status = statuses[compare_servers(options, &error)];
	if (fflush(stdout) != 0 || ferror(stdout))
		status = EXIT_RUNNING;
	if (buf_len(&error) > 0)
		fprintf(stderr, "posternctl: %.*s\n", STR_ARGS(buf_view(&error)));
	served_api_close(&served);
	buf_done(&error);
	return status;
}
