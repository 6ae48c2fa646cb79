/*
 * Internationalized domain names: IDNA 2008 (RFC 5890 to 5893) with the mapping of UTS #46. The
 * order of the checks and their messages are those of the Python package idna; the messages are
 * part of the contract.
 *
 * Each function returns true with its result in the arena, or false with *why, in the arena or
 * static, naming the first rule that failed.
 */
#ifndef POSTERN_IDNA_H
#define POSTERN_IDNA_H

#include "arena.h"
#include "str.h"
#include "unicode.h"

#include <stdbool.h>

/* The longest label and the longest domain that are processed, in code points. */
enum { IDNA_LABEL_MAX = 254, IDNA_DOMAIN_MAX = 1024 };

/* The longest label of the DNS, in bytes (RFC 1035 2.3.4). */
enum { IDNA_ALABEL_MAX = 63 };

/* The mapping of UTS #46 section 4: keeps, replaces or drops each character, then applies NFC.
 * Labels are neither split nor checked. */
bool idna_remap(struct arena *arena, struct points domain, struct points *mapped, struct str *why)
	__attribute__((warn_unused_result));

/* True if a U-label, or an ASCII label in lower case, is valid (RFC 5891 4.2, 5892, 5893). */
bool idna_check_label(struct arena *arena, struct points label, struct str *why)
	__attribute__((warn_unused_result));

/* The form used in the DNS, at most IDNA_ALABEL_MAX bytes: "xn--" and Punycode. An ASCII label is
 * checked, an A-label by decoding it, and returned unchanged. */
bool idna_to_ascii(struct arena *arena, struct points label, struct str *ascii, struct str *why)
	__attribute__((warn_unused_result));

/* Decodes an A-label to its U-label and puts any other ASCII label in lower case, then checks the
 * result as idna_check_label does. */
bool idna_to_unicode(struct arena *arena, struct str ascii, struct points *label, struct str *why)
	__attribute__((warn_unused_result));

/* True if the rules for zero-width joiners and non-joiners hold (RFC 5892, appendix A.1 and A.2).
 */
bool idna_check_joiners(struct arena *arena, struct points label, struct str *why)
	__attribute__((warn_unused_result));

/* True if the label has characters that are written from right to left: then its domain is a Bidi
 * domain name (RFC 5893 1.4). */
bool idna_is_right_to_left(struct points label);

/* True if the Bidi rule (RFC 5893 2) holds for a label of a Bidi domain name, which is not empty.
 */
bool idna_check_bidi(struct arena *arena, struct points label, struct str *why)
	__attribute__((warn_unused_result));

#endif
