#include "log.h"

#include "civil.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048 };

const char *const log_level_names[] = { "critical", "error", "warning", "info", "debug", NULL };

static const char *const labels[] = { "CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG" };

static const char *const priorities[] = { "<2>", "<3>", "<4>", "<6>", "<7>" };

static struct {
	char who[32];
	enum log_level level;
	bool journal;
} state = { "postern", LOG_LEVEL_INFO, false };

void log_look(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	state.journal = stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
			fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void log_open(const char *who, enum log_level level)
{
	snprintf(state.who, sizeof(state.who), "%s", who);
	state.level = level;
	log_look();
}

static size_t prefix(char *line, size_t size, enum log_level level)
{
	char text[CIVIL_MICROSECONDS];
	struct timespec now;

	if (state.journal)
		return (size_t)snprintf(
			line, size, "%s%-8s [%s] ", priorities[level], labels[level], state.who);
	clock_gettime(CLOCK_REALTIME, &now);
	struct civil c = civil_from((int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	civil_write(text, &c, 'T');
	return (size_t)snprintf(
		line, size, "%.*sZ %-8s [%s] ", CIVIL_MILLISECONDS, text, labels[level], state.who);
}

/* Copies message behind the prefix, each control character as \xhh. Returns the line's length. */
static size_t escape(char *line, size_t n, size_t size, const char *message)
{
	for (const unsigned char *p = (const unsigned char *)message; *p && n + 6 < size; p++) {
		if (*p >= 0x20 && *p != 0x7f)
			line[n++] = (char)*p;
		else
			n += (size_t)snprintf(line + n, size - n, "\\x%02x", *p);
	}
	return n;
}

static void write_line(enum log_level level, const char *format, va_list args)
{
	char message[LINE_MAX_BYTES];
	char line[LINE_MAX_BYTES + 128];

	if (level > state.level)
		return;
	vsnprintf(message, sizeof(message), format, args);
	size_t n = escape(line, prefix(line, sizeof(line), level), sizeof(line) - 1, message);
	line[n++] = '\n';
	/* A log that cannot be written must not stop the server. */
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}

void log_line(enum log_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(level, format, args);
	va_end(args);
}

void log_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(LOG_LEVEL_CRITICAL, format, args);
	va_end(args);
	abort();
}
