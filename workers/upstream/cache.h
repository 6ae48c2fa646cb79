/*
 * The worker's cache of answers: the JSON of rows and lists, and their header lines, each with the
 * stamp (generations.h) that was taken before dbd was asked. An answer is found only while its
 * stamp holds. The cache is bounded in bytes. When it is full, an answer is cached the second time
 * that it is put, and the entry that was used least recently is evicted first.
 *
 * Senders pin an entry (pin.h) while its text is being sent. A pinned entry stays in memory, even
 * if it has become invalid, and its bytes count until it is unpinned: while pinned entries take up
 * the whole cache, nothing else is cached.
 */
#ifndef POSTERN_CACHE_H
#define POSTERN_CACHE_H

#include "buf.h"
#include "command.h"
#include "generations.h"
#include "pin.h"

struct cache;

/* A cached answer. */
struct cache_entry;

/* The coding of an answer. One entry per command and coding. */
enum coding { CODING_NONE, CODING_GZIP };

/* Makes a cache of at most this many bytes, allocated as they are needed; 0: nothing is ever
 * cached. Borrows the table. Never NULL: aborts when out of memory. */
struct cache *cache_new(const struct generations *table, size_t bytes);

/* Frees the cache, of which nothing may be pinned. Accepts NULL. */
void cache_free(struct cache *cache);

/* Returns the valid answer to a READ or a LIST; NULL if none is cached. The entry is borrowed until
 * the next call of cache_find or cache_put*, or, if it is pinned, until it is unpinned. */
struct cache_entry *cache_find(
	struct cache *cache, const struct command *command, enum coding coding);

/* True if dbd must have confirmed that the generations are up to date (generations.h) before a
 * valid answer may be sent. */
bool cache_must_confirm(const struct cache *cache);

/* True if dbd is a client of a database server. Known once dbd has greeted. */
bool cache_has_server(const struct cache *cache);

/* The content of an answer, and its own header lines, each with its CRLF. Borrowed as the entry is.
 */
struct str cache_text(const struct cache_entry *entry);
struct str cache_fields(const struct cache_entry *entry);

enum coding cache_coding(const struct cache_entry *entry);

/* The stamp with which the answer was put. */
struct generation_stamp cache_stamp_of(const struct cache_entry *entry);

/* The entry as something to pin. */
struct pinnable *cache_pinnable(struct cache_entry *entry);

/* Takes a stamp, before dbd is asked. Returns false if the answer to this command must not be
 * cached. */
bool cache_stamp(
	const struct cache *cache, const struct command *command, struct generation_stamp *stamp);

/* Caches a copy of the answer, in place of an earlier one. Does nothing if the answer takes more
 * than a quarter of the cache, if pinned entries leave too little room, if the stamp does not hold
 * any more, or if memory runs out; or if others would be evicted for an answer that was neither put
 * nor found to be invalid lately. */
void cache_put(struct cache *cache, const struct command *command, enum coding coding,
	const struct generation_stamp *stamp, struct str fields, struct str text);

/* Gathers the next part of an answer that comes in parts, for cache_put_gathered. The cache gathers
 * one answer at a time. gatherer is any pointer that identifies the caller. Returns false if this
 * answer will not be cached, because another one is being gathered or this one is too long. */
bool cache_gather(struct cache *cache, const void *gatherer, struct str part);

/* Caches what was gathered, as cache_put does, if this gatherer's answer is the one being gathered.
 */
void cache_put_gathered(struct cache *cache, const void *gatherer, const struct command *command,
	enum coding coding, const struct generation_stamp *stamp, struct str fields);

/* Drops what this gatherer has gathered. Does nothing if it has gathered nothing. */
void cache_forget_gathered(struct cache *cache, const void *gatherer);

#endif
