#include "datetime.h"

#include <stdio.h>
#include <time.h>

enum { PER_SECOND = 1000000, FRACTION_DIGITS = 6 };

void datetime_format(int64_t microseconds, char text[DATETIME_LENGTH + 1])
{
	int64_t fraction = microseconds % PER_SECOND;
	struct tm utc;

	if (fraction < 0)
		fraction += PER_SECOND;
	time_t seconds = (microseconds - fraction) / PER_SECOND;
	gmtime_r(&seconds, &utc);
	/* The remainders tell the compiler, too, how long the text gets. */
	snprintf(text, DATETIME_LENGTH + 1, "%04u-%02u-%02u %02u:%02u:%02u.%06u",
		(unsigned)(utc.tm_year + 1900) % 10000, (unsigned)(utc.tm_mon + 1) % 100,
		(unsigned)utc.tm_mday % 100, (unsigned)utc.tm_hour % 100,
		(unsigned)utc.tm_min % 100, (unsigned)utc.tm_sec % 100,
		(unsigned)fraction % PER_SECOND);
}

/* What is not read yet; every take_ returns false, and leaves it, if something else comes first. */
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

static bool take_digits(struct cursor *c, int count, int *number)
{
	const char *p = c->next;
	int value = 0;

	if (c->end - p < count)
		return false;
	for (const char *end = p + count; p < end; p++) {
		if (*p < '0' || *p > '9')
			return false;
		value = value * 10 + (*p - '0');
	}
	c->next = p;
	*number = value;
	return true;
}

static bool take_date(struct cursor *c, struct tm *tm)
{
	if (!take_digits(c, 4, &tm->tm_year) || !take_char(c, '-') ||
		!take_digits(c, 2, &tm->tm_mon) || !take_char(c, '-') ||
		!take_digits(c, 2, &tm->tm_mday) || tm->tm_year == 0)
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon -= 1;
	return true;
}

/* Digits beyond the sixth are read and dropped. */
static bool take_fraction(struct cursor *c, int *fraction)
{
	int digit, digits = 0;

	*fraction = 0;
	for (; take_digits(c, 1, &digit); digits++)
		if (digits < FRACTION_DIGITS)
			*fraction = *fraction * 10 + digit;
	for (int i = digits; i < FRACTION_DIGITS; i++)
		*fraction *= 10;
	return digits > 0;
}

static bool take_time(struct cursor *c, struct tm *tm, int *fraction)
{
	if (!take_digits(c, 2, &tm->tm_hour) || !take_char(c, ':') ||
		!take_digits(c, 2, &tm->tm_min) || tm->tm_hour > 23 || tm->tm_min > 59)
		return false;
	if (!take_char(c, ':'))
		return true;
	if (!take_digits(c, 2, &tm->tm_sec) || tm->tm_sec > 59)
		return false;
	return !take_char(c, '.') || take_fraction(c, fraction);
}

bool datetime_parse(struct str text, int64_t *microseconds)
{
	struct cursor c = { text.ptr, text.ptr + text.len };
	struct tm tm = { 0 };
	int fraction = 0;

	if (!take_date(&c, &tm))
		return false;
	if ((take_char(&c, ' ') || take_char(&c, 'T')) && !take_time(&c, &tm, &fraction))
		return false;
	if (c.next != c.end)
		return false;
	int month = tm.tm_mon, day = tm.tm_mday;
	int64_t seconds = timegm(&tm);
	/* timegm makes 1 March of 30 February: such a day comes back as another. */
	if (tm.tm_mon != month || tm.tm_mday != day)
		return false;
	*microseconds = seconds * PER_SECOND + fraction;
	return true;
}

int64_t datetime_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * PER_SECOND + now.tv_nsec / 1000;
}
