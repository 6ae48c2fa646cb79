/*
 * The parts of dates and times in texts, as the Rust crate speedate reads them for Pydantic: RFC
 * 3339, and beyond it a time without seconds, a comma before the fraction, and an offset without a
 * colon or with U+2212 as its minus.
 *
 * Each function reads from the front of *text, moves *text behind what it has read and returns
 * NULL; or it returns the words of Pydantic's message, static.
 */
#ifndef POSTERN_RFC3339_H
#define POSTERN_RFC3339_H

#include "civil.h"
#include "str.h"

#define RFC3339_EXTRA "unexpected extra characters at the end of the input"

struct rfc3339_zone {
	bool present;
	int32_t offset; /* seconds ahead of UTC, within 24 hours */
};

/* YYYY-MM-DD, a date that exists, from the year 0 on. */
const char *rfc3339_date(struct str *text, struct civil *civil);

/* HH:MM, HH:MM:SS or HH:MM:SS.ffffff; digits after the sixth are dropped. Then nothing, Z, +HH:MM
 * or +HHMM, then the end of the text. */
const char *rfc3339_time(struct str *text, struct civil *civil, struct rfc3339_zone *zone);

#endif
