/* UTF-8 as RFC 3629 defines it: no surrogates, no overlong forms, nothing beyond U+10FFFF. */
#ifndef POSTERN_UTF8_H
#define POSTERN_UTF8_H

#include "str.h"

/* Counts the code points of s into *count; false if s is not UTF-8 (then *count is unset). */
bool utf8_count(struct str s, size_t *count);

#endif
