/*
 * An API with relations of all kinds, for tests of their own:
 *
 *	author > book > review, each embedded in its parent; author > award, embedded too
 *	category, which may refer to a category above it
 *	shop > product, embedded, which refers to a category, and may refer to an author
 *	shop > sale, which refers to a product and keeps it from being deleted
 *	shop > lease, which keeps the shop from being deleted
 *	cellar > shelf, embedded, which may refer to a category, until that is deleted
 *	stamp: what the server sets
 */
#ifndef POSTERN_TEST_RELATED_H
#define POSTERN_TEST_RELATED_H

#include "resource.h"

/* Its resources, from related_use_api on. */
extern const struct resource *author, *book, *review, *award, *category, *shop, *product, *sale,
	*lease, *cellar, *shelf, *stamp;

/* Uses this API in the program. */
void related_use_api(void);

#endif
