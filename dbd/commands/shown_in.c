#include "shown_in.h"

enum fault shown_in_note(struct engine *engine, const struct resource *r, int64_t parent)
{
	enum fault fault = FAULT_NONE;

	while (engine->changes && r->embedded && fault == FAULT_NONE) {
		r = r->parent;
		changes_note(engine->changes, r, parent);
		if (r->embedded)
			fault = engine->ops->find_parent(engine, r, parent, &parent);
	}
	/* A row that is not there is shown nowhere. */
	return fault == FAULT_NOT_FOUND ? FAULT_NONE : fault;
}
