/* For the declarations in this folder: the vocabulary, and all resources by name. */
#ifndef POSTERN_RESOURCES_DECLARE_H
#define POSTERN_RESOURCES_DECLARE_H

#include "resource.h"

#ifndef POSTERN_RESOURCES_DEF
#define POSTERN_RESOURCES_DEF "resources.def"
#endif

#define RESOURCE(x) extern const struct resource x##_resource;
#include POSTERN_RESOURCES_DEF
#undef RESOURCE

#endif
