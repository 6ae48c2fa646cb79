/*
 * Accept-Encoding, RFC 9110 12.5.3: which content codings a client takes.
 */
#ifndef POSTERN_ACCEPT_ENCODING_H
#define POSTERN_ACCEPT_ENCODING_H

#include "str.h"

/* The weight that the field's value gives a coding (in lower case), in thousandths: 0, it must not
 * be used; "x-gzip" in the field is gzip (RFC 9110 8.4.1.3), "*" stands for those that are not
 * named. "identity" that is not named and not excluded by "*" weighs 1, less than all that are
 * asked for. A member that is malformed says nothing. */
unsigned accept_encoding_weight(struct str field, struct str coding);

static inline bool accept_encoding_allows(struct str field, struct str coding)
{
	return accept_encoding_weight(field, coding) > 0;
}

#endif
