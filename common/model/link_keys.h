/* The value of a field of type LINKS: the keys of rows as a JSON array without blanks, as "[2,1]".
 * Of integers there may be some beyond 64 bits, which no row has. */
#ifndef POSTERN_LINK_KEYS_H
#define POSTERN_LINK_KEYS_H

#include "key.h"

enum link_keys_step {
	LINK_KEYS_NEXT, /* there is a key */
	LINK_KEYS_NONE, /* there is one that no row has */
	LINK_KEYS_END,  /* there are no more */
	LINK_KEYS_INVALID
};

/* Takes the next key of this field's type, INT or UUID, from the rest of a list, which is the whole
 * list at first. */
enum link_keys_step link_keys_next(struct str *rest, const struct field *f, struct key *ret);

/* True if the text is such a list. */
bool link_keys_are_valid(struct str list, const struct field *f);

#endif
