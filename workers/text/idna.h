/*
 * Internationalized domain names: IDNA 2008 (RFC 5890 to 5893) with the mapping of UTS #46, in the
 * order and the words of the Python package idna, whose messages are part of the contract.
 *
 * Each returns false and says in *why, text in the arena, which rule failed first.
 */
#ifndef POSTERN_IDNA_H
#define POSTERN_IDNA_H

#include "arena.h"
#include "str.h"
#include "unicode.h"

#include <stdbool.h>

/* Code points of the longest label that is looked at, and of the longest domain. */
enum { IDNA_LABEL_MAX = 254, IDNA_DOMAIN_MAX = 1024 };

/* The longest label of the DNS, in bytes (RFC 1035 2.3.4). */
enum { IDNA_ALABEL_MAX = 63 };

/* UTS #46 section 4: every character kept, replaced or dropped, and all of that in NFC. Labels are
 * not looked at. */
bool idna_remap(struct arena *arena, struct points domain, struct points *mapped, struct str *why)
	__attribute__((warn_unused_result));

/* Whether a U-label, or a plain ASCII label in lower case, is valid: RFC 5891 4.2, 5892, 5893. */
bool idna_check_label(struct arena *arena, struct points label, struct str *why)
	__attribute__((warn_unused_result));

/* The form for the DNS, at most IDNA_ALABEL_MAX bytes: "xn--" and Punycode, or an ASCII label as it
 * is, an A-label after it was decoded and checked. */
bool idna_to_ascii(struct arena *arena, struct points label, struct str *ascii, struct str *why)
	__attribute__((warn_unused_result));

/* The U-label of an A-label; another ASCII label in lower case. */
bool idna_to_unicode(struct arena *arena, struct str ascii, struct points *label, struct str *why)
	__attribute__((warn_unused_result));

#endif
