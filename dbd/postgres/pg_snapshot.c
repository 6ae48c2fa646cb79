#include "pg_snapshot.h"

#include "log.h"

#include <stdlib.h>

bool pg_snapshot_number(struct str *text, uint64_t *number)
{
	uint64_t value = 0;
	size_t n = 0;

	for (; n < text->len && text->ptr[n] >= '0' && text->ptr[n] <= '9'; n++)
		if (__builtin_mul_overflow(value, 10u, &value) ||
			__builtin_add_overflow(value, (unsigned)(text->ptr[n] - '0'), &value))
			return false;
	*text = str_from_index(*text, n);
	*number = value;
	return n > 0;
}

static bool take(struct str *text, char c)
{
	if (text->len == 0 || text->ptr[0] != c)
		return false;
	*text = str_from_index(*text, 1);
	return true;
}

static void add(struct pg_snapshot *s, uint64_t xid)
{
	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		s->running = realloc(s->running, s->room * sizeof(*s->running));
		if (!s->running)
			log_die("out of memory for a snapshot");
	}
	s->running[s->count++] = xid;
}

static bool read_running(struct pg_snapshot *s, struct str text)
{
	uint64_t xid, least = s->xmin;

	s->count = 0;
	while (text.len > 0) {
		if (s->count > 0 && !take(&text, ','))
			return false;
		if (!pg_snapshot_number(&text, &xid) || xid < least || xid >= s->xmax)
			return false;
		add(s, xid);
		least = xid + 1;
	}
	return true;
}

bool pg_snapshot_read(struct pg_snapshot *s, struct str text)
{
	return pg_snapshot_number(&text, &s->xmin) && take(&text, ':') &&
	       pg_snapshot_number(&text, &s->xmax) && take(&text, ':') && s->xmin > 0 &&
	       s->xmin <= s->xmax && read_running(s, text);
}

void pg_snapshot_done(struct pg_snapshot *s)
{
	free(s->running);
	*s = (struct pg_snapshot){ 0 };
}

static int compare(const void *a, const void *b)
{
	const uint64_t *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

bool pg_snapshot_has_finished(const struct pg_snapshot *s, uint64_t xid)
{
	return xid < s->xmax &&
	       !(s->count > 0 && bsearch(&xid, s->running, s->count, sizeof(xid), compare));
}

uint64_t pg_snapshot_finished_since(const struct pg_snapshot *before, const struct pg_snapshot *s)
{
	return s->xmax - before->xmax + before->count - s->count;
}
