/* Records and commands that a client could send, of any resource: for tests that loop over
 * api->resources. The API of a test program is loaded before its suite is made.
 */
#ifndef POSTERN_TEST_SAMPLE_H
#define POSTERN_TEST_SAMPLE_H

#include "arena.h"
#include "command.h"
#include "declaration.h"
#include "record.h"

/* Uses the built-in API, or that of the file that POSTERN_TEST_API names. Ends the program if it is
 * no declaration. */
void sample_use_api(void);

/* Reads a declaration; fails the test if it is refused. Freed with declaration_free. */
const struct api *sample_read_api(struct str text);

/* The resource with a name; fails the test if there is none. */
const struct resource *sample_resource(const char *name);

/* What the answer to an action shows of rows. */
const struct schema *sample_shown(const struct resource *r, enum action action);

/* The member of what a READ of the parent shows that has the rows of this child; NULL: none. */
const struct member *sample_embed(const struct resource *child);

/* The fields of a resource as a response has them, in the arena: for resources without schemas. */
struct schema sample_response(struct arena *arena, const struct resource *r);

/* What the last row of a reply is shown as; shown: the schema of the command's own rows. */
uint64_t sample_shape(const struct rows *rows, const struct schema *shown);

/* A valid text for a field; different for each n. */
struct str sample_text(struct arena *arena, const struct field *f, unsigned n);

/* A record with all input fields of r. The records of two different n have no value in common. */
struct record sample_input(struct arena *arena, const struct resource *r, unsigned n);

/* The command that creates it; its parent, if r has one, is the row with key 1. */
struct command sample_create(
	struct arena *arena, const struct resource *r, uint64_t id, unsigned n);

/* The resource of the row that a fault concerns: to which the field refers, if it is NOT_FOUND and
 * has one, or else the fault's own. */
const struct resource *sample_concerned(
	enum fault fault, const struct resource *r, uint64_t fields);

/* Fails unless both hold the same fields with the same values. */
void sample_assert_same(const struct record *got, const struct record *want);

#endif
