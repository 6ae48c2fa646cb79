/*
 * The schemas of /openapi.json: the classes that operations take and answer, and what these have in
 * them. A class that is taken and answered is two, "X-Input" and "X-Output", if its schemas differ.
 */
#ifndef POSTERN_COMPONENTS_H
#define POSTERN_COMPONENTS_H

#include "field_schema.h"
#include "routes.h"

struct components;

/* Collects the schemas that the operations of these routes need. All is in the arena. */
struct components *components_collect(const struct routes *routes, struct arena *arena);

/* Appends {"$ref":…} to a collected class, for INPUT or OUTPUT. */
void components_write_ref(struct buf *out, const struct components *components,
	const struct schema *schema, enum schema_form form);

/* Appends "components":{…} with a comma before it; nothing if there are no schemas. */
void components_write(struct buf *out, const struct components *components);

/* What these modules tell of an operation. */

/* The parameters of the query; NULL: it has none. */
static inline const struct list_rules *operation_query(const struct operation *o)
{
	const struct list_rules *list = o->resource->list;

	return o->answer == ANSWER_ROWS && list && list->nparameters > 0 ? list : NULL;
}

/* The object around the rows of the answer; NULL: there is none. */
static inline const struct list_rules *operation_page(const struct operation *o)
{
	const struct list_rules *list = o->resource->list;

	return o->answer == ANSWER_ROWS && list && list->page_schema ? list : NULL;
}

/* True if FastAPI adds the 422: to each operation with a parameter or a body. */
bool operation_validates(const struct endpoint *e, const struct operation *o);

/* The further responses of an operation; NULL: none. */
const struct json *operation_responses(const struct operation *o, struct arena *arena);

#endif
