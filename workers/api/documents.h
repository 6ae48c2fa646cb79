/*
 * The documents: the constants, /openapi.json and the pages that show it. Each is made when it
 * is first asked for, since that of many resources takes longer than the rest of a worker's start.
 * From then on it stays as it is.
 */
#ifndef POSTERN_DOCUMENTS_H
#define POSTERN_DOCUMENTS_H

#include "routes.h"

struct gzip;

struct document_text {
	struct str type;   /* Content-Type */
	struct str fields; /* ETag, and the header lines of this document */
	struct str body;
	struct str packed_fields, packed; /* the same in gzip, once it is packed */
};

struct documents {
	const struct routes *routes;
	struct str root;
	struct gzip *gzip;
	struct arena *arena;
	struct document_text *texts; /* by number; type.ptr is NULL: not made yet */
};

/* Prepares the documents; all that they need, now and later, is in the arena. root is the path
 * under which clients see the API, or "". gzip is NULL if none is to be compressed. What the
 * arguments point to must live as long as the documents. */
struct documents *documents_new(
	const struct routes *routes, struct str root, struct gzip *gzip, struct arena *arena);

/* The document or constant with this number (routes.h), without its packed form. Aborts if memory
 * is missing. */
const struct document_text *documents_text(struct documents *documents, unsigned number);

/* Adds the packed form to a document that documents_text has returned. Returns false if it has
 * none: without gzip, if it is too short, or if memory is missing. */
bool documents_pack(struct documents *documents, unsigned number);

#endif
