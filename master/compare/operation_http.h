/* The HTTP side of operations, as a client sees it. */
#ifndef POSTERN_OPERATION_HTTP_H
#define POSTERN_OPERATION_HTTP_H

#include "request.h"

enum { OPERATION_PARAMETERS_MOST = 2 };

const char *operation_method(const struct operation *operation);

/* The resource whose key the nth parameter of the path is; NULL if it has none. */
const struct resource *operation_parameter(const struct operation *operation, unsigned nth);

/* Writes the path with the given parts in place of its parameters, in their order. */
typedef void operation_part_writer(struct paired *out, unsigned nth, void *context);
void operation_write_path(const struct operation *operation, operation_part_writer *write_part,
	void *context, struct paired *out);

/* True if a method has an operation on the path of this one. */
bool operation_path_has(const struct operation *operation, const char *method);

/* True if no earlier operation has the same path. */
bool operation_is_first_of_path(const struct operation *operation);

#endif
