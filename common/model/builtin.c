#include "builtin_declaration.h"
#include "declaration.h"

const struct str builtin_declaration = STR_INIT(BUILTIN_DECLARATION);
