#include "state_log.h"

#include "stats_slots.h"

#include <unistd.h>

static void log_child(const struct supervisor *s, const struct child *child)
{
	uint64_t age = child->pid > 0 ? loop_now(s->loop) - child->started : 0;

	log_info("state: %s: pid %d, %s%s, up %llu.%03llu s, %u restarts", child->name,
		(int)child->pid, child_state_name(child),
		child == s->successor ? ", to take over"
		: child->outdated     ? ", to be replaced"
				      : "",
		(unsigned long long)age / 1000, (unsigned long long)age % 1000, child->restarts);
}

static unsigned long long number(const struct child *child, enum stats_id stat)
{
	return stats_read(child->slot, stat, 0);
}

static void log_numbers(const struct child *child)
{
	if (child->role == ROLE_WORKER)
		log_info("state: %s: %llu connections of %llu accepted, %llu requests answered, "
			 "%llu running, %llu calls waiting for dbd, %llu bytes cached",
			child->name, number(child, STAT_CONNECTIONS),
			number(child, STAT_CONNECTIONS_ACCEPTED), number(child, STAT_HTTP_DURATION),
			number(child, STAT_HTTP_ACTIVE), number(child, STAT_CALLS_WAITING),
			number(child, STAT_CACHE_BYTES));
	else
		log_info("state: %s: %llu commands queued (%llu bytes), %llu pages in the "
			 "write-ahead log%s, %llu long lists being read, storage %s",
			child->name, number(child, STAT_QUEUE), number(child, STAT_QUEUE_BYTES),
			number(child, STAT_WAL_PAGES),
			number(child, STAT_WAL_HELD) ? " (held by a reader)" : "",
			number(child, STAT_STREAMS),
			number(child, STAT_STORAGE_FAILING) ? "failing" : "works");
}

void state_log_write(const struct supervisor *s)
{
	log_info("state: master: pid %d, %s, %s, %u workers wanted", (int)getpid(),
		supervisor_phase_name(s), s->plan->address, s->workers);
	for (unsigned i = 0; i < CHILDREN; i++)
		if (s->children[i].state != CHILD_ABSENT)
			log_child(s, &s->children[i]);
	for (unsigned i = 0; i < CHILDREN; i++)
		if (s->children[i].pid > 0)
			log_numbers(&s->children[i]);
}
