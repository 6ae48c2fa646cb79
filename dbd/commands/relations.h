/* Which rows the deletion of another one concerns: its children, and those that refer to it.
 * Derived from the declarations, once. Used by the thread that writes. */
#ifndef POSTERN_RELATIONS_H
#define POSTERN_RELATIONS_H

#include "resource.h"

#include <stdbool.h>

/* The rows of `from` have the key of a row in this field. */
struct relation {
	const struct resource *from;
	unsigned field;
	enum on_delete on_delete; /* what the deletion of that row does to them */
};

/* Rows have their key at this end of the rows of an association table. */
struct linked_end {
	const struct resource *table;
	enum link_end end;
};

struct relations {
	struct relation *list; /* in the order of api->resources and of their fields */
	unsigned count;
	struct linked_end *ends; /* of links to or from rows of this resource */
	unsigned nends;
	/* What the deletion of a row of this resource concerns are its children, theirs, and so on,
	 * and all of them are deleted with it. */
	bool is_plain;
};

/* The relations to the rows of a resource. Aborts when out of memory. */
const struct relations *relations_to(const struct resource *r);

#endif
