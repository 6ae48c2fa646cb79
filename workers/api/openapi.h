/* /openapi.json, made from the declarations and the routes, byte for byte as FastAPI writes it
 * (OpenAPI 3.1.0). */
#ifndef POSTERN_OPENAPI_H
#define POSTERN_OPENAPI_H

#include "buf.h"
#include "routes.h"

/* Appends the document. root is the URL path of the server, or "" for a document without servers.
 * Scratch memory comes from the arena. The buffer's failure is sticky. */
void openapi_write(
	struct buf *out, const struct routes *routes, struct str root, struct arena *arena);

#endif
