#include "usage.h"

#include "stats_slots.h"

#include <stdio.h>
#include <unistd.h>

enum { INTERVAL = 1000 /* milliseconds */, NANO = 1000 * 1000 * 1000 };

/* proc(5), /proc/pid/stat: utime, stime and rss are fields 14, 15 and 24. Field 2, in parentheses,
 * is the program's file name, which is ours and has no ')'. */
#define STAT_FORMAT                                                                                \
	"%*d (%*[^)]) %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu %llu %*s %*s %*s %*s %*s "  \
	"%*s %*s %*s %llu"

struct usage usage_of(pid_t pid)
{
	unsigned long long user, kernel, pages;
	struct usage usage = { 0 };
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return usage;
	if (fscanf(file, STAT_FORMAT, &user, &kernel, &pages) == 3)
		usage = (struct usage){ pages * (uint64_t)sysconf(_SC_PAGESIZE),
			(user + kernel) * (uint64_t)(NANO / sysconf(_SC_CLK_TCK)) };
	fclose(file);
	return usage;
}

static void update_process(unsigned slot, pid_t pid)
{
	struct usage usage = usage_of(pid);

	if (usage.bytes > 0)
		stats_set_usage(slot, usage.bytes, usage.cpu_ns);
}

void usage_update(struct supervisor *s)
{
	if (s->plan->admin.count == 0 || loop_now(s->loop) - s->usage_updated < INTERVAL)
		return;
	s->usage_updated = loop_now(s->loop);
	update_process(stats_own_slot(), getpid());
	for (unsigned i = 0; i < CHILDREN; i++)
		if (s->children[i].pid > 0)
			update_process(s->children[i].slot, s->children[i].pid);
}
