/*
 * The log: one line per event on stderr, each in one write(2). Control characters are escaped, so
 * that no input can forge a line (CWE-117). Library code returns errors; programs log them.
 *
 * If stderr is full, as a pipe whose reader is slow or stopped, a line waits up to a tenth of a
 * second and is then lost; the next line that can be written is preceded by one that counts the
 * lost lines. After such a timeout lines do not wait until one has been written. Lines of requests
 * never wait.
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
	LOG_FORMAT_JSON,    /* one object per line */
	LOG_FORMAT_COMBINED /* requests in Apache's combined log format, other lines as text */
};

/* "text", "json", "combined", NULL. */
extern const char *const log_format_names[];

/* The names of the levels in lower case, as in uvicorn: "critical" to "debug", then NULL. */
extern const char *const log_level_names[];

/* Sets the name of the process ("master", "worker 1", "dbd"), which is copied and cut at 31 bytes,
 * and the least urgent level that is written. The defaults are "postern" and LOG_LEVEL_INFO. */
void log_open(const char *who, enum log_level level);

/* Sets the format, and returns it. The default is LOG_FORMAT_TEXT. */
void log_set_format(enum log_format format);
enum log_format log_format(void);

/* True if lines of this level are written. */
bool log_writes(enum log_level level);

/* Detects what kind of file stderr is. To be called when it has become another one; log_open does
 * so. If it is the journal, according to JOURNAL_STREAM (sd_journal_stream_fd(3)), lines begin with
 * a priority (sd-daemon(3)) and have no time, which the journal adds. */
void log_look(void);

/* If stderr is a pipe, a FIFO or a terminal, opens it again through /proc without blocking mode.
 * Otherwise write(2) could block, as another process may fill the pipe after poll(2), and a blocked
 * process reads no signals from its signalfd. Children inherit it. Without /proc, or without the
 * permission to open the file, stderr stays as it is. Writes to sockets never block. */
void log_unblock(void);

/* Writes a line, cut at LINE_MOST bytes. errno may change. */
__attribute__((format(printf, 2, 3))) void log_line(enum log_level level, const char *format, ...);

#define log_critical(...) log_line(LOG_LEVEL_CRITICAL, __VA_ARGS__)
#define log_error(...)    log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...)  log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)     log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)    log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* Logs a critical line and ends the process: for errors that it cannot survive. Its parent starts
 * another; at worst its connections are lost. */
__attribute__((format(printf, 1, 2), noreturn)) void log_die(const char *format, ...);

/* Sets how log_die ends the process: with this exit status, or by abort(3) if it is 0, which is the
 * default. */
void log_set_death(int status);

/*
 * Buffered lines, one for each request of a worker, which has one thread: they are written
 * together, at the latest by log_flush. Other lines are written after the buffered ones. A crash
 * loses lines that are still buffered.
 */

/* The priority that begins a line in the journal, such as "<6>", or "" if stderr is another file.
 */
struct str log_priority(enum log_level level);

/* Begins a line: priority or time, level and name of the process, up to the message. */
void log_begin(struct line *line, enum log_level level);

/* Buffers a line, which must end in LF. Writes the buffered lines if the buffer is full. */
void log_append(const struct line *line);

/* Writes the buffered lines. Never waits: lines that cannot be written are lost, and counted. */
void log_flush(void);

#endif
