#include "transfer_progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { ROWS_BETWEEN = 16 * 1024 };

/* ECMA-48: carriage return, clear to the end of the line. */
#define CLEAR "\r\033[K"

static bool shown;

void transfer_progress_clear(void)
{
	if (shown)
		fputs(CLEAR, stderr);
	shown = false;
}

void transfer_progress(const char *table, const char *done, uint64_t rows, bool ends)
{
	if (!ends && (rows % ROWS_BETWEEN != 0 || rows == 0 || !isatty(STDERR_FILENO)))
		return;
	transfer_progress_clear();
	fprintf(stderr, "%s: %" PRIu64 " row%s%s%s", table, rows, rows == 1 ? "" : "s", done,
		ends ? "\n" : "");
	shown = !ends;
}
