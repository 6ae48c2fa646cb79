/*
 * The operation "domain to ASCII" of the URL Standard, section 3.3: UTS #46 without STD3 rules and
 * without the checks of hyphens and lengths, then without the forbidden domain code points.
 */
#ifndef POSTERN_URL_DOMAIN_H
#define POSTERN_URL_DOMAIN_H

#include "arena.h"
#include "str.h"

#include <stdbool.h>

/* Sets *ascii to the domain in lower case with Punycode, in the arena, and returns true. Returns
 * false if the domain is not valid. It may be any bytes; they are UTF-8 or invalid. */
bool url_domain_to_ascii(struct arena *arena, struct str domain, struct str *ascii)
	__attribute__((warn_unused_result));

#endif
