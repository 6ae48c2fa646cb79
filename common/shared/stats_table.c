#include "stats_table.h"

#include "fnv.h"
#include "shared_memory.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* Differs between versions of the programs that lay out the table differently. Declared APIs do not
 * matter: series are numbered alike for all of them (metrics.h). */
static uint64_t layout(void)
{
	uint64_t hash = FNV_BEGIN ^ sizeof(struct stats_table);

	for (enum stats_id i = 0; i < STAT__COUNT; i++)
		hash = fnv_string(hash, stat_infos[i].name);
	return hash;
}

static struct stats_table *map(int fd)
{
	return shared_memory_map(fd, sizeof(struct stats_table), true);
}

void stats_set_name(struct stats_table_process *process, const char *name)
{
	char text[STATS_NAME] = "";

	snprintf(text, sizeof(text), "%s", name);
	for (size_t i = 0; i < STATS_NAME; i++)
		atomic_store_explicit(&process->name[i], text[i], memory_order_relaxed);
}

int stats_create(void)
{
	int fd = shared_memory_create("postern-stats", sizeof(struct stats_table));

	if (fd < 0)
		return -1;
	struct stats_table *mapped = map(fd);
	if (!mapped) {
		int error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	stats_put(&mapped->layout, layout());
	stats_put(&mapped->slots, STATS_SLOTS_FIRST);
	stats_use(mapped, STATS_SLOT_MASTER);
	stats_set_name(&mapped->processes[STATS_SLOT_MASTER], "master");
	stats_put(&mapped->processes[STATS_SLOT_MASTER].pid, (uint64_t)getpid());
	return fd;
}

static bool has_table(int fd)
{
	return shared_memory_has_size(fd, sizeof(struct stats_table));
}

int stats_adopt(int fd, unsigned slot)
{
	if (slot < STATS_SLOTS_FIRST || slot >= STATS_SLOTS) {
		errno = EINVAL;
		return -1;
	}
	struct stats_table *mapped = has_table(fd) ? map(fd) : NULL;
	if (!mapped && has_table(fd))
		return -1;
	close(fd);
	if (mapped && stats_get(&mapped->layout) != layout()) {
		munmap(mapped, sizeof(*mapped));
		mapped = NULL;
	}
	stats_use(mapped, slot);
	return 0;
}
