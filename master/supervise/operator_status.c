#include "operator_status.h"

#include "stats_sum.h"
#include "usage.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

/* Replaces control characters, which the path of the database may have: they would break the
 * format.
 */
static void write_text(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, "%s\t", name);
	for (; *text; text++)
		buf_char(out, (unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text);
	buf_char(out, '\n');
}

static void write_number(struct buf *out, const char *name, uint64_t number)
{
	buf_printf(out, "%s\t%" PRIu64 "\n", name, number);
}

/* Counts. */

static uint64_t count_of(const struct stats_sums *sums, enum stats_id stat)
{
	return sums->cells[stat_infos[stat].first];
}

/* The number of observations in a histogram. */
static uint64_t sum_buckets(const uint64_t *cells)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < STATS_BUCKETS; i++)
		n += cells[i];
	return n;
}

static uint64_t count_requests(const struct stats_sums *sums)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < sums->nseries; i++)
		n += sum_buckets(sums->series[i].cells);
	return n;
}

static void write_counts(struct buf *out)
{
	static const struct {
		const char *name;
		enum stats_id stat;
	} counts[] = {
		{ "connections", STAT_CONNECTIONS },
		{ "requests_active", STAT_HTTP_ACTIVE },
		{ "cache_hits", STAT_CACHE_HITS },
		{ "cache_misses", STAT_CACHE_MISSES },
		{ "cache_bytes", STAT_CACHE_BYTES },
		{ "queue", STAT_QUEUE },
		{ "wal_pages", STAT_WAL_PAGES },
	};
	struct stats_sums *sums = stats_sum();

	if (!sums)
		return;
	const uint64_t *groups = sums->cells + stat_infos[STAT_GROUP_SIZE].first;
	write_number(out, "requests", count_requests(sums));
	for (size_t i = 0; i < NITEMS(counts); i++)
		write_number(out, counts[i].name, count_of(sums, counts[i].stat));
	write_number(out, "groups", sum_buckets(groups));
	write_number(out, "writes", groups[STATS_BUCKETS]);
	free(sums);
}

/* Processes. */

static void write_process(struct buf *out, const char *name, pid_t pid, const char *state,
	uint64_t age, unsigned restarts)
{
	buf_printf(out, "process\t%s\t%d\t%s\t%" PRIu64 "\t%u\t%" PRIu64 "\n", name, (int)pid,
		state, age, restarts, pid > 0 ? usage_of(pid).bytes : 0);
}

static void write_child(const struct supervisor *s, const struct child *child, struct buf *out)
{
	uint64_t age = child->pid > 0 ? loop_now(s->loop) - child->started : 0;

	write_process(out, child->name, child->pid, child_state_value(child), age, child->restarts);
}

void operator_status_write(const struct supervisor *s, struct buf *out)
{
	write_text(out, "version", POSTERN_VERSION);
	write_text(out, "state", supervisor_phase_value(s));
	write_text(out, "address", s->plan->address);
	write_text(out, "database", s->plan->database_name);
	write_text(out, "api", s->plan->served.api->title);
	write_text(out, "api_version", s->plan->served.api->version);
	write_number(out, "api_resources", s->plan->served.api->nresources);
	write_text(out, "api_origin", served_api_origin(s->plan->settings->api));
	write_number(out, "workers", s->workers);
	write_counts(out);
	write_process(out, "master", getpid(), "ready", loop_now(s->loop) - s->operators.since, 0);
	for (unsigned i = 0; i < CHILDREN; i++)
		if (s->children[i].state != CHILD_ABSENT)
			write_child(s, &s->children[i], out);
}
