#include "stats_sum.h"

#include "stats_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	TRIES = 20, /* attempts to read between two changes of the table */
	TRY_AGAIN_NS = 500 * 1000
};

/* The result, and what only the summation needs. */
struct sums {
	struct stats_sums sums;
	uint64_t cells[STATS_CELLS];
	struct stats_places places;
};

static struct stats_series *sum_of(struct sums *s, unsigned key)
{
	struct stats_sums *sums = &s->sums;

	bool is_new = false;
	unsigned counted_as = s->places.of[key] == 0 ? stats_place(&s->places, key, &is_new) : 0;

	if (is_new)
		sums->series[sums->nseries++].key = counted_as;
	return &sums->series[s->places.of[key] - 1];
}

static void sum_slot(struct sums *s, const struct stats_slot *slot)
{
	unsigned key;

	for (unsigned i = 0; i < STATS_CELLS; i++)
		s->cells[i] += stats_get(&slot->cells[i]);
	for (unsigned i = 0; i < STATS_SERIES && stats_is_series(&slot->series[i], &key); i++) {
		struct stats_series *sum = sum_of(s, key);
		for (unsigned n = 0; n < STATS_HISTOGRAM; n++)
			sum->cells[n] += stats_get(&slot->series[i].cells[n]);
	}
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ' ';
}

/* Returns false if the slot has no process. */
static bool take_process(struct sums *s, const struct stats_table_process *from)
{
	struct stats_process *to = &s->sums.processes[s->sums.nprocesses];
	size_t n = 0;

	for (char c; n < STATS_NAME - 1 && is_name_char(c = from->name[n]); n++)
		to->name[n] = c;
	to->name[n] = '\0';
	to->pid = (pid_t)stats_get(&from->pid);
	to->bytes = stats_get(&from->bytes);
	to->cpu_ns = stats_get(&from->cpu_ns);
	s->sums.nprocesses += n > 0;
	return n > 0;
}

/* Returns false if the table changed meanwhile. */
static bool sum_once(struct sums *s)
{
	uint64_t before = atomic_load_explicit(&stats_own.table->sequence, memory_order_acquire);
	uint64_t slots = stats_get(&stats_own.table->slots);

	s->sums.cells = s->cells;
	for (uint64_t i = 0; i < STATS_SLOTS && i < slots; i++)
		if (i == STATS_SLOT_EXITED || take_process(s, &stats_own.table->processes[i]))
			sum_slot(s, &stats_own.table->all[i]);
	atomic_thread_fence(memory_order_acquire);
	return before % 2 == 0 && stats_get(&stats_own.table->sequence) == before;
}

struct stats_sums *stats_sum(void)
{
	const struct timespec pause = { .tv_nsec = TRY_AGAIN_NS };

	if (!stats_own.table) {
		errno = ENOTSUP;
		return NULL;
	}
	/* calloc(3) takes zeroed pages from the kernel; most of them are never touched. */
	struct sums *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	for (int i = 0; i < TRIES; i++) {
		if (sum_once(s))
			return &s->sums;
		/* Writers in other processes mark their changes in shared pages and tell nobody. */
		nanosleep(&pause, NULL);
		memset(s, 0, sizeof(*s));
	}
	free(s);
	errno = EAGAIN;
	return NULL;
}
