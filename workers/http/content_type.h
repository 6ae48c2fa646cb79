/* Whether a body is to be read as JSON: what FastAPI makes of the Content-Type header. */
#ifndef POSTERN_CONTENT_TYPE_H
#define POSTERN_CONTENT_TYPE_H

#include "str.h"

#include <stdbool.h>

/* header_value is the value of the first Content-Type header, as Latin-1; empty when there is none.
 * True for application/json and application/<anything>+json (RFC 6839, 3.1), in any case;
 * parameters, charset too, are ignored. */
bool content_type_is_json(struct str header_value);

#endif
