#include "history.h"

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	EVENTS = 1 << 18, /* most events of all rows that are stored */
	PRINTED = 50,     /* most printed events of a row: a message of Check has at most 8 KiB */
	NOBODY = -1
};

struct history_event {
	uint64_t time, begun; /* end and begin; begun 0: no duration */
	const char *what;
	size_t life; /* HISTORY_NONE: concerns all rows */
	unsigned version;
	int who;
};

void history_init(struct history *h)
{
	*h = (struct history){ .events = calloc(EVENTS, sizeof(*h->events)) };
	ck_assert_ptr_nonnull(h->events);
}

void history_done(struct history *h)
{
	free(h->lives);
	free(h->live);
	free(h->events);
}

static uint64_t note(struct history *h, struct history_event event)
{
	event.time = ++h->now;
	h->events[h->now % EVENTS] = event;
	return h->now;
}

size_t history_add(struct history *h, unsigned kind, size_t parent)
{
	if (h->count == h->size) {
		h->size = h->size ? h->size * 2 : 64;
		h->lives = realloc(h->lives, h->size * sizeof(*h->lives));
		h->live = realloc(h->live, h->size * sizeof(*h->live));
		ck_assert(h->lives && h->live);
	}
	h->lives[h->count] = (struct life){ .kind = kind, .parent = parent };
	h->live[h->nlive++] = h->count;
	return h->count++;
}

/* Writes. */

static void send(struct life *l, unsigned version)
{
	l->sent_before = l->sent;
	l->sent = version;
}

void history_send(struct history *h, size_t life, unsigned version, int who)
{
	note(h, (struct history_event){
			.what = "write sent", .life = life, .version = version, .who = who });
	send(&h->lives[life], version);
	for (size_t i = 0; version == HISTORY_GONE && i < h->nlive; i++)
		if (h->lives[h->live[i]].parent == life)
			send(&h->lives[h->live[i]], version);
}

static void know(struct history *h, size_t life, unsigned version)
{
	struct life *l = &h->lives[life];

	while (l->known < version)
		l->since[++l->known] = h->now;
}

/* Marks a row as deleted, and the rows that are deleted with it. */
static void bury(struct history *h, size_t life)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->nlive; i++) {
		size_t other = h->live[i];
		if (other == life || h->lives[other].parent == life)
			know(h, other, HISTORY_GONE);
		else
			h->live[kept++] = other;
	}
	h->nlive = kept;
}

static void learn(struct history *h, size_t life, unsigned version)
{
	if (version == HISTORY_GONE)
		bury(h, life);
	else
		know(h, life, version);
}

void history_acknowledge(struct history *h, size_t life, int who)
{
	unsigned version = h->lives[life].sent;

	note(h, (struct history_event){ .what = "write acknowledged",
			.life = life,
			.version = version,
			.who = who });
	learn(h, life, version);
}

void history_refuse(struct history *h, size_t life, int who)
{
	struct life *l = &h->lives[life];

	note(h, (struct history_event){
			.what = "write refused", .life = life, .version = l->sent, .who = who });
	for (size_t i = 0; l->sent == HISTORY_GONE && i < h->nlive; i++)
		if (h->lives[h->live[i]].parent == life)
			h->lives[h->live[i]].sent = h->lives[h->live[i]].sent_before;
	l->sent = l->sent_before;
}

void history_remark(struct history *h, const char *what)
{
	note(h, (struct history_event){ .what = what, .life = HISTORY_NONE, .who = NOBODY });
}

/* Reads. */

uint64_t history_begin(struct history *h)
{
	return ++h->now;
}

/* The newest version that was known at that time. */
static unsigned known_at(const struct life *l, uint64_t time)
{
	unsigned version = l->known;

	while (version > 0 && l->since[version] > time)
		version--;
	return version;
}

const char *history_show(
	struct history *h, size_t life, unsigned version, uint64_t begun, int who, const char *how)
{
	struct life *l = &h->lives[life];

	note(h, (struct history_event){ .begun = begun,
			.what = how,
			.life = life,
			.version = version,
			.who = who });
	if (version < known_at(l, begun))
		return "an old state was shown";
	if (version > l->sent)
		return "a state was shown that was never sent";
	if (version < HISTORY_GONE && l->seen == begun)
		return "it was shown twice";
	l->seen = begun;
	if (version > l->known)
		learn(h, life, version);
	return NULL;
}

const char *history_miss(struct history *h, size_t life, uint64_t begun, int who, const char *how)
{
	struct life *l = &h->lives[life];

	if (l->seen == begun)
		return NULL;
	/* The row does not exist yet, which proves nothing, or it was deleted. */
	if (known_at(l, begun) == 0)
		return NULL;
	const char *complaint = history_show(h, life, HISTORY_GONE, begun, who, how);
	return complaint ? "a row that was there was not shown" : NULL;
}

/* Printing. */

/* Describes an event if it concerns the row; else NULL. */
static const struct history_event *event_of(const struct history *h, uint64_t time, size_t life)
{
	const struct history_event *e = &h->events[time % EVENTS];

	if (e->time != time)
		return NULL;
	return e->life == life || e->life == HISTORY_NONE || e->life == h->lives[life].parent
		       ? e
		       : NULL;
}

static void print(const struct history_event *e, size_t life, struct buf *out)
{
	buf_printf(out, "%10" PRIu64 "  ", e->time);
	if (e->life != life && e->life != HISTORY_NONE)
		buf_printf(out, "(its parent) ");
	if (e->who != NOBODY)
		buf_printf(out, "#%d: ", e->who);
	buf_printf(out, "%s", e->what);
	if (e->life != HISTORY_NONE && e->version == HISTORY_GONE)
		buf_printf(out, ", gone");
	else if (e->life != HISTORY_NONE)
		buf_printf(out, ", version %u", e->version);
	if (e->begun)
		buf_printf(out, ", asked at %" PRIu64, e->begun);
	buf_char(out, '\n');
}

void history_print(const struct history *h, size_t life, struct buf *out)
{
	uint64_t first = h->now >= EVENTS ? h->now - EVENTS + 1 : 1, from = h->now + 1;

	for (unsigned left = PRINTED; from > first && left > 0;)
		left -= event_of(h, --from, life) != NULL;
	buf_printf(out, "row %zu, id %" PRIu32 ":\n", life, h->lives[life].id);
	for (; from <= h->now; from++)
		if (event_of(h, from, life))
			print(event_of(h, from, life), life, out);
}
