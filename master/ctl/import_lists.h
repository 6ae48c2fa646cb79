/* How lists are read: the parameters of their queries, and pages. */
#ifndef POSTERN_IMPORT_LISTS_H
#define POSTERN_IMPORT_LISTS_H

#include "import_model.h"

/* Sets the reason of the routes whose parameters have no words. Fields are known. */
void import_judge_lists(struct import *im);

/* The words of "list"; NULL: none. Adds what cannot be known to the list of checks. */
struct json *import_declare_list(struct import *im, const struct import_resource *r);

/* True if a route takes none of the parameters, and no page, that the resource's list declares. */
bool import_is_whole(struct import *im, const struct import_route *route);

#endif
