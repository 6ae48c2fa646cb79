/* Which rows cannot be without another one: its children, and those that refer to it. Derived from
 * the declarations, once. Used by the thread that writes. */
#ifndef POSTERN_RELATIONS_H
#define POSTERN_RELATIONS_H

#include "resource.h"

#include <stdbool.h>

/* The rows of `from` have the key of a row in this field. */
struct relation {
	const struct resource *from;
	unsigned field;
	bool restricts; /* they keep that row from being deleted; else they are deleted with it */
};

struct relations {
	struct relation *list; /* in the order of api->resources and of their fields */
	unsigned count;
	/* Nothing restricts the deletion of a row of this resource, and what is deleted with it are
	 * its children, theirs, and so on. */
	bool is_plain;
};

/* The relations to the rows of a resource. Aborts when out of memory. */
const struct relations *relations_to(const struct resource *r);

#endif
