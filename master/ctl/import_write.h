/* Makes the declaration of what was found. */
#ifndef POSTERN_IMPORT_WRITE_H
#define POSTERN_IMPORT_WRITE_H

#include "import_model.h"

/* Returns the declaration, and fills the list of checks with nodes of it. NULL if no resource is
 * served.
 */
const struct json *import_declare(struct import *im);

#endif
