/*
 * Writing rows. What SQLite refuses by its constraints costs no extra statement; only a table that
 * settles conflicts in another way (conflict_clauses.h) is asked before.
 */
#ifndef POSTERN_STORE_WRITES_H
#define POSTERN_STORE_WRITES_H

#include "engine.h"

/* See engine.h for all of them. */
enum fault store_insert(struct engine *engine, const struct record *record, struct written *ret);
enum fault store_update(
	struct engine *engine, const struct record *row, uint64_t fields, struct written *ret);
enum fault store_require_free(
	struct engine *engine, const struct record *record, uint64_t *ret_taken);
enum fault store_find_parent(
	struct engine *engine, const struct resource *r, struct key key, struct key *ret_parent);
enum fault store_find_referred(struct engine *engine, const struct resource *r, struct key key,
	unsigned field, struct key *ret_key, bool *ret_there);
enum fault store_referring(struct engine *engine, const struct resource *r, unsigned field,
	struct key key, engine_found *found, void *context);
enum fault store_set_null(struct engine *engine, const struct resource *r, unsigned field,
	struct key key, const struct record *others);
enum fault store_remove_below(struct engine *engine, const struct resource *r, struct key key);
enum fault store_remove(
	struct engine *engine, const struct resource *r, struct key key, bool *ret_done);

#endif
