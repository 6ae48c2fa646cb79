#include "civil.h"

#include <string.h>

/* A year that begins with March has its leap day last; 400 of them always have as many days. */
enum {
	DAYS_OF_ERA = 146097,
	YEARS_OF_ERA = 400,
	DAYS_OF_CENTURY = 36524,
	DAYS_OF_4_YEARS = 1461,
	DAYS_OF_YEAR = 365,
	DAYS_TO_1970 = 719468, /* from 0000-03-01 */
	MINUTES_OF_DAY = 24 * 60,
	SECONDS_OF_DAY = MINUTES_OF_DAY * 60
};

#define SECOND INT64_C(1000000)

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Days of a year that begins with March before its n-th month, from 0: they have 31 and 30 days in
 * turn, but for two with 31 after each fifth. */
static int days_before(int month)
{
	return (153 * month + 2) / 5;
}

static void set_date(struct civil *c, int64_t days)
{
	int64_t era = floor_divide(days, DAYS_OF_ERA);
	int day = (int)(days - era * DAYS_OF_ERA);
	int year = (day - day / (DAYS_OF_4_YEARS - 1) + day / DAYS_OF_CENTURY -
			   day / (DAYS_OF_ERA - 1)) /
		   DAYS_OF_YEAR;

	day -= DAYS_OF_YEAR * year + year / 4 - year / 100;
	int month = (5 * day + 2) / 153;
	c->day = day - days_before(month) + 1;
	c->month = month < 10 ? month + 3 : month - 9;
	c->year = (int)(era * YEARS_OF_ERA) + year + (c->month <= 2);
}

struct civil civil_from(int64_t microseconds)
{
	int64_t seconds = floor_divide(microseconds, SECOND);
	int64_t days = floor_divide(seconds, SECONDS_OF_DAY);
	int rest = (int)(seconds - days * SECONDS_OF_DAY);
	int64_t fraction = microseconds % SECOND;
	struct civil c = {
		.hour = rest / 3600,
		.minute = rest / 60 % 60,
		.second = rest % 60,
		.microsecond = (int)(fraction < 0 ? fraction + SECOND : fraction),
	};

	set_date(&c, days + DAYS_TO_1970);
	return c;
}

int64_t civil_to(const struct civil *c)
{
	int year = c->year - (c->month <= 2);
	int64_t era = floor_divide(year, YEARS_OF_ERA);
	int64_t of_era = year - era * YEARS_OF_ERA;
	int month = c->month > 2 ? c->month - 3 : c->month + 9;
	int64_t days = era * DAYS_OF_ERA + of_era * DAYS_OF_YEAR + of_era / 4 - of_era / 100 +
		       days_before(month) + c->day - 1 - DAYS_TO_1970;
	int64_t minutes = days * MINUTES_OF_DAY + c->hour * INT64_C(60) + c->minute;

	return (minutes * 60 + c->second) * SECOND + c->microsecond;
}

bool civil_is_day(int year, int month, int day)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month >= 1 && month <= 12 && day >= 1 &&
	       day <= lengths[month - 1] + (month == 2 && leap);
}

/* The last two digits of value, which is not negative. */
static void put_two(char *text, int value)
{
	static const char digits[] = "00010203040506070809101112131415161718192021222324"
				     "25262728293031323334353637383940414243444546474849"
				     "50515253545556575859606162636465666768697071727374"
				     "75767778798081828384858687888990919293949596979899";

	memcpy(text, digits + (size_t)value % 100 * 2, 2);
}

void civil_write(char text[CIVIL_MICROSECONDS], const struct civil *c, char separator)
{
	memcpy(text, "0000-00-00 00:00:00.000000", CIVIL_MICROSECONDS);
	put_two(text, c->year / 100);
	put_two(text + 2, c->year);
	put_two(text + 5, c->month);
	put_two(text + 8, c->day);
	text[10] = separator;
	put_two(text + 11, c->hour);
	put_two(text + 14, c->minute);
	put_two(text + 17, c->second);
	put_two(text + 20, c->microsecond / 10000);
	put_two(text + 22, c->microsecond / 100);
	put_two(text + 24, c->microsecond);
}
