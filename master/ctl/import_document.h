/* Reads an OpenAPI document as FastAPI writes it. */
#ifndef POSTERN_IMPORT_DOCUMENT_H
#define POSTERN_IMPORT_DOCUMENT_H

#include "import_model.h"

enum {
	IMPORT_DOCUMENT_MOST = 16 * 1024 * 1024, /* bytes */
	IMPORT_DEPTH_MOST = 64,                  /* of the nesting of values */
	IMPORT_ROUTES_MOST = 4096,
	IMPORT_SCHEMAS_MOST = 4096,
};

/* Parses the text and sets document, routes and schemas. The text is borrowed. Returns false with
 * the reason in *error. */
bool import_read_document(struct import *im, struct str text, struct buf *error)
	__attribute__((warn_unused_result));

#endif
