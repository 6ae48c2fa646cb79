#include "stats_slots.h"

#include "stats_table.h"

/* Children can write the table, so these are not in it. */
static bool in_use[STATS_SLOTS];
static uint64_t sequence;

/* Readers see the changes up to end_change as a whole or not at all, as with the kernel's seqlocks.
 */
static void begin_change(void)
{
	stats_put(&stats_own.table->sequence, ++sequence);
	atomic_thread_fence(memory_order_release);
}

static void end_change(void)
{
	atomic_store_explicit(&stats_own.table->sequence, ++sequence, memory_order_release);
}

static void forget_process(struct stats_table_process *process)
{
	stats_set_name(process, "");
	stats_put(&process->pid, 0);
	stats_put(&process->bytes, 0);
	stats_put(&process->cpu_ns, 0);
}

unsigned stats_allot(const char *name)
{
	static uint64_t slots = STATS_SLOTS_FIRST;
	unsigned slot = STATS_SLOTS_FIRST;

	if (!stats_own.table)
		return slot;
	while (slot < STATS_SLOTS - 1 && in_use[slot])
		slot++;
	in_use[slot] = true;
	slots = slot >= slots ? slot + 1 : slots;
	begin_change();
	stats_set_name(&stats_own.table->processes[slot], name);
	stats_put(&stats_own.table->slots, slots);
	end_change();
	return slot;
}

void stats_set_process(unsigned slot, pid_t pid)
{
	if (stats_own.table)
		stats_put(&stats_own.table->processes[slot].pid, (uint64_t)pid);
}

void stats_set_usage(unsigned slot, uint64_t bytes, uint64_t cpu_ns)
{
	if (!stats_own.table)
		return;
	stats_put(&stats_own.table->processes[slot].bytes, bytes);
	stats_put(&stats_own.table->processes[slot].cpu_ns, cpu_ns);
}

static void fold_cells(struct stats_slot *to, struct stats_slot *from)
{
	for (enum stats_id stat = 0; stat < STAT__COUNT; stat++) {
		const struct stat_info *info = &stat_infos[stat];
		for (unsigned i = info->first; i < info->first + info->cells; i++) {
			if (info->kind != STAT_KIND_GAUGE)
				stats_increase(&to->cells[i], stats_get(&from->cells[i]));
			stats_put(&from->cells[i], 0);
		}
	}
}

static void fold_series(struct stats_slot *to, struct stats_slot *from)
{
	unsigned key;

	for (unsigned i = 0; i < STATS_SERIES && stats_is_series(&from->series[i], &key); i++) {
		struct stats_table_series *series = stats_series(to, key);
		for (unsigned n = 0; n < STATS_HISTOGRAM; n++)
			stats_increase(&series->cells[n], stats_get(&from->series[i].cells[n]));
		stats_put(&from->series[i].key, 0);
	}
}

void stats_reap(unsigned slot)
{
	if (!stats_own.table)
		return;
	struct stats_slot *exited = &stats_own.table->all[STATS_SLOT_EXITED];

	begin_change();
	fold_cells(exited, &stats_own.table->all[slot]);
	fold_series(exited, &stats_own.table->all[slot]);
	forget_process(&stats_own.table->processes[slot]);
	end_change();
	in_use[slot] = false;
}

uint64_t stats_read(unsigned slot, enum stats_id stat, unsigned place)
{
	if (!stats_own.table || slot >= STATS_SLOTS)
		return 0;
	return stats_get(&stats_own.table->all[slot].cells[stat_infos[stat].first + place]);
}
