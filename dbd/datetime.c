#include "datetime.h"

#include "civil.h"

#include <time.h>

enum { FRACTION_DIGITS = 6 };

_Static_assert((int)DATETIME_LENGTH == (int)CIVIL_MICROSECONDS, "a moment has no room");

void datetime_format(int64_t microseconds, char text[DATETIME_LENGTH + 1])
{
	civil_format(text, microseconds, ' ');
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

static bool is_moment(const struct civil *c)
{
	return c->year > 0 && civil_is_day(c->year, c->month, c->day) && c->hour <= 23 &&
	       c->minute <= 59 && c->second <= 59;
}

/* Any form: the usual one too, but in ten times the time. Not inline, as its locals would cost
 * datetime_parse a tenth. */
__attribute__((noinline)) static bool parse_any(struct str text, int64_t *microseconds)
{
	struct civil civil = { 0 };

	if (!take_any((struct cursor){ text.ptr, text.ptr + text.len }, &civil) ||
		!is_moment(&civil))
		return false;
	*microseconds = civil_to(&civil);
	return true;
}

bool datetime_parse(struct str text, int64_t *microseconds)
{
	return (text.len == DATETIME_LENGTH && civil_parse(text.ptr, microseconds)) ||
	       parse_any(text, microseconds);
}

int64_t datetime_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
