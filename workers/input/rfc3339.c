#include "rfc3339.h"

#include "ascii.h"

static bool take(struct str *s, struct str prefix)
{
	if (!str_starts(*s, prefix))
		return false;
	*s = str_from_index(*s, prefix.len);
	return true;
}

static bool take_digits(struct str *s, size_t n, int *number)
{
	*number = 0;
	if (s->len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!ascii_is(ASCII_DIGIT, s->ptr[i]))
			return false;
		*number = *number * 10 + (s->ptr[i] - '0');
	}
	*s = str_from_index(*s, n);
	return true;
}

const char *rfc3339_date(struct str *text, struct civil *civil)
{
	if (text->len < strlen("YYYY-MM-DD"))
		return "input is too short";
	if (!take_digits(text, 4, &civil->year))
		return "invalid character in year";
	if (!take(text, STR("-")))
		return "invalid date separator, expected `-`";
	if (!take_digits(text, 2, &civil->month))
		return "invalid character in month";
	if (!take(text, STR("-")))
		return "invalid date separator, expected `-`";
	if (!take_digits(text, 2, &civil->day))
		return "invalid character in day";
	if (civil->month < 1 || civil->month > 12)
		return "month value is outside expected range of 1-12";
	if (!civil_is_day(civil->year, civil->month, civil->day))
		return "day value is outside expected range";
	return NULL;
}

static const char *take_fraction(struct str *s, int *microseconds)
{
	size_t n = 0;

	if (!take(s, STR(".")) && !take(s, STR(",")))
		return NULL;
	for (; n < s->len && ascii_is(ASCII_DIGIT, s->ptr[n]); n++)
		if (n < 6)
			*microseconds = *microseconds * 10 + (s->ptr[n] - '0');
	for (size_t i = n; i < 6; i++)
		*microseconds *= 10;
	*s = str_from_index(*s, n);
	return n > 0 ? NULL : "second fraction digits missing after `.`";
}

static const char *take_seconds(struct str *s, struct civil *civil)
{
	civil->second = civil->microsecond = 0;
	if (!take(s, STR(":")))
		return NULL;
	if (!take_digits(s, 2, &civil->second))
		return "invalid character in second";
	if (civil->second > 59)
		return "second value is outside expected range of 0-59";
	return take_fraction(s, &civil->microsecond);
}

static const char *take_clock(struct str *s, struct civil *civil)
{
	if (s->len < strlen("HH:MM"))
		return "input is too short";
	if (!take_digits(s, 2, &civil->hour))
		return "invalid character in hour";
	if (!take(s, STR(":")))
		return "invalid time separator, expected `:`";
	if (!take_digits(s, 2, &civil->minute))
		return "invalid character in minute";
	if (civil->hour > 23)
		return "hour value is outside expected range of 0-23";
	if (civil->minute > 59)
		return "minute value is outside expected range of 0-59";
	return take_seconds(s, civil);
}

static const char *take_offset(struct str *s, int32_t *offset)
{
	const struct str minus = STR("\xe2\x88\x92");
	bool behind = take(s, STR("-")) || take(s, minus);
	int hours, minutes;

	if (!behind && !take(s, STR("+")))
		return "invalid timezone sign";
	if (!take_digits(s, 2, &hours))
		return "invalid timezone hour";
	take(s, STR(":"));
	if (!take_digits(s, 2, &minutes))
		return "invalid timezone minute";
	if (minutes > 59)
		return "timezone minute value is outside expected range of 0-59";
	if (hours > 23)
		return "timezone offset must be less than 24 hours";
	*offset = (hours * 60 + minutes) * 60 * (behind ? -1 : 1);
	return NULL;
}

const char *rfc3339_time(struct str *text, struct civil *civil, struct rfc3339_zone *zone)
{
	const char *reason = take_clock(text, civil);

	*zone = (struct rfc3339_zone){ .present = text->len > 0 };
	if (reason || !zone->present)
		return reason;
	if (!take(text, STR("Z")) && !take(text, STR("z")))
		reason = take_offset(text, &zone->offset);
	if (!reason && text->len > 0)
		reason = RFC3339_EXTRA;
	return reason;
}
