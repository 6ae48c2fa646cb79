/*
 * What the files of the e-mail validator share. Every email_check_… returns false after it has set
 * the reason; the order of the checks decides which of several reasons a client is told.
 */
#ifndef POSTERN_EMAIL_PARTS_H
#define POSTERN_EMAIL_PARTS_H

#include "arena.h"
#include "str.h"
#include "unicode.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct email_check {
	struct arena *arena;
	struct str reason; /* in the arena or static */
};

/* Sets the reason and returns false. */
static inline bool email_fail(struct email_check *check, struct str reason)
{
	check->reason = reason;
	return false;
}

/* RFC 5322 3.2.3, atext. */
bool email_is_atext(uint32_t point);

/* The strings with the separator between them. */
struct str email_join(struct arena *arena, const struct str *parts, size_t n, struct str separator);

/* The characters as messages show them, in the order of the text and joined by ", ": letters,
 * numbers, punctuation and symbols in quotes, others by their name or number. */
struct str email_display(struct arena *arena, struct points text);

/* Fails with "WHAT: " and the set of bad characters, sorted by how they are shown. */
bool email_check_characters(struct email_check *check, struct points text,
	bool (*is_bad)(uint32_t point), const char *what);

/* Fails when the text has control, format, surrogate, private or unassigned characters, separators
 * (spaces can be allowed), or begins with a mark. */
bool email_check_unsafe(struct email_check *check, struct points text, bool spaces_allowed);

/* Where periods and hyphens must not stand. */
struct email_shape {
	enum { SHAPE_AT_START, SHAPE_AT_END, SHAPE_ANYWHERE } where;
	const char *pattern; /* ASCII, not empty */
	const char *reason;
};

/* Fails with the reason of the first shape that the text has. */
bool email_check_shapes(
	struct email_check *check, struct points text, const struct email_shape *shapes, size_t n);

/* The part before the @-sign, unquoted. On success *local is its normal form: NFC, and in lower
 * case if it is one of the role names that case can't tell apart. */
bool email_check_local(
	struct email_check *check, struct points text, bool quoted, struct points *local);

/* Whether it is such a role name, in any case (RFC 2142). */
bool email_is_role(struct str local);

struct email_domain {
	struct points unicode; /* as it is stored */
	struct str ascii;      /* as the DNS has it; lower case */
};

/* The part after the @-sign. */
bool email_check_domain(struct email_check *check, struct points text, struct email_domain *domain);

/* Whether a lower-case ASCII domain is at or below a special-use name (RFC 6761) for which there is
 * no mail. */
bool email_is_reserved(struct str domain);

/* The content of the brackets of an address literal. Always false: also a valid one is refused, but
 * only once it is known to be valid. */
bool email_check_literal(struct email_check *check, struct points text);

/* The common case without tables or code points: plain ASCII, with nothing to report. On success
 * *address is the normal form, in the arena. False says nothing about the input. */
bool email_accept_plain(struct arena *arena, struct str input, struct str *address);

enum {
	EMAIL_MAX = 254,       /* bytes of an address (RFC 3696 erratum 1690) */
	EMAIL_DOMAIN_MAX = 253 /* bytes of its domain (RFC 1035 2.3.4, without the root) */
};

#endif
