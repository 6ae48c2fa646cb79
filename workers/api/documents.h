/*
 * The documents: the home message, /openapi.json and the pages that show it. All are built once, at
 * start.
 */
#ifndef POSTERN_DOCUMENTS_H
#define POSTERN_DOCUMENTS_H

#include "routes.h"

struct document_text {
	struct str type;   /* Content-Type */
	struct str own;    /* header lines of this document */
	struct str fields; /* its ETag, then own */
	struct str body;
	struct str packed_fields, packed; /* the same in gzip; "" if it is too short */
};

struct gzip;

/* Builds all documents in the arena. root is the path under which clients see the API, or "". */
void documents_build(struct document_text documents[DOCUMENT__COUNT], const struct routes *routes,
	struct str root, struct arena *arena);

/* Adds the form in gzip of each document that is long enough, in the arena. */
void documents_pack(
	struct document_text documents[DOCUMENT__COUNT], struct gzip *gzip, struct arena *arena);

#endif
