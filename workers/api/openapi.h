/* /openapi.json, from the descriptors and the routes, as FastAPI writes it (OpenAPI 3.1.0). */
#ifndef POSTERN_OPENAPI_H
#define POSTERN_OPENAPI_H

#include "buf.h"
#include "routes.h"

/* Appends the document; root, if it is not "", is where its server is. Scratch memory comes from
 * the arena. */
void openapi_write(
	struct buf *out, const struct routes *routes, struct str root, struct arena *arena);

#endif
