/* Finds the resources in the paths, and which of their operations each route is. */
#ifndef POSTERN_IMPORT_MATCH_H
#define POSTERN_IMPORT_MATCH_H

#include "import_model.h"

/* Sets the resources, the common prefix of their paths, and resource, role or reason of each route.
 */
void import_match(struct import *im);

/* The schema of the rows that a list's answer has: an array or a page. page: the schema of the page
 * and its members, or NULL for an array. ptr NULL: the answer is no list. */
struct import_page {
	struct str schema, rows, count; /* count: ptr NULL if it has none */
};
struct str import_listed(
	const struct import *im, const struct json *answer, struct import_page *page);

/* The name of the schema of one row, or of the rows, in a route's answer; ptr NULL: none. */
struct str import_answered(const struct import *im, const struct import_route *route);

/* The route of a role that is served; NULL: none. */
struct import_route *import_route_of(
	const struct import *im, const struct import_resource *r, enum import_role role);

/* The name of the parameter of a route's path, the nth from 0, and its node; ptr NULL: none. */
struct str import_path_parameter(
	const struct import_route *route, unsigned nth, const struct json **node);

#endif
