#include "shown_in.h"

#include "earlier.h"

enum fault shown_in_note(struct engine *engine, const struct resource *r, struct key parent)
{
	enum fault fault = FAULT_NONE;

	while (engine->changes && earlier_embeds(r) && fault == FAULT_NONE) {
		r = r->parent;
		changes_note(engine->changes, r, parent);
		if (earlier_embeds(r))
			fault = engine->ops->find_parent(engine, r, parent, &parent);
	}
	/* A row that is not there is shown nowhere. */
	return fault == FAULT_NOT_FOUND ? FAULT_NONE : fault;
}
