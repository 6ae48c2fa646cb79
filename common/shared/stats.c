#include "stats.h"

#include "fnv.h"
#include "shared_memory.h"

#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum {
	CACHE_LINE = 64,
	SLOT_EXITED = 0,
	SLOT_MASTER = 1,
	SLOTS_FIRST = 2, /* of the children */
	TRIES = 20,      /* to read between two burials, with … */
	TRY_AGAIN_NS = 500 * 1000
};

/* How many cells each shape takes. */
enum {
	CELLS_ONE = 1,
	CELLS_CAUSE = STAT_CAUSE__COUNT,
	CELLS_ACTION_OUTCOME = ACTION__COUNT * STAT_OUTCOME__COUNT,
	CELLS_ROLE = STAT_ROLE__COUNT,
	CELLS_SIZES = STATS_HISTOGRAM,
	CELLS_DISK = STATS_HISTOGRAM,
	CELLS_ENDPOINT = 1, /* counts them all: each has its series, as most are never needed */
	CELLS_PROCESS = 1,  /* unused, as is … */
	CELLS_BUILD = 1
};

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "64-bit atomics need a lock here");

/* What the threads of a process write, each in its own cache lines. */
struct cells {
#define GROUP(owner)                     alignas(CACHE_LINE) _Atomic uint64_t group_##owner;
#define STAT(id, name, kind, shape, ...) _Atomic uint64_t id[CELLS_##shape];
#include "stats.def"
#undef STAT
#undef GROUP
};

enum { CELLS = sizeof(struct cells) / sizeof(uint64_t) };

struct series {
	_Atomic uint64_t key; /* 1 + the key; 0: no series, nor is any behind it */
	_Atomic uint64_t cells[STATS_HISTOGRAM];
};

/* Pages of it that are not used are not there. */
struct slot {
	alignas(CACHE_LINE) _Atomic uint64_t cells[CELLS];
	struct series series[STATS_SERIES];
};

/* What the master says of a slot. */
struct process {
	_Atomic char name[STATS_NAME]; /* "": none */
	_Atomic uint64_t pid, bytes, cpu_ns;
};

struct table {
	_Atomic uint64_t layout;
	_Atomic uint64_t sequence; /* odd while a slot changes hands */
	_Atomic uint64_t slots;    /* from here on none was ever used */
	struct process processes[STATS_SLOTS];
	struct slot all[STATS_SLOTS];
};

/* clang-format off */
const struct stat_info stat_infos[STAT__COUNT] = {
#define GROUP(owner)
#define STAT(id, name_, kind_, shape_, unit_, help_)                                               \
	[STAT_##id] = { .name = name_, .help = help_, .kind = STAT_KIND_##kind_,                   \
		.shape = STAT_SHAPE_##shape_, .unit = STAT_UNIT_##unit_,                           \
		.first = offsetof(struct cells, id) / sizeof(uint64_t), .cells = CELLS_##shape_ },
#include "stats.def"
#undef STAT
#undef GROUP
};
/* clang-format on */

static struct slot unread;
static struct slot *own = &unread;
static unsigned own_slot;
static struct table *table; /* NULL: none */

/* Where the series of a key stands, from 1, in the slot whose series this process adds to: its own,
 * or in the master that of the departed. */
static uint8_t places[STATS_KEYS];
static unsigned used; /* places */

_Static_assert(STATS_SERIES <= UINT8_MAX, "a place does not fit");

/* Only for this thread's own cells, or the master's. */

static uint64_t get(const _Atomic uint64_t *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

static void put(_Atomic uint64_t *c, uint64_t value)
{
	atomic_store_explicit(c, value, memory_order_relaxed);
}

static void add(_Atomic uint64_t *c, uint64_t n)
{
	put(c, get(c) + n);
}

/* Names and bounds. */

const char *stat_outcome_name(unsigned outcome)
{
	static const char *const names[] = {
		[STAT_OUTCOME_DONE] = "done",
		[STAT_OUTCOME_LATE] = "late",
		[STAT_OUTCOME_FAULT + FAULT_NOT_FOUND] = "not_found",
		[STAT_OUTCOME_FAULT + FAULT_CONFLICT] = "conflict",
		[STAT_OUTCOME_FAULT + FAULT_NULL_FIELD] = "null_field",
		[STAT_OUTCOME_FAULT + FAULT_CHANGED] = "changed",
		[STAT_OUTCOME_FAULT + FAULT_BUSY] = "busy",
		[STAT_OUTCOME_FAULT + FAULT_UNAVAILABLE] = "unavailable",
		[STAT_OUTCOME_FAULT + FAULT_UNKNOWN] = "unknown",
		[STAT_OUTCOME_FAULT + FAULT_FULL] = "full",
		[STAT_OUTCOME_FAULT + FAULT_STORAGE] = "storage",
		[STAT_OUTCOME_FAULT + FAULT_TOO_LARGE] = "too_large",
		[STAT_OUTCOME_FAULT + FAULT_INTERNAL] = "internal",
		[STAT_OUTCOME_FAULT + FAULT_LOCKED] = "locked",
	};

	_Static_assert(NITEMS(names) == STAT_OUTCOME__COUNT, "a fault has no name");
	return names[outcome];
}

const char *stat_cause_name(enum stat_cause cause)
{
	static const char *const names[] = {
		[STAT_CAUSE_BUSY] = "busy",
		[STAT_CAUSE_UNAVAILABLE] = "unavailable",
		[STAT_CAUSE_UNKNOWN] = "unknown",
		[STAT_CAUSE_LOCKED] = "locked",
		[STAT_CAUSE_CONCURRENCY] = "concurrency",
		[STAT_CAUSE_ADDRESS] = "address",
	};

	_Static_assert(NITEMS(names) == STAT_CAUSE__COUNT, "a cause has no name");
	return names[cause];
}

const char *stat_role_name(enum stat_role role)
{
	static const char *const names[] = {
		[STAT_ROLE_DBD] = "dbd",
		[STAT_ROLE_WORKER] = "worker",
	};

	_Static_assert(NITEMS(names) == STAT_ROLE__COUNT, "a role has no name");
	return names[role];
}

#define MS(n) (UINT64_C(1000000) * (n))
#define US(n) (UINT64_C(1000) * (n))

const uint64_t *stat_bounds(enum stat_shape shape)
{
	static const uint64_t sizes[STATS_BOUNDS] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024,
		2048, 4096, 8192 };
	static const uint64_t disk[STATS_BOUNDS] = { US(100), US(250), US(500), MS(1), US(2500),
		MS(5), MS(10), MS(25), MS(50), MS(100), MS(250), MS(500), MS(1000), MS(2500) };
	/* OpenTelemetry's advice for http.server.request.duration. */
	static const uint64_t http[STATS_BOUNDS] = { MS(5), MS(10), MS(25), MS(50), MS(75), MS(100),
		MS(250), MS(500), MS(750), MS(1000), MS(2500), MS(5000), MS(7500), MS(10000) };

	if (shape == STAT_SHAPE_SIZES)
		return sizes;
	return shape == STAT_SHAPE_DISK ? disk : http;
}

/* Counting. */

void stats_add_at(enum stats_id stat, unsigned place, uint64_t n)
{
	add(&own->cells[stat_infos[stat].first + place], n);
}

void stats_set_at(enum stats_id stat, unsigned place, uint64_t value)
{
	put(&own->cells[stat_infos[stat].first + place], value);
}

static void observe(_Atomic uint64_t *cells, const uint64_t *bounds, uint64_t value)
{
	unsigned bucket = 0;

	while (bucket < STATS_BOUNDS && value > bounds[bucket])
		bucket++;
	add(&cells[bucket], 1);
	add(&cells[STATS_BUCKETS], value);
}

void stats_observe(enum stats_id stat, uint64_t value)
{
	const struct stat_info *info = &stat_infos[stat];

	observe(&own->cells[info->first], stat_bounds(info->shape), value);
}

/* The slot's series of this key, made if there is none. The last place is for the rest. */
static struct series *series_of(struct slot *slot, unsigned key)
{
	if (places[key] > 0)
		return &slot->series[places[key] - 1];
	if (used >= STATS_SERIES - 1) {
		key = STATS_KEYS - 1;
		if (places[key] > 0)
			return &slot->series[places[key] - 1];
	}
	struct series *series = &slot->series[used++];
	places[key] = (uint8_t)used;
	/* A child may have left anything here. */
	for (unsigned i = 0; i < STATS_HISTOGRAM; i++)
		put(&series->cells[i], 0);
	put(&series->key, 1 + key);
	return series;
}

void stats_observe_key(unsigned key, uint64_t ns)
{
	observe(series_of(own, key)->cells, stat_bounds(STAT_SHAPE_ENDPOINT), ns);
	stats_add(STAT_HTTP_DURATION, 1);
}

/* The table. */

/* Tells tables apart that programs of different versions would read differently. */
static uint64_t layout(void)
{
	uint64_t hash = resource_fingerprint(resources, nresources) ^ sizeof(struct table);

	for (enum stats_id i = 0; i < STAT__COUNT; i++)
		hash = fnv_string(hash, stat_infos[i].name);
	return hash;
}

static struct table *map(int fd)
{
	return shared_memory_map(fd, sizeof(struct table), true);
}

/* NULL: none. */
static void use(struct table *mapped, unsigned slot)
{
	table = mapped;
	own_slot = slot;
	own = mapped ? &mapped->all[slot] : &unread;
	/* Its pages are not touched without need. */
	if (used > 0)
		memset(places, 0, sizeof(places));
	used = 0;
}

static void set_name(struct process *process, const char *name)
{
	char text[STATS_NAME] = "";

	snprintf(text, sizeof(text), "%s", name);
	for (size_t i = 0; i < STATS_NAME; i++)
		atomic_store_explicit(&process->name[i], text[i], memory_order_relaxed);
}

int stats_create(void)
{
	int fd = shared_memory_create("postern-stats", sizeof(struct table));

	if (fd < 0)
		return -1;
	struct table *mapped = map(fd);
	if (!mapped) {
		int error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	put(&mapped->layout, layout());
	put(&mapped->slots, SLOTS_FIRST);
	use(mapped, SLOT_MASTER);
	set_name(&mapped->processes[SLOT_MASTER], "master");
	put(&mapped->processes[SLOT_MASTER].pid, (uint64_t)getpid());
	return fd;
}

static bool has_table(int fd)
{
	return shared_memory_has_size(fd, sizeof(struct table));
}

int stats_adopt(int fd, unsigned slot)
{
	if (slot < SLOTS_FIRST || slot >= STATS_SLOTS) {
		errno = EINVAL;
		return -1;
	}
	struct table *mapped = has_table(fd) ? map(fd) : NULL;
	if (!mapped && has_table(fd))
		return -1;
	close(fd);
	if (mapped && get(&mapped->layout) != layout()) {
		munmap(mapped, sizeof(*mapped));
		mapped = NULL;
	}
	use(mapped, slot);
	return 0;
}

unsigned stats_own_slot(void)
{
	return own_slot;
}

/* The master's part. It believes nothing that it reads in the table but numbers. */

static bool in_use[STATS_SLOTS];
static uint64_t sequence;

/* What follows is seen as a whole, or not at all (as the kernel's seqlocks have it). */
static void begin_change(void)
{
	put(&table->sequence, ++sequence);
	atomic_thread_fence(memory_order_release);
}

static void end_change(void)
{
	atomic_store_explicit(&table->sequence, ++sequence, memory_order_release);
}

static void forget_process(struct process *process)
{
	set_name(process, "");
	put(&process->pid, 0);
	put(&process->bytes, 0);
	put(&process->cpu_ns, 0);
}

unsigned stats_allot(const char *name)
{
	static uint64_t slots = SLOTS_FIRST;
	unsigned slot = SLOTS_FIRST;

	if (!table)
		return slot;
	while (slot < STATS_SLOTS - 1 && in_use[slot])
		slot++;
	in_use[slot] = true;
	slots = slot >= slots ? slot + 1 : slots;
	begin_change();
	set_name(&table->processes[slot], name);
	put(&table->slots, slots);
	end_change();
	return slot;
}

void stats_tell_process(unsigned slot, pid_t pid)
{
	if (table)
		put(&table->processes[slot].pid, (uint64_t)pid);
}

void stats_tell_usage(unsigned slot, uint64_t bytes, uint64_t cpu_ns)
{
	if (!table)
		return;
	put(&table->processes[slot].bytes, bytes);
	put(&table->processes[slot].cpu_ns, cpu_ns);
}

static void fold_cells(struct slot *to, struct slot *from)
{
	for (enum stats_id stat = 0; stat < STAT__COUNT; stat++) {
		const struct stat_info *info = &stat_infos[stat];
		for (unsigned i = info->first; i < info->first + info->cells; i++) {
			if (info->kind != STAT_KIND_GAUGE)
				add(&to->cells[i], get(&from->cells[i]));
			put(&from->cells[i], 0);
		}
	}
}

/* The key of a series, if it is one. */
static bool is_series(const struct series *series, unsigned *key)
{
	uint64_t n = get(&series->key);

	*key = (unsigned)(n - 1);
	return n > 0 && n <= STATS_KEYS;
}

static void fold_series(struct slot *to, struct slot *from)
{
	unsigned key;

	for (unsigned i = 0; i < STATS_SERIES && is_series(&from->series[i], &key); i++) {
		struct series *series = series_of(to, key);
		for (unsigned n = 0; n < STATS_HISTOGRAM; n++)
			add(&series->cells[n], get(&from->series[i].cells[n]));
		put(&from->series[i].key, 0);
	}
}

void stats_reap(unsigned slot)
{
	if (!table)
		return;
	struct slot *departed = &table->all[SLOT_EXITED];

	begin_change();
	fold_cells(departed, &table->all[slot]);
	fold_series(departed, &table->all[slot]);
	forget_process(&table->processes[slot]);
	end_change();
	in_use[slot] = false;
}

uint64_t stats_read(unsigned slot, enum stats_id stat, unsigned place)
{
	if (!table || slot >= STATS_SLOTS)
		return 0;
	return get(&table->all[slot].cells[stat_infos[stat].first + place]);
}

/* Reading. */

/* With what only the reading needs. */
struct sums {
	struct stats_sums sums;
	uint64_t cells[CELLS];
	uint8_t places[STATS_KEYS];
};

static struct stats_series *sum_of(struct sums *s, unsigned key)
{
	struct stats_sums *sums = &s->sums;

	if (s->places[key] == 0 && sums->nseries >= STATS_SERIES - 1)
		key = STATS_KEYS - 1;
	if (s->places[key] == 0) {
		sums->series[sums->nseries++].key = key;
		s->places[key] = (uint8_t)sums->nseries;
	}
	return &sums->series[s->places[key] - 1];
}

static void sum_slot(struct sums *s, const struct slot *slot)
{
	unsigned key;

	for (unsigned i = 0; i < CELLS; i++)
		s->cells[i] += get(&slot->cells[i]);
	for (unsigned i = 0; i < STATS_SERIES && is_series(&slot->series[i], &key); i++) {
		struct stats_series *sum = sum_of(s, key);
		for (unsigned n = 0; n < STATS_HISTOGRAM; n++)
			sum->cells[n] += get(&slot->series[i].cells[n]);
	}
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ' ';
}

/* False: nobody has this slot. */
static bool take_process(struct sums *s, const struct process *from)
{
	struct stats_process *to = &s->sums.processes[s->sums.nprocesses];
	size_t n = 0;

	for (char c; n < STATS_NAME - 1 && is_name_char(c = from->name[n]); n++)
		to->name[n] = c;
	to->name[n] = '\0';
	to->pid = (pid_t)get(&from->pid);
	to->bytes = get(&from->bytes);
	to->cpu_ns = get(&from->cpu_ns);
	s->sums.nprocesses += n > 0;
	return n > 0;
}

/* False: something changed meanwhile. */
static bool sum_once(struct sums *s)
{
	uint64_t before = atomic_load_explicit(&table->sequence, memory_order_acquire);
	uint64_t slots = get(&table->slots);

	memset(s, 0, sizeof(*s));
	s->sums.cells = s->cells;
	for (uint64_t i = 0; i < STATS_SLOTS && i < slots; i++)
		if (i == SLOT_EXITED || take_process(s, &table->processes[i]))
			sum_slot(s, &table->all[i]);
	atomic_thread_fence(memory_order_acquire);
	return before % 2 == 0 && get(&table->sequence) == before;
}

struct stats_sums *stats_sum(void)
{
	const struct timespec pause = { .tv_nsec = TRY_AGAIN_NS };

	if (!table) {
		errno = ENOTSUP;
		return NULL;
	}
	struct sums *s = malloc(sizeof(*s));
	if (!s)
		return NULL;
	for (int i = 0; i < TRIES; i++) {
		if (sum_once(s))
			return &s->sums;
		nanosleep(&pause, NULL);
	}
	free(s);
	errno = EAGAIN;
	return NULL;
}
