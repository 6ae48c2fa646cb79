#include "log.h"

#include "civil.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	MESSAGE_MOST = 2048,
	TAIL = sizeof("\"}\n") - 1, /* reserved at the end of a line */
	TIMEOUT_MS = 100,
	WRITES_MOST = 16 /* attempts: after poll(2) a socket may still take less than a line */
};

const char *const log_level_names[] = { "critical", "error", "warning", "info", "debug", NULL };
const char *const log_format_names[] = { "text", "json", "combined", NULL };

static const char *const labels[] = { "CRITICAL", "ERROR   ", "WARNING ", "INFO    ", "DEBUG   " };

static const char *const priorities[] = { "<2>", "<3>", "<4>", "<6>", "<7>" };

static struct {
	char who[32];
	enum log_level level;
	bool journal, socket; /* kind of stderr */
	enum log_format format;
	int death;            /* exit status of log_die; 0: abort */
	struct line buffered; /* whole lines */
	unsigned lines;       /* number of buffered lines */
	atomic_uint lost;     /* lines that were lost and not reported yet */
	atomic_bool cut;      /* the last line was written in part, without its LF */
	atomic_bool stuck;    /* a line has timed out, and none was written since */
} state = { .who = "postern", .level = LOG_LEVEL_INFO };

void log_look(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	state.journal = stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
			fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
	/* The sandbox allows no fstat(2). */
	int type = 0;
	state.socket = getsockopt(STDERR_FILENO, SOL_SOCKET, SO_TYPE, &type,
			       &(socklen_t){ sizeof(type) }) == 0;
}

void log_unblock(void)
{
	struct stat st;

	if (fstat(STDERR_FILENO, &st) < 0 || (!S_ISFIFO(st.st_mode) && !S_ISCHR(st.st_mode)))
		return;
	/* O_NONBLOCK belongs to the open file description, which other processes may share. */
	int fd = open("/proc/self/fd/2", O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)dup2(fd, STDERR_FILENO);
	close(fd);
}

void log_open(const char *who, enum log_level level)
{
	snprintf(state.who, sizeof(state.who), "%s", who);
	state.level = level;
	log_look();
}

void log_set_format(enum log_format format)
{
	state.format = format;
}

enum log_format log_format(void)
{
	return state.format;
}

bool log_writes(enum log_level level)
{
	return level <= state.level;
}

/* Lines. */

struct str log_priority(enum log_level level)
{
	return state.journal ? str_from(priorities[level]) : STR("");
}

static void write_time(struct line *line, bool json)
{
	char text[CIVIL_MICROSECONDS];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	civil_format(text, (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000, 'T');
	line_str(line, json ? STR("\"time\":\"") : STR(""));
	line_str(line, (struct str){ text, CIVIL_MILLISECONDS });
	line_str(line, json ? STR("Z\",") : STR("Z "));
}

void log_begin(struct line *line, enum log_level level)
{
	bool json = state.format == LOG_FORMAT_JSON;

	line->len = 0;
	line_str(line, log_priority(level));
	line_str(line, json ? STR("{") : STR(""));
	if (!state.journal)
		write_time(line, json);
	line_str(line, json ? STR("\"level\":\"") : STR(""));
	line_str(line, str_from(json ? log_level_names[level] : labels[level]));
	line_str(line, json ? STR("\",\"process\":\"") : STR(" ["));
	line_str(line, str_from(state.who));
	line_str(line, json ? STR("\",\"message\":\"") : STR("] "));
}

static void end(struct line *line, struct str message)
{
	bool json = state.format == LOG_FORMAT_JSON;

	line_escape(line, message, LINE_MOST - TAIL - line->len, json ? LINE_JSON : LINE_PLAIN);
	line_str(line, json ? STR("\"}\n") : STR("\n"));
}

/* Writing. */

static ssize_t write_some(struct str lines)
{
	if (state.socket)
		return send(STDERR_FILENO, lines.ptr, lines.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	return write(STDERR_FILENO, lines.ptr, lines.len);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Returns the number of bytes that were written before an error or the timeout. A pipe takes all or
 * nothing of up to PIPE_BUF bytes. */
static size_t write_within(struct str lines, int timeout_ms)
{
	struct pollfd room = { .fd = STDERR_FILENO, .events = POLLOUT };
	int64_t deadline = timeout_ms > 0 ? now_ms() + timeout_ms : 0;
	size_t done = 0;

	for (int writes = 0; done < lines.len && writes < WRITES_MOST; writes++) {
		int64_t left = writes == 0 ? timeout_ms : deadline - now_ms();
		if (poll(&room, 1, left > 0 ? (int)left : 0) == 0)
			break;
		ssize_t n = write_some(str_from_index(lines, done));
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	return done;
}

/* Returns false if a part was not written: the reader is slow, stopped or gone, or the disk is
 * full. The log must not stop the server, so after one timeout nothing waits until a line was
 * written. */
static bool write_out(struct str lines, int timeout_ms)
{
	int timeout = atomic_load(&state.stuck) ? 0 : timeout_ms;

	if (atomic_load(&state.cut) && write_within(STR("\n"), timeout) == 1)
		atomic_store(&state.cut, false);
	size_t done = atomic_load(&state.cut) ? 0 : write_within(lines, timeout);
	if (done == lines.len)
		atomic_store(&state.stuck, false);
	else if (timeout > 0)
		atomic_store(&state.stuck, true);
	if (done > 0 && done < lines.len)
		atomic_store(&state.cut, true);
	return done == lines.len;
}

static bool report_lost(unsigned lost, int timeout_ms)
{
	struct line line;
	char message[64];

	snprintf(message, sizeof(message), "%u log lines were lost: stderr was full", lost);
	log_begin(&line, LOG_LEVEL_WARNING);
	end(&line, str_from(message));
	return write_out((struct str){ line.text, line.len }, timeout_ms);
}

static void write_or_lose(const struct line *text, unsigned lines, int timeout_ms)
{
	unsigned lost = atomic_exchange(&state.lost, 0);

	if (lost > 0 && !report_lost(lost, timeout_ms))
		lines += lost;
	else if (write_out((struct str){ text->text, text->len }, timeout_ms))
		return;
	atomic_fetch_add(&state.lost, lines);
}

void log_flush(void)
{
	if (state.lines == 0)
		return;
	write_or_lose(&state.buffered, state.lines, 0);
	state.buffered.len = 0;
	state.lines = 0;
}

void log_append(const struct line *line)
{
	if (LINE_MOST - state.buffered.len < line->len)
		log_flush();
	line_str(&state.buffered, (struct str){ line->text, line->len });
	state.lines++;
}

__attribute__((format(printf, 2, 0))) static void write_line(
	enum log_level level, const char *format, va_list args)
{
	char message[MESSAGE_MOST];
	struct line line;

	if (!log_writes(level))
		return;
	vsnprintf(message, sizeof(message), format, args);
	log_begin(&line, level);
	end(&line, str_from(message));
	log_flush();
	write_or_lose(&line, 1, TIMEOUT_MS);
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
	if (state.death != 0)
		_exit(state.death);
	abort();
}

void log_set_death(int status)
{
	state.death = status;
}
