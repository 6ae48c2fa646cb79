/*
 * Shared by the files of the e-mail validator. Each email_check_... function returns true, or sets
 * the reason and returns false. The order of the checks decides which of several reasons the client
 * gets: it is that of email-validator.
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

/* True if point is atext (RFC 5322 3.2.3), ASCII only. */
bool email_is_atext(uint32_t point);

/* Joins n strings with the separator between them, in the arena. */
struct str email_join(struct arena *arena, const struct str *parts, size_t n, struct str separator);

/* Lists the characters as messages show them, in the order of the text, joined by ", ": letters,
 * numbers, punctuation and symbols in quotes, others by their Unicode name or number. */
struct str email_display(struct arena *arena, struct points text);

/* Fails if the text has bad characters. The reason is "WHAT: " and the set of them, sorted as they
 * are shown. */
bool email_check_characters(struct email_check *check, struct points text,
	bool (*is_bad)(uint32_t point), const char *what);

/* Fails if the text has control, format, surrogate, private-use or unassigned characters or
 * separators (except spaces if allowed), or begins with a mark. */
bool email_check_unsafe(struct email_check *check, struct points text, bool spaces_allowed);

/* A place where periods or hyphens are not allowed. */
struct email_shape {
	enum { SHAPE_AT_START, SHAPE_AT_END, SHAPE_ANYWHERE } where;
	const char *pattern; /* ASCII, not empty */
	const char *reason;
};

/* Fails with the reason of the first shape that matches the text. */
bool email_check_shapes(
	struct email_check *check, struct points text, const struct email_shape *shapes, size_t n);

/* Checks the part before the @-sign; text is without its quotes. On success *local is its
 * normal form: NFC, and in lower case if it is a role name, which is case-insensitive. */
bool email_check_local(
	struct email_check *check, struct points text, bool quoted, struct points *local);

/* True if local is a role name, in any case (RFC 2142). */
bool email_is_role(struct str local);

struct email_domain {
	struct points unicode; /* as stored in the database */
	struct str ascii;      /* as in the DNS; lower case */
};

/* Checks the part after the @-sign. */
bool email_check_domain(struct email_check *check, struct points text, struct email_domain *domain);

/* True if an ASCII domain in lower case is a special-use name without mail (RFC 6761), or below
 * one. */
bool email_is_reserved(struct str domain);

/* Checks the text between the brackets of an address literal. Always fails: a valid literal is
 * refused too, with a reason of its own. */
bool email_check_literal(struct email_check *check, struct points text);

/* The fast path for common plain ASCII addresses, without Unicode tables. On success *address is
 * the normal form, in the arena. False does not mean that the input is invalid. */
bool email_accept_plain(struct arena *arena, struct str input, struct str *address);

enum {
	EMAIL_MAX = 254,       /* bytes in an address (RFC 3696 erratum 1690) */
	EMAIL_DOMAIN_MAX = 253 /* bytes in its domain (RFC 1035 2.3.4, without the root label) */
};

#endif
