/*
 * Dates and times of day of the proleptic Gregorian calendar in UTC, without leap seconds, as
 * ISO 8601 and Python's datetime have them. By arithmetic: gmtime_r(3) and timegm(3) ask for the
 * time zone, and take many times as long.
 */
#ifndef POSTERN_CIVIL_H
#define POSTERN_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

struct civil {
	int year;
	int month, day; /* from 1 */
	int hour, minute, second, microsecond;
};

enum {
	CIVIL_SECONDS = sizeof("2026-01-02 03:04:05") - 1,
	CIVIL_MILLISECONDS = sizeof("2026-01-02 03:04:05.000") - 1,
	CIVIL_MICROSECONDS = sizeof("2026-01-02 03:04:05.000006") - 1
};

/* Microseconds since 1970-01-01T00:00:00; any number has its moment. */
struct civil civil_from(int64_t microseconds);

/* The way back of any moment; for what is none, a day that is one and a year from -9999 to 9999. */
int64_t civil_to(const struct civil *civil);

/* Has this month of this year such a day? */
bool civil_is_day(int year, int month, int day);

/* Writes a moment of a year from 0 to 9999 as "2026-01-02 03:04:05.000006", with the separator
 * before the time: CIVIL_MICROSECONDS characters and no NUL, of which the first CIVIL_SECONDS end
 * with the seconds. Returns the fraction, in microseconds. */
unsigned civil_format(char text[CIVIL_MICROSECONDS], int64_t microseconds, char separator);

/* The way back, for a year from 1 and the separator ' '. False if the characters have another form,
 * or name no day or time that exists; *microseconds is then unset. */
bool civil_parse(const char text[CIVIL_MICROSECONDS], int64_t *microseconds);

#endif
