/*
 * One line per event, on stderr, in one write(2). Control characters in it are escaped, so that no
 * input can forge a line (CWE-117). Library code returns errors; programs log them.
 *
 * A line waits for a tenth of a second if there is no room for it (a pipe whose reader stands
 * still), then it is lost, and the next one that is written tells how many were. After one that has
 * waited in vain, others do not wait until one was written. Lines of requests never wait.
 */
#ifndef POSTERN_LOG_H
#define POSTERN_LOG_H

#include "line.h"

#include <stdarg.h>

enum log_level {
	LOG_LEVEL_CRITICAL,
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

enum log_format {
	LOG_FORMAT_TEXT,
	LOG_FORMAT_JSON,    /* an object a line */
	LOG_FORMAT_COMBINED /* requests as Apache's combined log format has them; all else is text
			     */
};

/* "text", "json", "combined"; NULL ends it. */
extern const char *const log_format_names[];

/* The levels' names as uvicorn writes them, in lower case ("critical" … "debug"); NULL ends it. */
extern const char *const log_level_names[];

/* Sets who speaks ("master", "worker 1", "dbd"; copied, cut at 31 bytes) and the least urgent level
 * that is written. Before the first call the name is "postern" and the level info. */
void log_open(const char *who, enum log_level level);

/* LOG_FORMAT_TEXT before the first call. */
void log_set_format(enum log_format format);
enum log_format log_format(void);

/* Are lines of this level written? */
bool log_writes(enum log_level level);

/* To be called when stderr has become another file; log_open does. If it is the journal's, as
 * JOURNAL_STREAM tells (sd_journal_stream_fd(3)), lines begin with a priority (sd-daemon(3)) and
 * have no time, which the journal keeps itself. */
void log_look(void);

/* If stderr is a pipe, a FIFO or a terminal, puts another open file of the same in its place, which
 * does not block: between poll(2) and write(2) another process may take the room, and a blocked
 * process is deaf to signals that it reads from a descriptor. Children inherit it. A file that this
 * process may not open, or without /proc, stays as it is. Sockets are never waited for. */
void log_unblock(void);

__attribute__((format(printf, 2, 3))) void log_line(enum log_level level, const char *format, ...);

#define log_critical(...) log_line(LOG_LEVEL_CRITICAL, __VA_ARGS__)
#define log_error(...)    log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...)  log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)     log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)    log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* For what cannot be survived: logs the line as critical and ends the process. The parent notices
 * and starts a fresh one; at worst its connections are lost. */
__attribute__((format(printf, 1, 2), noreturn)) void log_die(const char *format, ...);

/* How log_die ends the process from now on: with this exit status, or, if it is 0, by abort(3), as
 * before the first call. */
void log_set_death(int status);

/*
 * Lines of which there are many, one for each request, by the one thread that a worker has: they
 * are gathered and written together, at the latest by log_flush. Any other line is written behind
 * those that were appended before it. A crash loses what was not written.
 */

/* "<6>" and the like if stderr is the journal, else "". */
struct str log_priority(enum log_level level);

/* What a line starts with: priority or time, level and speaker, up to the message. */
void log_begin(struct line *line, enum log_level level);

/* Appends a line that ends in a newline. */
void log_append(const struct line *line);

void log_flush(void);

#endif
