#include "operation_http.h"

#include "table.h"

/* Whose keys are in the path. */
enum owner { OWNER_NONE, OWNER_PARENT, OWNER_ROW, OWNER_ENDS };

/* clang-format off */
#define ACTIONS(ROW) \
	ROW(ACTION_LIST,     "GET",    OWNER_NONE) \
	ROW(ACTION_CREATE,   "POST",   OWNER_PARENT) \
	ROW(ACTION_READ,     "GET",    OWNER_ROW) \
	ROW(ACTION_UPDATE,   "PATCH",  OWNER_ROW) \
	ROW(ACTION_DELETE,   "DELETE", OWNER_ROW) \
	ROW(ACTION_REPLACE,  "PUT",    OWNER_ROW) \
	ROW(ACTION_CHILDREN, "GET",    OWNER_PARENT) \
	ROW(ACTION_LINK,     "POST",   OWNER_ENDS) \
	ROW(ACTION_UNLINK,   "DELETE", OWNER_ENDS)
/* clang-format on */

static const struct {
	const char *method;
	enum owner owner;
} actions[] = { ACTIONS(TABLE_ROW) };
TABLE_IS_WHOLE(ACTIONS, ACTION__COUNT);

const char *operation_method(const struct operation *operation)
{
	return actions[operation->action].method;
}

static unsigned count_parameters(const struct operation *operation)
{
	unsigned count = 0;

	for (const char *at = operation->path; (at = strchr(at, '{')); at++)
		count++;
	return count;
}

const struct resource *operation_parameter(const struct operation *operation, unsigned nth)
{
	if (nth >= count_parameters(operation))
		return NULL;
	switch (actions[operation->action].owner) {
	case OWNER_NONE:
		break;
	case OWNER_PARENT:
		return operation->resource->parent;
	case OWNER_ROW:
		return operation->resource;
	case OWNER_ENDS:
		return operation->resource->fields[operation->links].links->table->fields[nth].to;
	}
	return NULL;
}

void operation_write_path(const struct operation *operation, operation_part_writer *write_part,
	void *context, struct paired *out)
{
	unsigned nth = 0;

	for (const char *at = operation->path; *at;) {
		size_t n = strcspn(at, "{");
		paired_str(out, (struct str){ at, n });
		at += n;
		if (!*at)
			break;
		write_part(out, nth++, context);
		at += strcspn(at, "}");
		at += *at == '}';
	}
}

/* Calls found for each operation until it returns true. */
typedef bool operation_finder(const struct operation *operation, const void *context);

static const struct operation *find_operation(operation_finder *found, const void *context)
{
	for (unsigned i = 0; i < api->nresources; i++) {
		const struct resource *r = api->resources[i];
		for (unsigned o = 0; o < r->noperations; o++)
			if (found(&r->operations[o], context))
				return &r->operations[o];
	}
	return NULL;
}

struct sought {
	const char *path, *method;
};

static bool has_path(const struct operation *operation, const void *context)
{
	const struct sought *sought = context;

	return strcmp(operation->path, sought->path) == 0 &&
	       (!sought->method || strcmp(operation_method(operation), sought->method) == 0);
}

bool operation_path_has(const struct operation *operation, const char *method)
{
	return find_operation(has_path, &(struct sought){ operation->path, method }) != NULL;
}

bool operation_is_first_of_path(const struct operation *operation)
{
	return find_operation(has_path, &(struct sought){ operation->path, NULL }) == operation;
}
