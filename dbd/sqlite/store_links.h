/* Links between rows: engine.h says what each of these does. */
#ifndef POSTERN_STORE_LINKS_H
#define POSTERN_STORE_LINKS_H

#include "engine.h"

enum fault store_find_linked(struct engine *engine, const struct resource *table, enum link_end end,
	struct key key, engine_found *found, void *context);
enum fault store_link(
	struct engine *engine, const struct resource *table, const struct key ends[LINK_ENDS]);
enum fault store_unlink(struct engine *engine, const struct resource *table,
	const struct key ends[LINK_ENDS], bool *ret_done);
enum fault store_unlink_all(
	struct engine *engine, const struct resource *table, enum link_end end, struct key key);

#endif
