#include "pg_value_moment.h"

#include "civil.h"
#include "scan.h"

enum { FRACTION_DIGITS = 6, SECONDS_OF_DAY = 86400 };

static bool take_date(struct scan *c, struct civil *civil)
{
	return scan_number(c, 4, &civil->year) && scan_char(c, '-') &&
	       scan_number(c, 2, &civil->month) && scan_char(c, '-') &&
	       scan_number(c, 2, &civil->day) && civil->year > 0 &&
	       civil_is_day(civil->year, civil->month, civil->day);
}

static void take_fraction(struct scan *c, int *microsecond)
{
	int digit, digits = 0;

	*microsecond = 0;
	while (digits < FRACTION_DIGITS && scan_digit(c, &digit)) {
		*microsecond = *microsecond * 10 + digit;
		digits++;
	}
	for (; digits < FRACTION_DIGITS; digits++)
		*microsecond *= 10;
}

static bool take_time(struct scan *c, struct civil *civil)
{
	if (!scan_number(c, 2, &civil->hour) || !scan_char(c, ':') ||
		!scan_number(c, 2, &civil->minute) || !scan_char(c, ':') ||
		!scan_number(c, 2, &civil->second))
		return false;
	if (scan_char(c, '.'))
		take_fraction(c, &civil->microsecond);
	return civil->hour < 24 && civil->minute < 60 && civil->second < 60;
}

/* Zones have seconds where their time is that of a place's sun. */
static bool take_offset(struct scan *c, int32_t *offset)
{
	int hours, minutes = 0, seconds = 0;
	int sign = scan_char(c, '-') ? -1 : 1;

	if ((sign > 0 && !scan_char(c, '+')) || !scan_number(c, 2, &hours) ||
		(scan_char(c, ':') && !scan_number(c, 2, &minutes)) ||
		(scan_char(c, ':') && !scan_number(c, 2, &seconds)))
		return false;
	*offset = sign * ((hours * 60 + minutes) * 60 + seconds);
	return *offset > -SECONDS_OF_DAY && *offset < SECONDS_OF_DAY;
}

bool pg_value_read_date(struct str text, struct value *value)
{
	struct civil civil = { 0 };
	struct scan c = scan_of(text);

	if (!take_date(&c, &civil) || c.next < c.end)
		return false;
	/* The remainder of a moment before 1970 is 0, too. */
	*value = value_int(civil_to(&civil) / CIVIL_DAY);
	return true;
}

bool pg_value_read_time(struct str text, struct value *value)
{
	struct civil civil = { .year = 1970, .month = 1, .day = 1 };
	struct scan c = scan_of(text);

	if (!take_time(&c, &civil) || c.next < c.end)
		return false;
	*value = value_int(civil_to(&civil));
	return true;
}

bool pg_value_read_moment(struct str text, struct value *value)
{
	struct civil civil = { 0 };
	struct scan c = scan_of(text);
	int32_t offset;

	if (!take_date(&c, &civil) || !scan_char(&c, ' ') || !take_time(&c, &civil))
		return false;
	*value = value_int(civil_to(&civil));
	if (c.next == c.end)
		return true;
	if (!take_offset(&c, &offset) || c.next < c.end)
		return false;
	*value = value_zoned(value->integer, offset);
	return true;
}
