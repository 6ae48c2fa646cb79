#include "datetime.h"

#include "civil.h"

#include <time.h>

enum { FRACTION_DIGITS = 6 };

_Static_assert((int)DATETIME_LENGTH == (int)CIVIL_MICROSECONDS, "a moment has no room");

void datetime_format(int64_t microseconds, char text[DATETIME_LENGTH + 1])
{
	struct civil c = civil_from(microseconds);

	civil_write(text, &c, ' ');
	text[DATETIME_LENGTH] = '\0';
}

/* What is not read yet; every take_ returns false if something else comes first. */
struct cursor {
	const char *next, *end;
};

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

static bool take_two(struct cursor *c, int *number)
{
	int tens, ones;

	if (!take_digit(c, &tens) || !take_digit(c, &ones))
		return false;
	*number = tens * 10 + ones;
	return true;
}

static bool take_date(struct cursor *c, struct civil *civil)
{
	int century, rest;

	if (!take_two(c, &century) || !take_two(c, &rest) || !take_char(c, '-') ||
		!take_two(c, &civil->month) || !take_char(c, '-') || !take_two(c, &civil->day))
		return false;
	civil->year = century * 100 + rest;
	return true;
}

/* Digits beyond the sixth are read and dropped. */
static bool take_fraction(struct cursor *c, int *fraction)
{
	int digit, digits = 0;

	*fraction = 0;
	for (; take_digit(c, &digit); digits++)
		if (digits < FRACTION_DIGITS)
			*fraction = *fraction * 10 + digit;
	for (int i = digits; i < FRACTION_DIGITS; i++)
		*fraction *= 10;
	return digits > 0;
}

static bool take_time(struct cursor *c, struct civil *civil)
{
	if (!take_two(c, &civil->hour) || !take_char(c, ':') || !take_two(c, &civil->minute))
		return false;
	if (!take_char(c, ':'))
		return true;
	return take_two(c, &civil->second) &&
	       (!take_char(c, '.') || take_fraction(c, &civil->microsecond));
}

static bool take_any(struct cursor c, struct civil *civil)
{
	if (!take_date(&c, civil))
		return false;
	if ((take_char(&c, ' ') || take_char(&c, 'T')) && !take_time(&c, civil))
		return false;
	return c.next == c.end;
}

/* Two digits; anything else is noted. */
static int read_two(const char *p, int *wrong)
{
	unsigned tens = (unsigned char)p[0] - '0';
	unsigned ones = (unsigned char)p[1] - '0';

	*wrong |= (tens > 9) | (ones > 9);
	return (int)(tens * 10 + ones);
}

/* The form that datetime_format and the reference write, in a tenth of the time. */
static bool take_usual(struct str text, struct civil *c)
{
	const char *p = text.ptr;

	if (text.len != DATETIME_LENGTH)
		return false;
	int wrong = (p[4] != '-') | (p[7] != '-') | (p[10] != ' ') | (p[13] != ':') |
		    (p[16] != ':') | (p[19] != '.');
	c->year = read_two(p, &wrong) * 100 + read_two(p + 2, &wrong);
	c->month = read_two(p + 5, &wrong);
	c->day = read_two(p + 8, &wrong);
	c->hour = read_two(p + 11, &wrong);
	c->minute = read_two(p + 14, &wrong);
	c->second = read_two(p + 17, &wrong);
	c->microsecond = read_two(p + 20, &wrong) * 10000 + read_two(p + 22, &wrong) * 100 +
			 read_two(p + 24, &wrong);
	return !wrong;
}

static bool is_moment(const struct civil *c)
{
	return c->year > 0 && civil_is_day(c->year, c->month, c->day) && c->hour <= 23 &&
	       c->minute <= 59 && c->second <= 59;
}

bool datetime_parse(struct str text, int64_t *microseconds)
{
	struct civil civil = { 0 };

	if (!take_usual(text, &civil)) {
		civil = (struct civil){ 0 };
		if (!take_any((struct cursor){ text.ptr, text.ptr + text.len }, &civil))
			return false;
	}
	if (!is_moment(&civil))
		return false;
	*microseconds = civil_to(&civil);
	return true;
}

int64_t datetime_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
