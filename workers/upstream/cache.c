#include "cache.h"

#include "doorkeeper.h"
#include "log.h"
#include "loop.h"
#include "stats.h"

#include <stdlib.h>

enum {
	BUCKET_BITS = 14,
	BUCKETS = 1 << BUCKET_BITS,
	PART_MAX = 4 /* one answer may take 1/PART_MAX of the cache */
};

struct cache_entry {
	struct pinnable pinnable;
	struct cache *cache;
	struct cache_entry *next;          /* in the bucket */
	struct cache_entry *newer, *older; /* by use, while it is not pinned */
	const struct resource *resource;
	struct key key;
	struct generation_stamp stamp;
	unsigned bucket;
	unsigned pins;
	uint8_t action;  /* enum action */
	uint8_t coding;  /* enum coding */
	bool dropped;    /* cannot be found any more; the last unpin frees it */
	uint32_t fields; /* bytes of answer that are header lines */
	size_t text;     /* bytes of answer that are content, after them */
	char answer[];
};

struct cache {
	const struct generations *table;
	size_t bytes, limit;
	size_t pinned;                       /* bytes of these that cannot be freed now */
	struct cache_entry *newest, *oldest; /* of those not pinned */
	const void *gatherer;                /* NULL: none */
	struct buf gathered;
	struct cache_entry *buckets[BUCKETS];
	struct doorkeeper doorkeeper; /* notes what was not admitted, or has become invalid */
};

struct cache *cache_new(const struct generations *table, size_t bytes)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (!c)
		log_die("out of memory for the cache");
	c->table = table;
	c->limit = bytes;
	buf_init(&c->gathered, bytes / PART_MAX);
	return c;
}

/* Lists have no key. */
static struct key key_of(const struct command *command)
{
	return command->action == ACTION_READ ? command->key : key_none();
}

/* Fibonacci hashing spreads consecutive keys. */
static uint64_t hash_of(const struct command *command)
{
	uint64_t n = key_number(key_of(command)) * 8 + 2UL * command->resource->number +
		     (command->action == ACTION_LIST);

	return n * UINT64_C(0x9e3779b97f4a7c15);
}

static unsigned bucket_of(const struct command *command)
{
	return (unsigned)(hash_of(command) >> (64 - BUCKET_BITS));
}

static bool is_of(const struct cache_entry *e, const struct command *command, enum coding coding)
{
	return e->coding == coding && e->action == command->action &&
	       e->resource == command->resource && key_equal(e->key, key_of(command));
}

static struct cache_entry *find(
	const struct cache *c, const struct command *command, enum coding coding)
{
	struct cache_entry *e = c->buckets[bucket_of(command)];

	while (e && !is_of(e, command, coding))
		e = e->next;
	return e;
}

static void link_newest(struct cache *c, struct cache_entry *e)
{
	e->newer = NULL;
	e->older = c->newest;
	*(c->newest ? &c->newest->newer : &c->oldest) = e;
	c->newest = e;
}

static void unlink_used(struct cache *c, struct cache_entry *e)
{
	*(e->newer ? &e->newer->older : &c->newest) = e->older;
	*(e->older ? &e->older->newer : &c->oldest) = e->newer;
}

static size_t bytes_of(const struct cache_entry *e)
{
	return sizeof(*e) + e->fields + e->text;
}

static void free_entry(struct cache *c, struct cache_entry *e)
{
	c->bytes -= bytes_of(e);
	stats_set(STAT_CACHE_BYTES, c->bytes);
	free(e);
}

static void drop(struct cache *c, struct cache_entry *e)
{
	struct cache_entry **place = &c->buckets[e->bucket];

	while (*place != e)
		place = &(*place)->next;
	*place = e->next;
	e->dropped = true;
	if (e->pins > 0)
		return;
	unlink_used(c, e);
	free_entry(c, e);
}

/* Evicts entries until at most this many bytes are cached, or only pinned entries are left. */
static void drop_until(struct cache *c, size_t bytes)
{
	struct cache_entry *newer;

	for (struct cache_entry *e = c->oldest; e && c->bytes > bytes; e = newer) {
		newer = e->newer;
		drop(c, e);
	}
}

void cache_free(struct cache *c)
{
	if (!c)
		return;
	drop_until(c, 0);
	buf_done(&c->gathered);
	free(c);
}

struct cache_entry *cache_find(struct cache *c, const struct command *command, enum coding coding)
{
	struct cache_entry *e = find(c, command, coding);

	if (!e)
		return NULL;
	if (!generations_hold(c->table, &e->stamp)) {
		drop(c, e);
		doorkeeper_note(&c->doorkeeper, hash_of(command));
		return NULL;
	}
	if (e->pins == 0 && e != c->newest) {
		unlink_used(c, e);
		link_newest(c, e);
	}
	return e;
}

bool cache_must_confirm(const struct cache *c)
{
	return c->limit > 0 && generations_must_confirm(c->table);
}

bool cache_has_server(const struct cache *c)
{
	return generations_must_confirm(c->table);
}

enum coding cache_coding(const struct cache_entry *e)
{
	return (enum coding)e->coding;
}

struct str cache_text(const struct cache_entry *e)
{
	return (struct str){ e->answer + e->fields, e->text };
}

struct str cache_fields(const struct cache_entry *e)
{
	return (struct str){ e->answer, e->fields };
}

struct generation_stamp cache_stamp_of(const struct cache_entry *e)
{
	return e->stamp;
}

static void pin_entry(struct pinnable *pinnable)
{
	struct cache_entry *e = CONTAINER_OF(pinnable, struct cache_entry, pinnable);
	struct cache *c = e->cache;

	if (e->pins++ > 0)
		return;
	unlink_used(c, e);
	c->pinned += bytes_of(e);
}

static void unpin_entry(struct pinnable *pinnable)
{
	struct cache_entry *e = CONTAINER_OF(pinnable, struct cache_entry, pinnable);
	struct cache *c = e->cache;

	if (--e->pins > 0)
		return;
	c->pinned -= bytes_of(e);
	if (e->dropped)
		free_entry(c, e);
	else
		link_newest(c, e);
}

static const struct pin_ops pin_ops = { pin_entry, unpin_entry };

struct pinnable *cache_pinnable(struct cache_entry *e)
{
	return &e->pinnable;
}

bool cache_stamp(
	const struct cache *c, const struct command *command, struct generation_stamp *stamp)
{
	const struct resource *r = command->resource;
	bool of_row = command->action == ACTION_READ && !r->is_far;
	unsigned place = of_row ? generations_row(r, command->key) : generations_list(r);

	return c->limit > 0 && generations_stamp(c->table, place, stamp);
}

/* Others must be evicted for what is not known yet. */
static bool admits(struct cache *c, const struct command *command, size_t size)
{
	return c->bytes <= c->limit - size || doorkeeper_note(&c->doorkeeper, hash_of(command));
}

void cache_put(struct cache *c, const struct command *command, enum coding coding,
	const struct generation_stamp *stamp, struct str fields, struct str text)
{
	size_t size = sizeof(struct cache_entry) + fields.len + text.len;

	if (size > c->limit / PART_MAX || fields.len > UINT32_MAX || size > c->limit - c->pinned ||
		!generations_hold(c->table, stamp))
		return;
	struct cache_entry *e = find(c, command, coding);
	if (e)
		drop(c, e);
	else if (!admits(c, command, size))
		return;
	drop_until(c, c->limit - size);
	e = malloc(size);
	if (!e)
		return;
	*e = (struct cache_entry){ .pinnable.ops = &pin_ops,
		.cache = c,
		.resource = command->resource,
		.action = (uint8_t)command->action,
		.coding = (uint8_t)coding,
		.key = key_of(command),
		.stamp = *stamp,
		.bucket = bucket_of(command),
		.next = c->buckets[bucket_of(command)],
		.fields = (uint32_t)fields.len,
		.text = text.len };
	memcpy(e->answer, fields.ptr, fields.len);
	memcpy(e->answer + fields.len, text.ptr, text.len);
	c->buckets[e->bucket] = e;
	link_newest(c, e);
	c->bytes += size;
	stats_set(STAT_CACHE_BYTES, c->bytes);
}

bool cache_gather(struct cache *c, const void *gatherer, struct str part)
{
	if (c->gatherer && c->gatherer != gatherer)
		return false;
	c->gatherer = gatherer;
	buf_str(&c->gathered, part);
	if (!c->gathered.failed)
		return true;
	cache_forget_gathered(c, gatherer);
	return false;
}

void cache_put_gathered(struct cache *c, const void *gatherer, const struct command *command,
	enum coding coding, const struct generation_stamp *stamp, struct str fields)
{
	if (c->gatherer == gatherer)
		cache_put(c, command, coding, stamp, fields, buf_view(&c->gathered));
	cache_forget_gathered(c, gatherer);
}

void cache_forget_gathered(struct cache *c, const void *gatherer)
{
	if (c->gatherer != gatherer)
		return;
	c->gatherer = NULL;
	buf_done(&c->gathered);
}
