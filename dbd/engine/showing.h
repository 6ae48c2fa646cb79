/*
 * Which cached answers show the rows of a resource, by the schemas of the current declaration and
 * of earlier ones: workers of all of them may have cached such an answer. Derived once. Used by the
 * thread that writes.
 */
#ifndef POSTERN_SHOWING_H
#define POSTERN_SHOWING_H

#include "resource.h"

/* A field of a resource has the key of a row, its owner, inside of which the resource's row is
 * shown. */
struct owner {
	unsigned field;            /* of the resource */
	const struct resource *of; /* the owner's resource */
	bool is_read;        /* a READ of the owner shows the row, and has the owner's stamp */
	struct owner *above; /* those of the owner, whose READs show the row, too */
	struct owner *next;  /* of the same row */
};

struct showing {
	struct owner *owners; /* of the rows of this resource; NULL: none */
	/* The counters (generations.h) of the lists whose answers show rows of this resource, and
	 * those that READs with far rows have. Not the resource's own. */
	const unsigned *lists;
	unsigned nlists;
	/* Rows below those of this resource have owners that are not their parents. */
	bool has_others_below;
};

/* Of a current resource. Aborts when out of memory. */
const struct showing *showing_of(const struct resource *r);

#endif
