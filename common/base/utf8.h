/* Validates UTF-8 by RFC 3629: no overlong forms, nothing above U+10FFFF, and no surrogates unless
 * the caller allows them. */
#ifndef POSTERN_UTF8_H
#define POSTERN_UTF8_H

#include "str.h"

enum utf8_form {
	UTF8_STRICT,
	UTF8_SURROGATES /* allows encoded surrogates, as Python's "surrogatepass" does */
};

/* True if s is well-formed. */
bool utf8_valid(struct str s, enum utf8_form form);

/* Sets *count to the number of code points of s. Returns false if s is not strict UTF-8; *count is
 * then unset. */
bool utf8_count(struct str s, size_t *count);

#endif
