#include "datetime_input.h"

#include "civil.h"
#include "rfc3339.h"
#include "timestamp.h"

static const char year_zero[] = "year 0 is out of range";

/* A datetime before it is known that its year is not 0. */
struct moment {
	int64_t local; /* microseconds since 1970-01-01T00:00:00, as if in UTC */
	struct rfc3339_zone zone;
};

static void set_moment(struct moment *moment, struct timestamp t)
{
	moment->local = t.seconds * CIVIL_SECOND + t.microseconds;
	moment->zone = (struct rfc3339_zone){ .present = true, .offset = 0 };
}

static const char *read_date(struct str text, struct civil *civil)
{
	const char *reason = rfc3339_date(&text, civil);

	if (!reason && text.len > 0)
		reason = RFC3339_EXTRA;
	return reason;
}

/* Returns why the text is not a datetime of RFC 3339, or NULL. */
static const char *read_civil(struct str text, struct moment *moment)
{
	struct civil civil = { 0 };
	const char *reason = rfc3339_date(&text, &civil);

	if (reason)
		return reason;
	if (text.len == 0 || text.ptr[0] == '\0' || !strchr("Tt _", text.ptr[0]))
		return "invalid datetime separator, expected `T`, `t`, `_` or space";
	text = str_from_index(text, 1);
	reason = rfc3339_time(&text, &civil, &moment->zone);
	moment->local = civil_to(&civil);
	return reason;
}

/* Returns the reason for which a datetime cannot be read, or NULL. */
static const char *read_moment(struct arena *arena, const struct json *json, struct moment *moment)
{
	struct timestamp t;
	const char *reason, *number_reason;

	if (json->type != JSON_STRING) {
		reason = timestamp_number(json, &t);
	} else {
		reason = read_civil(json->text, moment);
		if (!reason || !timestamp_text(arena, json->text, &t, &number_reason))
			return reason;
		reason = number_reason;
	}
	if (!reason)
		set_moment(moment, t);
	return reason;
}

static enum datetime_input refuse(
	enum datetime_input outcome, const char *words, const char **reason)
{
	*reason = words;
	return outcome;
}

static enum datetime_input accept_moment(
	const struct moment *m, struct value *value, const char **reason)
{
	if (m->local < CIVIL_FIRST)
		return refuse(DATETIME_INPUT_INVALID, year_zero, reason);
	*value = m->zone.present ? value_zoned(m->local, m->zone.offset) : value_int(m->local);
	return DATETIME_INPUT_OK;
}

/* Reads a text that is not a datetime as a date at midnight. */
static enum datetime_input read_midnight(struct str text, struct value *value, const char **reason)
{
	struct civil civil = { 0 };
	struct timestamp t;

	*reason = read_date(text, &civil);
	if (!*reason)
		return accept_moment(&(struct moment){ .local = civil_to(&civil) }, value, reason);
	const char *number_reason;
	if (timestamp_digits(text, &t, &number_reason))
		*reason = number_reason;
	return DATETIME_INPUT_OTHER;
}

enum datetime_input datetime_input_read(
	struct arena *arena, const struct json *json, struct value *value, const char **reason)
{
	struct moment moment;

	*reason = read_moment(arena, json, &moment);
	if (!*reason)
		return accept_moment(&moment, value, reason);
	if (json->type == JSON_STRING)
		return read_midnight(json->text, value, reason);
	return DATETIME_INPUT_INVALID;
}

static enum datetime_input accept_day(int64_t moment, struct value *value, const char **reason)
{
	if (moment < CIVIL_FIRST)
		return refuse(DATETIME_INPUT_INVALID, year_zero, reason);
	*value = value_int(moment / CIVIL_DAY);
	return DATETIME_INPUT_OK;
}

enum datetime_input datetime_input_date(
	struct arena *arena, const struct json *json, struct value *value, const char **reason)
{
	struct civil civil = { 0 };
	struct moment moment;

	if (json->type == JSON_STRING && !read_date(json->text, &civil))
		return accept_day(civil_to(&civil), value, reason);
	*reason = read_moment(arena, json, &moment);
	if (*reason)
		return DATETIME_INPUT_OTHER;
	if (moment.local % CIVIL_DAY != 0)
		return refuse(DATETIME_INPUT_INEXACT, "", reason);
	return accept_day(moment.local, value, reason);
}

enum datetime_input datetime_input_time(
	struct arena *arena, const struct json *json, struct value *value, const char **reason)
{
	struct civil civil = { .year = 1970, .month = 1, .day = 1 };
	struct rfc3339_zone zone = { .present = true, .offset = 0 };
	int64_t clock = 0;
	struct str text = json->text;

	(void)arena;
	if (json->type == JSON_STRING) {
		*reason = rfc3339_time(&text, &civil, &zone);
		clock = civil_to(&civil);
	} else {
		*reason = timestamp_clock(json, &clock);
	}
	if (*reason)
		return DATETIME_INPUT_INVALID;
	*value = zone.present ? value_zoned(clock, zone.offset) : value_int(clock);
	return DATETIME_INPUT_OK;
}
