#include "heartbeat.h"

#include "shared_memory.h"

#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CACHE_LINE = 64, INTERVAL_LONGEST = 1000 /* milliseconds */ };

/* One thread at a time writes a slot, so its stores need no memory order. */
struct slot {
	alignas(CACHE_LINE) _Atomic uint64_t beats;
	_Atomic uint32_t note;
};

struct heartbeat {
	struct slot slots[HEARTBEAT_THREAD__COUNT];
};

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "64-bit atomics need a lock here");

static struct heartbeat dummy;
static struct heartbeat *own = &dummy;

int heartbeat_new(const struct heartbeat **page)
{
	int fd = shared_memory_create("postern-heartbeat", sizeof(struct heartbeat));

	if (fd < 0)
		return -1;
	const struct heartbeat *mapped = shared_memory_map(fd, sizeof(*mapped), false);
	if (mapped) {
		*page = mapped;
		return fd;
	}
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

void heartbeat_free(const struct heartbeat *page)
{
	if (page)
		munmap((void *)(uintptr_t)page, sizeof(*page));
}

int heartbeat_adopt(int fd)
{
	struct heartbeat *page = shared_memory_map(fd, sizeof(*page), true);

	if (!page)
		return -1;
	close(fd);
	own = page;
	return 0;
}

void heartbeat_beat(enum heartbeat_thread thread)
{
	struct slot *slot = &own->slots[thread];
	uint64_t beats = atomic_load_explicit(&slot->beats, memory_order_relaxed);

	atomic_store_explicit(&slot->beats, beats + 1, memory_order_relaxed);
}

/* A note has 32 bits: 8 for the activity, 8 for 1 + the action, 16 for 1 + the index of the
 * resource. 0 means no action, or no resource. */

enum { NOTE_ACTION = 8, NOTE_RESOURCE = 16 };

static void put_note(enum heartbeat_thread thread, uint32_t note)
{
	atomic_store_explicit(&own->slots[thread].note, note, memory_order_relaxed);
	heartbeat_beat(thread);
}

void heartbeat_note(enum heartbeat_thread thread, enum activity activity)
{
	put_note(thread, (uint32_t)activity);
}

void heartbeat_note_action(enum heartbeat_thread thread, enum activity activity, enum action action,
	const struct resource *resource)
{
	put_note(thread, (uint32_t)activity | ((uint32_t)action + 1) << NOTE_ACTION |
				 (resource->number + 1) << NOTE_RESOURCE);
}

uint64_t heartbeat_interval(long watchdog)
{
	uint64_t quarter = (uint64_t)watchdog * 1000 / 4;

	return quarter == 0 || quarter > INTERVAL_LONGEST ? INTERVAL_LONGEST : quarter;
}

/* The master's side. */

struct pulse heartbeat_read(const struct heartbeat *page, enum heartbeat_thread thread)
{
	const struct slot *slot = &page->slots[thread];

	return (struct pulse){ atomic_load_explicit(&slot->beats, memory_order_relaxed),
		atomic_load_explicit(&slot->note, memory_order_relaxed) };
}

static uint32_t activity_of(struct pulse pulse)
{
	return pulse.note & 0xff;
}

bool pulse_is_idle(struct pulse pulse, enum heartbeat_thread thread)
{
	return thread != HEARTBEAT_LOOP && activity_of(pulse) == ACTIVITY_WAITING;
}

void pulse_write_note(struct pulse pulse, struct buf *out)
{
	static const char *const texts[] = {
#define ACTIVITY(name, text) [ACTIVITY_##name] = text,
#include "activity.def"
#undef ACTIVITY
	};
	uint32_t activity = activity_of(pulse);
	uint32_t action = pulse.note >> NOTE_ACTION & 0xff;
	uint32_t number = pulse.note >> NOTE_RESOURCE;
	const struct resource *resource = number ? resource_numbered(number - 1) : NULL;

	buf_str(out, activity < NITEMS(texts) ? str_from(texts[activity])
					      : STR("doing something unknown"));
	if (action == 0 || action > ACTION__COUNT || !resource)
		return;
	buf_printf(out, " (%s %s)", action_name((enum action)(action - 1)), resource->plural);
}
