#include "describe_file.h"

#include "dbd_sandbox.h"
#include "describe.h"
#include "exit_status.h"
#include "log.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { ERROR_LIMIT = 16 * 1024, DESCRIPTION_LIMIT = 16 * 1024 * 1024 };

bool describe_file_is_meant(int argc, char *const *argv)
{
	return argc == 3 && strcmp(argv[1], "--describe") == 0;
}

static bool resolve(const char *path, char real[static PATH_MAX], struct buf *error)
{
	struct stat st;

	if (!realpath(path, real) || stat(real, &st) < 0)
		buf_str(error, str_from(strerror(errno)));
	else if (!S_ISREG(st.st_mode))
		buf_str(error, STR("is no regular file"));
	else
		return true;
	return false;
}

static bool describe(const char *path, struct buf *out, struct buf *error)
{
	char real[PATH_MAX];

	if (!resolve(path, real, error))
		return false;
	dbd_sandbox_enter(real);
	return describe_database(real, out, error);
}

int describe_file(char *const *argv)
{
	struct buf out, error;

	log_open("posternctl", LOG_LEVEL_WARNING);
	buf_init(&out, DESCRIPTION_LIMIT);
	buf_init(&error, ERROR_LIMIT);
	bool done = describe(argv[2], &out, &error) && !out.failed;
	struct str text = buf_view(&out), why = buf_view(&error);
	if (done)
		fwrite(text.ptr, 1, text.len, stdout);
	else
		fprintf(stderr, "posternctl: %s: %.*s\n", argv[2], STR_ARGS(why));
	done = done && fflush(stdout) == 0 && !ferror(stdout);
	buf_done(&out);
	buf_done(&error);
	return done ? EXIT_CLEAN : EXIT_RUNNING;
}
