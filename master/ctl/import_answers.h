/* Answers that are no rows: of deletions, of links, and of fixed paths. */
#ifndef POSTERN_IMPORT_ANSWERS_H
#define POSTERN_IMPORT_ANSWERS_H

#include "import_model.h"

/* A value that the schema of the route's answer allows, with a message about the resource. NULL:
 * what it answers is not known. */
struct json *import_template(struct import *im, const struct import_route *route);

/* The same for a fixed path: GET / says the title, /health "ok". */
struct json *import_fixed_answer(struct import *im, const struct import_route *route);

/* Sets the reason of the routes whose answer is not known. */
void import_judge_answers(struct import *im);

/* Copies the schemas to which a schema refers, and those to which they refer, into an object. */
void import_keep_schemas(struct import *im, struct json *kept, const struct json *schema);

#endif
