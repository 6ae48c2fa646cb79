/* The parts of requests for an operation: path, query and body. */
#ifndef POSTERN_REQUEST_PARTS_H
#define POSTERN_REQUEST_PARTS_H

#include "comparison.h"
#include "field_samples.h"

/* Chooses a row that exists. Returns false with an absent one if there is none. */
bool parts_pick_row(struct comparison *c, const struct resource *r, struct key_pair *key);

struct part {
	const struct str *text; /* in place of the parameter `nth`; NULL: a row, as in others */
	unsigned nth;
	const struct key_pair *given; /* the row of the first parameter; NULL: by chance */
	struct key_pair row;          /* set: the row of the first parameter that has one */
};

/* Writes the path of an operation. */
void parts_write_path(struct comparison *c, const struct operation *operation, struct part *part,
	struct paired *out);

/* What a member of a body is: a valid value, absent, or *json, which the chooser sets then. */
enum part_choice { PART_VALID, PART_ABSENT, PART_GIVEN };
typedef enum part_choice part_chooser(void *context, unsigned member, struct str *json);

/* Writes a body with the members that are fields. chooser NULL: a valid one. */
void parts_write_body(struct comparison *c, const struct operation *operation, part_chooser *choose,
	void *context, struct paired *out);

/* A value that is given as JSON, as it is written in a path or a query: a text without quotes. */
struct str parts_plain(struct arena *arena, struct str json);

/* The index of the next member of the body that is a field, from `from` on; nmembers: none. */
unsigned parts_next_member(const struct schema *body, unsigned from);

#endif
