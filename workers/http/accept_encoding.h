/*
 * Accept-Encoding (RFC 9110 12.5.3): the content codings that a client accepts.
 */
#ifndef POSTERN_ACCEPT_ENCODING_H
#define POSTERN_ACCEPT_ENCODING_H

#include "str.h"

/* The weight of a coding (in lower case) in the value of Accept-Encoding, in thousandths; 0 if the
 * coding must not be used. "x-gzip" in the field is gzip (RFC 9110 8.4.1.3). "*" matches codings
 * that are not named. "identity" weighs 1 if it is neither named nor matched by "*": less than any
 * coding that the client asks for. Malformed members are ignored. */
unsigned accept_encoding_weight(struct str field, struct str coding);

/* True if the coding may be used. */
static inline bool accept_encoding_allows(struct str field, struct str coding)
{
	return accept_encoding_weight(field, coding) > 0;
}

#endif
