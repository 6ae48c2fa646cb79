#include "datetime.h"

#include "civil.h"
#include "scan.h"
#include "utf8.h"

#include <time.h>

enum { FRACTION_DIGITS = 6, DATE_SHORTEST = sizeof("2026W05") - 1, DAYS_OF_WEEK = 7 };

_Static_assert((int)DATETIME_LENGTH == (int)CIVIL_MICROSECONDS, "a moment has no room");

void datetime_format(int64_t microseconds, char text[DATETIME_LENGTH + 1])
{
	civil_format(text, microseconds, ' ');
	text[DATETIME_LENGTH] = '\0';
}

void datetime_format_date(int64_t days, char text[DATETIME_DATE_LENGTH + 1])
{
	char moment[CIVIL_MICROSECONDS];

	civil_format(moment, days * CIVIL_DAY, ' ');
	memcpy(text, moment, DATETIME_DATE_LENGTH);
	text[DATETIME_DATE_LENGTH] = '\0';
}

void datetime_format_time(int64_t microseconds, char text[DATETIME_TIME_LENGTH + 1])
{
	char moment[CIVIL_MICROSECONDS];

	civil_format(moment, microseconds, ' ');
	memcpy(text, moment + DATETIME_DATE_LENGTH + 1, DATETIME_TIME_LENGTH);
	text[DATETIME_TIME_LENGTH] = '\0';
}

/* Dates. */

static bool is_digit_at(struct str text, size_t place)
{
	return place < text.len && text.ptr[place] >= '0' && text.ptr[place] <= '9';
}

/* YYYY-Www or YYYY-Www-D: a digit after the hyphen is the day. If two digits follow, the hyphen
 * separates the date from the time. */
static size_t week_length_extended(struct str text)
{
	if (text.len <= 8 || text.ptr[8] != '-')
		return 8;
	return is_digit_at(text, 10) ? 8 : 10;
}

/* YYYYWww or YYYYWwwD. If more digits follow, the digits of the time come in pairs, after one digit
 * that separates it from the date: their number decides. */
static size_t week_length_basic(struct str text)
{
	size_t end = 7;

	while (is_digit_at(text, end))
		end++;
	if (end < 9)
		return end;
	return end % 2 == 0 ? 7 : 8;
}

/* The length of the date in bytes. Its fifth and sixth characters decide the form. */
static size_t date_length(struct str text)
{
	bool extended = text.ptr[4] == '-';

	if (text.len == DATE_SHORTEST)
		return text.len;
	if (text.ptr[4 + extended] != 'W')
		return extended ? 10 : 8;
	return extended ? week_length_extended(text) : week_length_basic(text);
}

/* A week belongs to the year of its Thursday (ISO 8601). 1970-01-01 was a Thursday. */
static bool set_week_date(struct civil *c, int week, int weekday)
{
	if (c->year < 1 || week < 1 || weekday < 1 || weekday > DAYS_OF_WEEK)
		return false;
	int64_t days =
		civil_to(&(struct civil){ .year = c->year, .month = 1, .day = 4 }) / CIVIL_DAY;
	int64_t since_thursday = (days % DAYS_OF_WEEK + DAYS_OF_WEEK) % DAYS_OF_WEEK;
	int64_t weeks = week - 1;
	int64_t monday = days - (since_thursday + 3) % DAYS_OF_WEEK + weeks * DAYS_OF_WEEK;
	int year = civil_from((monday + 3) * CIVIL_DAY).year;
	struct civil date = civil_from((monday + weekday - 1) * CIVIL_DAY);
	bool has_week = year == c->year;
	c->year = date.year;
	c->month = date.month;
	c->day = date.day;
	return has_week;
}

static bool take_week_date(struct scan *c, bool extended, struct civil *civil)
{
	int week, weekday = 1;

	if (!scan_number(c, 2, &week))
		return false;
	if (c->next < c->end && ((extended && !scan_char(c, '-')) || !scan_digit(c, &weekday)))
		return false;
	return set_week_date(civil, week, weekday);
}

static bool take_month_and_day(struct scan *c, bool extended, struct civil *civil)
{
	return scan_number(c, 2, &civil->month) && (!extended || scan_char(c, '-')) &&
	       scan_number(c, 2, &civil->day);
}

/* Takes a date that fills the whole of c. */
static bool take_date(struct scan c, struct civil *civil)
{
	if (!scan_number(&c, 4, &civil->year))
		return false;
	bool extended = scan_char(&c, '-'), week = scan_char(&c, 'W');
	return (week ? take_week_date : take_month_and_day)(&c, extended, civil) && c.next == c.end;
}

/* Times. */

/* A time of day, or the size of an offset. */
struct clock {
	int parts[3]; /* hours, minutes, seconds */
	int microsecond;
};

enum clock_end {
	CLOCK_BAD,
	CLOCK_WHOLE,
	CLOCK_MORE /* unread characters follow */
};

/* CPython's C code takes a NUL for the end. */
static enum clock_end clock_end(struct scan c)
{
	return c.next == c.end || *c.next == '\0' ? CLOCK_WHOLE : CLOCK_MORE;
}

/* For at most one character after hours, minutes or seconds. A decimal mark alone is refused. */
static enum clock_end end_after_part(struct scan c)
{
	bool mark = c.next < c.end && (*c.next == '.' || *c.next == ',');

	return mark ? CLOCK_BAD : clock_end(c);
}

/* For two or more characters after the seconds. In the basic form the decimal mark is optional.
 * Digits after the sixth are ignored. */
static enum clock_end take_fraction(struct scan c, bool extended, int *microsecond)
{
	int digit;

	if (!scan_char(&c, '.') && !scan_char(&c, ',') && extended)
		return CLOCK_BAD;
	*microsecond = 0;
	for (int i = 0; i < FRACTION_DIGITS; i++) {
		digit = 0;
		if (c.next < c.end && !scan_digit(&c, &digit))
			return CLOCK_BAD;
		*microsecond = *microsecond * 10 + digit;
	}
	while (scan_digit(&c, &digit))
		;
	return clock_end(c);
}

/* HH[[:]MM[[:]SS[.ffffff]]] */
static enum clock_end take_clock(struct scan c, struct clock *clock)
{
	bool extended = false;

	*clock = (struct clock){ 0 };
	for (size_t i = 0;; i++) {
		if (!scan_number(&c, 2, &clock->parts[i]))
			return CLOCK_BAD;
		if (c.end - c.next < 2)
			return end_after_part(c);
		if (i == NITEMS(clock->parts) - 1)
			return take_fraction(c, extended, &clock->microsecond);
		if (i == 0)
			extended = *c.next == ':';
		if (extended && !scan_char(&c, ':'))
			return CLOCK_BAD;
	}
}

/* Takes Z, or a sign and an offset of less than a day. */
static bool take_zone(struct scan c, int32_t *offset)
{
	struct clock clock;
	int sign = *c.next == '-' ? -1 : 1;

	if (scan_char(&c, 'Z')) {
		*offset = 0;
		return clock_end(c) == CLOCK_WHOLE;
	}
	c.next++;
	if (take_clock(c, &clock) != CLOCK_WHOLE)
		return false;
	int seconds = (clock.parts[0] * 60 + clock.parts[1]) * 60 + clock.parts[2];
	*offset = sign * (seconds + (clock.microsecond >= CIVIL_SECOND / 2));
	return seconds < CIVIL_DAY / CIVIL_SECOND;
}

/* CPython's C code refuses unread characters after a time only if no zone follows: so a blank may
 * separate the two. */
static enum datetime_kind take_time(struct scan c, struct civil *civil, int32_t *offset)
{
	const char *zone = c.next;
	struct clock clock;

	while (zone < c.end && *zone != 'Z' && *zone != '+' && *zone != '-')
		zone++;
	enum clock_end end = take_clock((struct scan){ c.next, zone }, &clock);
	if (end == CLOCK_BAD || (end == CLOCK_MORE && zone == c.end))
		return DATETIME_NONE;
	civil->hour = clock.parts[0];
	civil->minute = clock.parts[1];
	civil->second = clock.parts[2];
	civil->microsecond = clock.microsecond;
	if (zone == c.end)
		return DATETIME_LOCAL;
	return take_zone((struct scan){ zone, c.end }, offset) ? DATETIME_ZONED : DATETIME_NONE;
}

/* Moments. */

/* The length in bytes of the first character of a valid text. */
static size_t character_length(struct str text)
{
	unsigned char lead = (unsigned char)text.ptr[0];

	return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* Takes a date, optionally followed by any one character and a time. */
static enum datetime_kind take_any(struct str text, struct civil *civil, int32_t *offset)
{
	if (text.len < DATE_SHORTEST || !utf8_valid(text, UTF8_STRICT))
		return DATETIME_NONE;
	size_t length = date_length(text);
	if (text.len < length || !take_date((struct scan){ text.ptr, text.ptr + length }, civil))
		return DATETIME_NONE;
	struct str rest = str_from_index(text, length);
	if (rest.len == 0)
		return DATETIME_LOCAL;
	rest = str_from_index(rest, character_length(rest));
	return take_time((struct scan){ rest.ptr, rest.ptr + rest.len }, civil, offset);
}

/* False: the day does not exist. CPython accepts 24:00 of a day 0, which is 0:00 of the first day.
 */
static bool go_to_next_day(struct civil *c)
{
	if (civil_is_day(c->year, c->month, c->day + 1)) {
		c->day++;
		return true;
	}
	if (!civil_is_day(c->year, c->month, c->day))
		return false;
	c->day = 1;
	if (c->month++ == 12) {
		c->month = 1;
		c->year++;
	}
	return true;
}

/* Converts 24:00 to 0:00 of the next day. */
static bool convert_midnight(struct civil *c)
{
	if (c->hour != 24)
		return true;
	c->hour = 0;
	return c->minute == 0 && c->second == 0 && c->microsecond == 0 && go_to_next_day(c);
}

static bool is_moment(const struct civil *c)
{
	return c->year > 0 && c->year <= 9999 && civil_is_day(c->year, c->month, c->day) &&
	       c->hour <= 23 && c->minute <= 59 && c->second <= 59;
}

/* Parses every form. For the usual form it takes ten times as long as civil_parse. Not inlined,
 * since its locals would make datetime_parse a tenth slower. */
__attribute__((noinline)) static enum datetime_kind parse_any(
	struct str text, int64_t *microseconds, int32_t *offset)
{
	struct civil civil = { 0 };
	int32_t ahead = 0;
	enum datetime_kind kind = take_any(text, &civil, &ahead);

	if (kind == DATETIME_NONE || !convert_midnight(&civil) || !is_moment(&civil))
		return DATETIME_NONE;
	*microseconds = civil_to(&civil);
	if (kind == DATETIME_ZONED)
		*offset = ahead;
	return kind;
}

enum datetime_kind datetime_parse(struct str text, int64_t *microseconds, int32_t *offset)
{
	if (text.len == DATETIME_LENGTH && civil_parse(text.ptr, microseconds))
		return DATETIME_LOCAL;
	return parse_any(text, microseconds, offset);
}

/* CPython looks at the length first: so a week date without a day is 2026W05 or 2026-W05. */
bool datetime_parse_date(struct str text, int64_t *days)
{
	struct civil civil = { 0 };
	bool long_enough = text.len == 7 || text.len == 8 || text.len == DATETIME_DATE_LENGTH;

	if (!long_enough || !take_date((struct scan){ text.ptr, text.ptr + text.len }, &civil) ||
		!is_moment(&civil))
		return false;
	/* The remainder of a moment before 1970 is 0, too. */
	*days = civil_to(&civil) / CIVIL_DAY;
	return true;
}

/* The day is any: only the time of day is used. */
enum datetime_kind datetime_parse_time(struct str text, int64_t *microseconds, int32_t *offset)
{
	struct civil civil = { .year = 1970, .month = 1, .day = 1 };
	int32_t ahead = 0;

	if (!utf8_valid(text, UTF8_STRICT))
		return DATETIME_NONE;
	if (str_starts(text, STR("T")))
		text = str_from_index(text, 1);
	enum datetime_kind kind =
		take_time((struct scan){ text.ptr, text.ptr + text.len }, &civil, &ahead);
	if (kind == DATETIME_NONE || !convert_midnight(&civil) || !is_moment(&civil))
		return DATETIME_NONE;
	*microseconds = civil_to(&civil) % CIVIL_DAY;
	if (kind == DATETIME_ZONED)
		*offset = ahead;
	return kind;
}
