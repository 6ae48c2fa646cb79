/*
 * Earlier declarations. After a reload, workers that have not been replaced yet still have the
 * declaration that they were started with, and send and get rows as it declares them. dbd knows all
 * of these declarations. It acts by the current one, `api`, which only adds to them
 * (declaration_extends.h): it converts what comes from such a worker, and the rows that go to it.
 *
 * A resource has the same number in all of them. Set once, before there are other threads.
 */
#ifndef POSTERN_EARLIER_H
#define POSTERN_EARLIER_H

#include "command.h"

/* Takes the declarations after the first one of the list; that is the current one. They must live
 * from now on. May be called again. Aborts when out of memory. */
void earlier_use(const struct api *const *list, unsigned count);

/* The declaration with this fingerprint, current or earlier; NULL if it is not known. */
const struct api *earlier_find(uint64_t fingerprint);

/* The current resource that a resource of any of the declarations is. */
static inline const struct resource *earlier_current(const struct resource *r)
{
	return api->numbered[r->number];
}

/* The declarations: the current one, and after it the earlier ones. uses: how often earlier_use has
 * set them. */
unsigned earlier_count(void);
const struct api *earlier_nth(unsigned n);
unsigned earlier_uses(void);

/* Converts a worker's record to the current resource. It does not have the fields that the worker
 * does not know. */
void earlier_to_current(struct record *to, const struct record *from);

/* Converts a row of the current resource to one that a worker's declaration has. Texts are borrowed
 * from it. Returns the number of fields of the current resource; or the index of one whose value is
 * a choice that the worker does not know, and then *to is not complete. */
unsigned earlier_from_current(
	struct record *to, const struct resource *r, const struct record *from);

/* The index in the current resource of a field of a resource of any of the declarations. */
unsigned earlier_field(const struct resource *r, unsigned field);

/* Converts the fields of a current resource, as bits, to those of a worker's resource. */
uint64_t earlier_fields(const struct resource *r, uint64_t fields);

#endif
