/* Decides from Content-Type whether a body is JSON, as FastAPI does. */
#ifndef POSTERN_CONTENT_TYPE_H
#define POSTERN_CONTENT_TYPE_H

#include "str.h"

#include <stdbool.h>

/* True for application/json and application/<anything>+json (RFC 6839 3.1), in any case. Parameters
 * are ignored, including charset. header_value is the value of the first Content-Type field in
 * Latin-1; "" if it is absent. */
bool content_type_is_json(struct str header_value);

#endif
