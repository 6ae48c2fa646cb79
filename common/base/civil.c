#include "civil.h"

#include "decimal.h"
#include "word.h"

#include <string.h>

/* Years are counted from 1 March, so that the leap day is the last day of a year. An era of 400
 * such years always has the same number of days. Dividing an era's days by four gives the century,
 * and dividing the days of four years by four gives the year: rounding puts the extra day into the
 * last century and the last year, which are the longer ones. */
enum {
	DAYS_OF_ERA = 146097,
	YEARS_OF_ERA = 400,
	DAYS_OF_4_YEARS = 1461,
	ERAS = 731, /* added before the arithmetic, so that no moment is negative */
	DAYS_TO_1970 = 719468 + ERAS * DAYS_OF_ERA, /* from 0000-03-01, plus these eras */
	HOURS_OF_DAY = 24,
	MINUTES_OF_HOUR = 60,
	SECONDS_OF_MINUTE = 60,
	FEBRUARY = 2
};

static void set_date(struct civil *c, int64_t days)
{
	uint32_t quarters = (uint32_t)(days + DAYS_TO_1970) * 4 + 3;
	uint32_t century = quarters / DAYS_OF_ERA;

	quarters = quarters % DAYS_OF_ERA | 3; /* quarter days of this century */
	uint32_t year = quarters / DAYS_OF_4_YEARS;
	/* From March on, five months have 153 days: 31, 30, 31, 30, 31. */
	uint32_t fifths = quarters % DAYS_OF_4_YEARS / 4 * 5 + 2;
	uint32_t month = fifths / 153;
	bool next = month >= 10;

	c->year = (int)(century * 100 + year + next) - ERAS * YEARS_OF_ERA;
	c->month = (int)(next ? month - 9 : month + 3);
	c->day = (int)(fifths % 153 / 5 + 1);
}

static inline struct civil split(int64_t microseconds)
{
	int64_t days = microseconds / CIVIL_DAY;
	int64_t rest = microseconds % CIVIL_DAY;
	struct civil c;

	if (rest < 0) {
		rest += CIVIL_DAY;
		days--;
	}
	uint32_t seconds = (uint32_t)((uint64_t)rest / CIVIL_SECOND);
	uint32_t minutes = seconds / SECONDS_OF_MINUTE;
	c.microsecond = (int)((uint64_t)rest % CIVIL_SECOND);
	c.second = (int)(seconds % SECONDS_OF_MINUTE);
	c.minute = (int)(minutes % MINUTES_OF_HOUR);
	c.hour = (int)(minutes / MINUTES_OF_HOUR);
	set_date(&c, days);
	return c;
}

struct civil civil_from(int64_t microseconds)
{
	return split(microseconds);
}

/* Days since 1970-01-01. */
static inline int64_t days_to(int year, int month, int day)
{
	/* Days between 1 March and each month, from January to December. */
	static const uint16_t before[] = { 306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275 };
	uint32_t years = (uint32_t)(year + ERAS * YEARS_OF_ERA - (month <= FEBRUARY));
	uint32_t centuries = years / 100;
	uint32_t days = years * DAYS_OF_4_YEARS / 4 - centuries + centuries / 4 +
			before[month - 1] + (uint32_t)day;

	return (int64_t)days - 1 - DAYS_TO_1970;
}

/* Unsigned arithmetic: the first day begins before INT64_MIN microseconds. */
static inline int64_t join(int64_t days, int hour, int minute, int second, int microsecond)
{
	int minutes = hour * MINUTES_OF_HOUR + minute;
	int64_t seconds = minutes * SECONDS_OF_MINUTE + second;

	return (int64_t)((uint64_t)days * CIVIL_DAY +
			 (uint64_t)(seconds * CIVIL_SECOND + microsecond));
}

int64_t civil_to(const struct civil *c)
{
	return join(
		days_to(c->year, c->month, c->day), c->hour, c->minute, c->second, c->microsecond);
}

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static inline bool is_day(int year, int month, int day)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (month < 1 || month > 12 || day < 1)
		return false;
	return day <= lengths[month - 1] || (month == FEBRUARY && day == 29 && is_leap(year));
}

unsigned civil_format(char text[CIVIL_MICROSECONDS], int64_t microseconds, char separator)
{
	struct civil c = split(microseconds);
	unsigned year = (unsigned)c.year % 10000;
	unsigned fraction = (unsigned)c.microsecond;

	memcpy(text, "0000-00-00 00:00:00.000000", CIVIL_MICROSECONDS);
	decimal_put_two(text, year / 100);
	decimal_put_two(text + 2, year % 100);
	decimal_put_two(text + 5, (unsigned)c.month);
	decimal_put_two(text + 8, (unsigned)c.day);
	text[10] = separator;
	decimal_put_two(text + 11, (unsigned)c.hour);
	decimal_put_two(text + 14, (unsigned)c.minute);
	decimal_put_two(text + 17, (unsigned)c.second);
	decimal_put_two(text + 20, fraction / 10000);
	decimal_put_two(text + 22, fraction / 100 % 100);
	decimal_put_two(text + 24, fraction % 100);
	return fraction;
}

/* Sets a high bit if any of the eight bytes is below its least or above its most value. Subtracting
 * borrows from the next byte only if a byte is out of range itself. */
static uint64_t outside(const char *bytes, const char *least, const char *most)
{
	uint64_t word = word_at(bytes);

	return (word_at(most) - word) | (word - word_at(least));
}

/* True if each byte is in the range of its place. Year, minute, second and fraction are then valid,
 * except for the year 0; month, day and hour still need a check. */
static bool has_form(const char text[CIVIL_MICROSECONDS])
{
	static const char least[] = "0000-00-00 00:00:00.000000";
	static const char most[] = "9999-19-39 29:59:59.999999";
	uint64_t wrong = 0;

	wrong |= outside(text, least, most);
	wrong |= outside(text + 8, least + 8, most + 8);
	wrong |= outside(text + 16, least + 16, most + 16);
	wrong |= outside(text + 18, least + 18, most + 18);
	return !(wrong & WORD_OF(0x80));
}

static int two(const char *digits)
{
	return digits[0] * 10 + digits[1] - '0' * 11;
}

bool civil_parse(const char text[CIVIL_MICROSECONDS], int64_t *microseconds)
{
	if (!has_form(text))
		return false;
	int year = two(text) * 100 + two(text + 2);
	int month = two(text + 5), day = two(text + 8), hour = two(text + 11);
	if (year == 0 || !is_day(year, month, day) || hour >= HOURS_OF_DAY)
		return false;
	int fraction = two(text + 20) * 10000 + two(text + 22) * 100 + two(text + 24);
	*microseconds =
		join(days_to(year, month, day), hour, two(text + 14), two(text + 17), fraction);
	return true;
}

bool civil_is_day(int year, int month, int day)
{
	return is_day(year, month, day);
}
