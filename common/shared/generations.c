#include "generations.h"

#include "shared_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

struct generations {
	_Atomic uint64_t epoch;
	_Atomic bool must_confirm;
	_Atomic uint64_t counts[GENERATIONS_PLACES];
};

/* Atomics with a lock do not work between processes. */
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "64-bit atomics need a lock here");

static bool is_odd(uint64_t count)
{
	return count & 1;
}

static int open_read_only(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int opened = open(path, O_RDONLY | O_CLOEXEC);
	return opened >= 0 ? opened : fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

int generations_create(int fds[GENERATIONS_END__COUNT])
{
	int fd = shared_memory_create("postern-generations", sizeof(struct generations));

	if (fd < 0)
		return -1;
	fds[GENERATIONS_WRITE] = fd;
	fds[GENERATIONS_READ] = open_read_only(fd);
	if (fds[GENERATIONS_READ] >= 0)
		return 0;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

struct generations *generations_map(int fd, enum generations_end end)
{
	struct generations *table = shared_memory_map(fd, sizeof(*table), end == GENERATIONS_WRITE);

	if (table)
		close(fd);
	return table;
}

/* Consecutive keys have consecutive counters, so the latest 16,384 rows do not share any. */
unsigned generations_row(const struct resource *r, struct key key)
{
	/* Multiples of the golden ratio of the table's size keep the rows of resources apart. */
	uint64_t n = key_number(key) + r->number * UINT64_C(10126);

	return GENERATIONS_LISTS + (unsigned)(n % GENERATIONS_ROWS);
}

unsigned generations_list(const struct resource *r)
{
	return r->number % GENERATIONS_LISTS;
}

bool generations_stamp(const struct generations *g, unsigned place, struct generation_stamp *stamp)
{
	*stamp = (struct generation_stamp){
		.place = place,
		.count = atomic_load(&g->counts[place]),
		.epoch = atomic_load(&g->epoch),
	};
	return !is_odd(stamp->count);
}

bool generations_hold(const struct generations *g, const struct generation_stamp *stamp)
{
	return atomic_load(&g->counts[stamp->place]) == stamp->count &&
	       atomic_load(&g->epoch) == stamp->epoch;
}

void generations_mark(struct generations *g, unsigned place)
{
	if (!is_odd(atomic_load(&g->counts[place])))
		atomic_fetch_add(&g->counts[place], 1);
}

void generations_settle(struct generations *g, unsigned place)
{
	if (is_odd(atomic_load(&g->counts[place])))
		atomic_fetch_add(&g->counts[place], 1);
}

void generations_advance(struct generations *g, unsigned place)
{
	if (!is_odd(atomic_load(&g->counts[place])))
		atomic_fetch_add(&g->counts[place], 2);
}

void generations_invalidate_all(struct generations *g)
{
	atomic_fetch_add(&g->epoch, 1);
	for (unsigned place = 0; place < GENERATIONS_PLACES; place++)
		generations_settle(g, place);
}

void generations_set_must_confirm(struct generations *g, bool must)
{
	atomic_store(&g->must_confirm, must);
}

bool generations_must_confirm(const struct generations *g)
{
	return atomic_load_explicit(&g->must_confirm, memory_order_relaxed);
}
