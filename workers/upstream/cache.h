/*
 * Answers that are still true: the JSON of rows and lists, each with the stamp (generations.h) that
 * was noted before dbd was asked. Bounded in bytes; what was used least recently goes first.
 *
 * Who sends an answer may hold it meanwhile. It then stays where it is, even when it is true no
 * more, and its bytes count for as long: when all of them are held, nothing else is kept.
 */
#ifndef POSTERN_CACHE_H
#define POSTERN_CACHE_H

#include "buf.h"
#include "command.h"
#include "generations.h"

struct cache;

/* An answer that is kept. */
struct cache_entry;

/* One command may have an answer in each. */
enum coding { CODING_NONE, CODING_GZIP };

/* At most so many bytes, of which there are none at first; with 0 nothing is ever kept. The table
 * stays the caller's. Aborts when out of memory. */
struct cache *cache_new(const struct generations *table, size_t bytes);

/* Nothing may be held any more. */
void cache_free(struct cache *cache);

/* The answer to a READ or a LIST, if it is there and nothing has changed since; else NULL.
 * Borrowed, until the next call of cache_find or cache_put*, unless it is held. */
struct cache_entry *cache_find(
	struct cache *cache, const struct command *command, enum coding coding);

/* Its content, and the header lines of its own. Borrowed for as long as the answer is. */
struct str cache_text(const struct cache_entry *kept);
struct str cache_fields(const struct cache_entry *kept);

/* As of when it is true. */
struct generation_stamp cache_stamp_of(const struct cache_entry *kept);

/* As often as it is held it must be released. */
void cache_hold(struct cache *cache, struct cache_entry *kept);
void cache_release(struct cache *cache, struct cache_entry *kept);

/* Notes what is true now, before dbd is asked. False: no answer to this command can be kept. */
bool cache_stamp(
	const struct cache *cache, const struct command *command, struct generation_stamp *stamp);

/* Keeps a copy of the answer, unless it is too large or the stamp holds no more. */
void cache_put(struct cache *cache, const struct command *command, enum coding coding,
	const struct generation_stamp *stamp, struct str fields, struct str text);

/* The same of an answer that comes in parts. One at a time is gathered, for the first who asks
 * (who: any pointer of his). False: this one will not be kept. */
bool cache_gather(struct cache *cache, const void *who, struct str part);
void cache_put_gathered(struct cache *cache, const void *who, const struct command *command,
	enum coding coding, const struct generation_stamp *stamp, struct str fields);

/* Forgets what was gathered for him, if anything was. */
void cache_forget_gathered(struct cache *cache, const void *who);

#endif
