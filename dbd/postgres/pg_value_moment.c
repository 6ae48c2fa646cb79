#include "pg_value_moment.h"

#include "civil.h"

enum { FRACTION_DIGITS = 6, SECONDS_OF_DAY = 86400 };

/* The unread rest of a text. Every take_ function returns false if something else comes first. */
struct cursor {
	const char *next, *end;
};

static struct cursor cursor_of(struct str text)
{
	return (struct cursor){ text.ptr, text.ptr + text.len };
}

static bool take_char(struct cursor *c, char wanted)
{
	if (c->next == c->end || *c->next != wanted)
		return false;
	c->next++;
	return true;
}

static bool take_digit(struct cursor *c, int *digit)
{
	if (c->next == c->end || *c->next < '0' || *c->next > '9')
		return false;
	*digit = *c->next++ - '0';
	return true;
}

static bool take_number(struct cursor *c, int digits, int *number)
{
	int digit;

	for (*number = 0; digits > 0; digits--) {
		if (!take_digit(c, &digit))
			return false;
		*number = *number * 10 + digit;
	}
	return true;
}

static bool take_date(struct cursor *c, struct civil *civil)
{
	return take_number(c, 4, &civil->year) && take_char(c, '-') &&
	       take_number(c, 2, &civil->month) && take_char(c, '-') &&
	       take_number(c, 2, &civil->day) && civil->year > 0 &&
	       civil_is_day(civil->year, civil->month, civil->day);
}

static void take_fraction(struct cursor *c, int *microsecond)
{
	int digit, digits = 0;

	*microsecond = 0;
	while (digits < FRACTION_DIGITS && take_digit(c, &digit)) {
		*microsecond = *microsecond * 10 + digit;
		digits++;
	}
	for (; digits < FRACTION_DIGITS; digits++)
		*microsecond *= 10;
}

static bool take_time(struct cursor *c, struct civil *civil)
{
	if (!take_number(c, 2, &civil->hour) || !take_char(c, ':') ||
		!take_number(c, 2, &civil->minute) || !take_char(c, ':') ||
		!take_number(c, 2, &civil->second))
		return false;
	if (take_char(c, '.'))
		take_fraction(c, &civil->microsecond);
	return civil->hour < 24 && civil->minute < 60 && civil->second < 60;
}

/* Zones have seconds where their time is that of a place's sun. */
static bool take_offset(struct cursor *c, int32_t *offset)
{
	int hours, minutes = 0, seconds = 0;
	int sign = take_char(c, '-') ? -1 : 1;

	if ((sign > 0 && !take_char(c, '+')) || !take_number(c, 2, &hours) ||
		(take_char(c, ':') && !take_number(c, 2, &minutes)) ||
		(take_char(c, ':') && !take_number(c, 2, &seconds)))
		return false;
	*offset = sign * ((hours * 60 + minutes) * 60 + seconds);
	return *offset > -SECONDS_OF_DAY && *offset < SECONDS_OF_DAY;
}

bool pg_value_read_date(struct str text, struct value *value)
{
	struct civil civil = { 0 };
	struct cursor c = cursor_of(text);

	if (!take_date(&c, &civil) || c.next < c.end)
		return false;
	/* The remainder of a moment before 1970 is 0, too. */
	*value = value_int(civil_to(&civil) / CIVIL_DAY);
	return true;
}

bool pg_value_read_time(struct str text, struct value *value)
{
	struct civil civil = { .year = 1970, .month = 1, .day = 1 };
	struct cursor c = cursor_of(text);

	if (!take_time(&c, &civil) || c.next < c.end)
		return false;
	*value = value_int(civil_to(&civil));
	return true;
}

bool pg_value_read_moment(struct str text, struct value *value)
{
	struct civil civil = { 0 };
	struct cursor c = cursor_of(text);
	int32_t offset;

	if (!take_date(&c, &civil) || !take_char(&c, ' ') || !take_time(&c, &civil))
		return false;
	*value = value_int(civil_to(&civil));
	if (c.next == c.end)
		return true;
	if (!take_offset(&c, &offset) || c.next < c.end)
		return false;
	*value = value_zoned(value->integer, offset);
	return true;
}
