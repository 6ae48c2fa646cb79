/* Writing: the engine's operations that change rows (engine.h), within a transaction. */
#ifndef POSTERN_PG_WRITES_H
#define POSTERN_PG_WRITES_H

#include "engine.h"

enum fault pg_insert(struct engine *engine, const struct record *record, struct written *ret);
enum fault pg_update(
	struct engine *engine, const struct record *row, uint64_t fields, struct written *ret);
enum fault pg_require_free(struct engine *engine, const struct record *record, uint64_t *ret_taken);
enum fault pg_referring(struct engine *engine, const struct resource *r, unsigned field,
	struct key key, engine_found *found, void *context);
enum fault pg_set_null(struct engine *engine, const struct resource *r, unsigned field,
	struct key key, const struct record *others);
enum fault pg_remove_below(struct engine *engine, const struct resource *r, struct key key);
enum fault pg_remove(
	struct engine *engine, const struct resource *r, struct key key, bool *ret_done);
enum fault pg_remove_rows(
	struct engine *engine, const struct engine_row *rows, size_t count, bool *ret_done);
enum fault pg_find_linked(struct engine *engine, const struct resource *table, enum link_end end,
	struct key key, engine_found *found, void *context);
enum fault pg_link(
	struct engine *engine, const struct resource *table, const struct key ends[LINK_ENDS]);
enum fault pg_unlink(struct engine *engine, const struct resource *table,
	const struct key ends[LINK_ENDS], bool *ret_done);
enum fault pg_unlink_all(
	struct engine *engine, const struct resource *table, enum link_end end, struct key key);

#endif
