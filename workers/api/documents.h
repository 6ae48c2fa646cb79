/*
 * What is answered without asking dbd: the home message, the OpenAPI document, the pages that show
 * it. All are made once, at start.
 */
#ifndef POSTERN_DOCUMENTS_H
#define POSTERN_DOCUMENTS_H

#include "routes.h"

struct document_text {
	struct str type;   /* Content-Type */
	struct str own;    /* further header lines of its own */
	struct str fields; /* … and its ETag */
	struct str body;
	struct str packed_fields, packed; /* the same in gzip; "" if it is too short for that */
};

struct gzip;

/* Makes all of them, in the arena. root is the path under which clients see us, or "". */
void documents_build(struct document_text documents[DOCUMENT__COUNT], const struct routes *routes,
	struct str root, struct arena *arena);

/* Adds what clients get that take gzip, in the arena. */
void documents_pack(
	struct document_text documents[DOCUMENT__COUNT], struct gzip *gzip, struct arena *arena);

#endif
