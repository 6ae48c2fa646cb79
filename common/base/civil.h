/*
 * Civil time: dates and times of day of the proleptic Gregorian calendar in UTC, without leap
 * seconds, as in ISO 8601 and Python's datetime. A moment is a number of microseconds since
 * 1970-01-01T00:00:00. gmtime_r(3) and timegm(3) look up the time zone and take many times as long.
 */
#ifndef POSTERN_CIVIL_H
#define POSTERN_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

/* In microseconds. */
#define CIVIL_SECOND INT64_C(1000000)
#define CIVIL_DAY    (INT64_C(86400) * CIVIL_SECOND)

/* The moments that Python's datetime has: from the first one, 0001-01-01T00:00:00, to the end of
 * the year 9999, which is not included. */
#define CIVIL_FIRST (INT64_C(-62135596800) * CIVIL_SECOND)
#define CIVIL_END   (INT64_C(253402300800) * CIVIL_SECOND)

struct civil {
	int year;
	int month, day; /* both from 1 */
	int hour, minute, second, microsecond;
};

enum {
	CIVIL_SECONDS = sizeof("2026-01-02 03:04:05") - 1,
	CIVIL_MILLISECONDS = sizeof("2026-01-02 03:04:05.000") - 1,
	CIVIL_MICROSECONDS = sizeof("2026-01-02 03:04:05.000006") - 1
};

/* Splits a moment into its date and time of day. Takes any value. */
struct civil civil_from(int64_t microseconds);

/* Returns the moment of a date and time of day. Takes any result of civil_from, and any date that
 * exists in the years -9999 to 9999. */
int64_t civil_to(const struct civil *civil);

/* True if the month of that year has this day. */
bool civil_is_day(int year, int month, int day);

/* Writes a moment of the years 0 to 9999 as "2026-01-02 03:04:05.000006", with the separator before
 * the time: CIVIL_MICROSECONDS characters without a NUL. The first CIVIL_SECONDS of them end with
 * the seconds. For other years, the four digits of the year are meaningless. Returns the
 * microseconds within the second. */
unsigned civil_format(char text[CIVIL_MICROSECONDS], int64_t microseconds, char separator);

/* Parses what civil_format writes with the separator ' ', from year 1 on. Returns false if the form
 * differs, or if the date or the time does not exist; *microseconds is then unset. */
bool civil_parse(const char text[CIVIL_MICROSECONDS], int64_t *microseconds);

#endif
