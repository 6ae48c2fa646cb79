/* The operations of a resource that no declaration has: with a body of its input fields. */
#ifndef POSTERN_TEST_BODY_H
#define POSTERN_TEST_BODY_H

#include "resource.h"

struct body {
	struct member members[RESOURCE_MAX_FIELDS];
	struct schema schema;
	struct operation operation;
};

/* Prepares an operation that writes all input fields, or with `partial` any of them, each of which
 * may then be null. The body must stay in place. */
void body_init(struct body *body, const struct resource *r, bool partial);

#endif
