/* UTF-8 as RFC 3629 defines it: no overlong forms, nothing beyond U+10FFFF, no surrogates but where
 * a caller has use for them. */
#ifndef POSTERN_UTF8_H
#define POSTERN_UTF8_H

#include "str.h"

enum utf8_form {
	UTF8_STRICT,
	UTF8_SURROGATES /* encoded surrogates pass, as Python's "surrogatepass" lets them */
};

/* Is s well-formed? */
bool utf8_valid(struct str s, enum utf8_form form);

/* Counts the code points of s into *count; false if s is not strict UTF-8 (then *count is unset).
 */
bool utf8_count(struct str s, size_t *count);

#endif
