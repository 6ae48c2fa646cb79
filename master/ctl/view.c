#include "view.h"

#include "utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	COLUMN_NAME,
	COLUMN_PID,
	COLUMN_STATE,
	COLUMN_UPTIME,
	COLUMN_RESTARTS,
	COLUMN_MEMORY,
	COLUMNS
};

/* Parsing lines. */

/* Takes the part before the next separator, or the rest, off *rest. Returns false if *rest is
 * empty. */
static bool take_part(struct str *rest, char separator, struct str *part)
{
	if (rest->len == 0)
		return false;
	const char *end = memchr(rest->ptr, separator, rest->len);
	size_t n = end ? (size_t)(end - rest->ptr) : rest->len;
	*part = (struct str){ rest->ptr, n };
	*rest = str_from_index(*rest, end ? n + 1 : n);
	return true;
}

/* The value of a fact; empty if the status does not have it. */
static struct str find(struct str status, const char *name)
{
	for (struct str line, key; take_part(&status, '\n', &line);)
		if (take_part(&line, '\t', &key) && str_equal(key, str_from(name)))
			return line;
	return STR("");
}

/* Takes the next process off *status. Returns false if there is none. */
static bool take_process(struct str *status, struct str columns[COLUMNS])
{
	for (struct str line, part; take_part(status, '\n', &line);) {
		if (!take_part(&line, '\t', &part) || !str_equal(part, STR("process")))
			continue;
		for (unsigned i = 0; i < COLUMNS; i++)
			if (!take_part(&line, '\t', &columns[i]))
				columns[i] = STR("");
		return true;
	}
	return false;
}

static bool is_number(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	return s.len > 0;
}

/* Facts that are text even if they consist of digits. */
static bool is_text(struct str name)
{
	static const struct str texts[] = { STR_INIT("database"), STR_INIT("api"),
		STR_INIT("api_version"), STR_INIT("api_origin") };

	for (size_t i = 0; i < NITEMS(texts); i++)
		if (str_equal(name, texts[i]))
			return true;
	return false;
}

static uint64_t number(struct str s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s.len && is_number(s); i++)
		n = n * 10 + (uint64_t)(s.ptr[i] - '0');
	return n;
}

/* JSON. */

static void put_json_text(struct buf *out, struct str s)
{
	bool whole = utf8_valid(s, UTF8_STRICT);

	buf_char(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '"' || s.ptr[i] == '\\')
			buf_char(out, '\\');
		buf_char(out, whole || (unsigned char)s.ptr[i] < 0x80 ? s.ptr[i] : '?');
	}
	buf_char(out, '"');
}

static void put_json_member(struct buf *out, struct str name, struct str value)
{
	put_json_text(out, name);
	buf_char(out, ':');
	if (is_number(value) && !is_text(name))
		buf_str(out, value);
	else
		put_json_text(out, value);
}

static void put_json_process(struct buf *out, const struct str columns[COLUMNS])
{
	static const struct str names[COLUMNS] = { STR_INIT("name"), STR_INIT("pid"),
		STR_INIT("state"), STR_INIT("uptime_ms"), STR_INIT("restarts"),
		STR_INIT("memory_bytes") };

	for (unsigned i = 0; i < COLUMNS; i++) {
		buf_char(out, i == 0 ? '{' : ',');
		put_json_member(out, names[i], columns[i]);
	}
	buf_char(out, '}');
}

void view_json(struct str status, struct buf *out)
{
	struct str lines = status, columns[COLUMNS];
	bool first = true;

	buf_char(out, '{');
	for (struct str line, name; take_part(&lines, '\n', &line);) {
		if (!take_part(&line, '\t', &name) || str_equal(name, STR("process")))
			continue;
		put_json_member(out, name, line);
		buf_char(out, ',');
	}
	buf_str(out, STR("\"processes\":["));
	for (; take_process(&status, columns); first = false) {
		if (!first)
			buf_char(out, ',');
		put_json_process(out, columns);
	}
	buf_str(out, STR("]}\n"));
}

/* The table. */

/* "3 d 2 h", "5 min 10 s". */
static void put_time(struct buf *out, uint64_t ms)
{
	uint64_t s = ms / 1000;

	if (s >= 86400)
		buf_printf(out, "%" PRIu64 " d %" PRIu64 " h", s / 86400, s / 3600 % 24);
	else if (s >= 3600)
		buf_printf(out, "%" PRIu64 " h %" PRIu64 " min", s / 3600, s / 60 % 60);
	else if (s >= 60)
		buf_printf(out, "%" PRIu64 " min %" PRIu64 " s", s / 60, s % 60);
	else
		buf_printf(out, "%" PRIu64 " s", s);
}

static void put_mebibytes(struct buf *out, uint64_t bytes)
{
	buf_printf(out, "%.1f MiB", (double)bytes / (1024 * 1024));
}

/* Right-justified, or left-justified if width is negative, as printf does. */
static void put_cell(struct buf *out, int width, const struct buf *cell)
{
	struct str text = buf_view(cell);

	buf_printf(out, "%*.*s", width, STR_ARGS(text));
}

static void put_process(struct buf *out, const struct str columns[COLUMNS])
{
	struct buf cell;

	buf_init(&cell, 64);
	buf_printf(out, "%-12.*s %8.*s  %-22.*s", STR_ARGS(columns[COLUMN_NAME]),
		STR_ARGS(columns[COLUMN_PID]), STR_ARGS(columns[COLUMN_STATE]));
	put_time(&cell, number(columns[COLUMN_UPTIME]));
	put_cell(out, 14, &cell);
	buf_printf(out, " %9.*s", STR_ARGS(columns[COLUMN_RESTARTS]));
	buf_reset(&cell, 64);
	put_mebibytes(&cell, number(columns[COLUMN_MEMORY]));
	put_cell(out, 12, &cell);
	buf_char(out, '\n');
	buf_done(&cell);
}

static void put_fact(struct buf *out, struct str status, const char *label, const char *name)
{
	struct str value = find(status, name);

	buf_printf(out, "%-12s %.*s\n", label, STR_ARGS(value));
}

static void put_api(struct buf *out, struct str status)
{
	struct str title = find(status, "api"), version = find(status, "api_version");
	struct str n = find(status, "api_resources"), origin = find(status, "api_origin");

	if (n.len > 0)
		buf_printf(out, "%-12s %.*s %.*s, %.*s resource%s, %.*s\n", "API", STR_ARGS(title),
			STR_ARGS(version), STR_ARGS(n), number(n) == 1 ? "" : "s",
			STR_ARGS(origin));
}

/* The rows about requests, cache hits and writes. */
static void put_counts(struct buf *out, struct str status)
{
	uint64_t hits = number(find(status, "cache_hits"));
	uint64_t reads = hits + number(find(status, "cache_misses"));
	uint64_t writes = number(find(status, "writes")), groups = number(find(status, "groups"));

	buf_printf(out, "%-12s %" PRIu64 ", %" PRIu64 " running on %" PRIu64 " connections\n",
		"requests", number(find(status, "requests")),
		number(find(status, "requests_active")), number(find(status, "connections")));
	buf_printf(out, "%-12s %.1f %% of %" PRIu64 " reads, ", "cache hits",
		reads > 0 ? 100.0 * (double)hits / (double)reads : 0.0, reads);
	put_mebibytes(out, number(find(status, "cache_bytes")));
	buf_printf(out,
		"\n%-12s %" PRIu64 ", %.1f per commit, %" PRIu64 " queued; %" PRIu64
		" pages in the write-ahead log\n",
		"writes", writes, groups > 0 ? (double)writes / (double)groups : 0.0,
		number(find(status, "queue")), number(find(status, "wal_pages")));
}

void view_table(struct str status, struct buf *out)
{
	struct str columns[COLUMNS];
	struct str version = find(status, "version"), state = find(status, "state");

	buf_printf(out, "Postern %.*s, %.*s\n", STR_ARGS(version), STR_ARGS(state));
	put_fact(out, status, "address", "address");
	put_fact(out, status, "database", "database");
	put_api(out, status);
	if (find(status, "requests").len > 0)
		put_counts(out, status);
	buf_printf(out, "\n%-12s %8s  %-22s%14s %9s%12s\n", "PROCESS", "PID", "STATE", "UPTIME",
		"RESTARTS", "MEMORY");
	while (take_process(&status, columns))
		put_process(out, columns);
}
