/* The values of defaults, of choices and of limits. */
#include "declaration_reading.h"

#include "civil.h"
#include "json_place.h"
#include "plain_decimal.h"
#include "record.h"
#include "table.h"
#include "uuid.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MINUTE = 60, HOUR = 60 * MINUTE }; /* seconds */

/* Numbers. */

static bool int_read(
	struct reading *r, const struct spot *spot, const struct field *f, struct value *value)
{
	int64_t n;

	(void)f;
	if (!reading_int64(r, spot, &n))
		return false;
	*value = value_int(n);
	return true;
}

static struct str token_of(const struct reading *r, const struct spot *spot)
{
	return json_place_token(r->text, json_place_of(r->text, r->root, spot->value));
}

static bool is_number(const struct spot *spot)
{
	return spot->value->type == JSON_INT || spot->value->type == JSON_FLOAT;
}

static bool number_read(
	struct reading *r, const struct spot *spot, const struct field *f, struct value *value)
{
	(void)f;
	if (!is_number(spot))
		return reading_refuse_found(r, spot, "allowed is a number");
	double number = spot->value->type == JSON_FLOAT
				? spot->value->number
				: strtod(arena_copy(r->arena, spot->value->text).ptr, NULL);
	if (isinf(number))
		return reading_refuse_found(r, spot, "allowed is a number in the range of doubles");
	*value = value_number(number);
	return true;
}

static bool decimal_read(
	struct reading *r, const struct spot *spot, const struct field *f, struct value *value)
{
	struct str text = STR("");

	(void)f;
	if (spot->value->type == JSON_STRING || spot->value->type == JSON_INT)
		text = spot->value->text;
	else if (spot->value->type == JSON_FLOAT)
		text = token_of(r, spot);
	if (!plain_decimal_valid(text))
		return reading_refuse_found(r, spot,
			"allowed is a decimal number without an exponent: 9.99, or \"9.99\"");
	*value = value_text(region_copy(r->region, text));
	return true;
}

static bool bool_read(
	struct reading *r, const struct spot *spot, const struct field *f, struct value *value)
{
	bool on;

	(void)f;
	if (!reading_bool(r, spot, &on))
		return false;
	*value = value_int(on);
	return true;
}

/* Texts. */

static bool text_read(
	struct reading *r, const struct spot *spot, const struct field *f, struct value *value)
{
	struct str text;

	(void)f;
	if (!reading_text(r, spot, &text))
		return false;
	*value = value_text(region_copy(r->region, text));
	return true;
}

static bool email_read(
	struct reading *r, const struct spot *spot, const struct field *f, struct value *value)
{
	if (!text_read(r, spot, f, value))
		return false;
	const char *at = strchr(value->text.ptr, '@');
	if (!at || at == value->text.ptr || !at[1])
		return reading_refuse_found(r, spot, "allowed is an e-mail address");
	return true;
}

static bool url_read(
	struct reading *r, const struct spot *spot, const struct field *f, struct value *value)
{
	if (!text_read(r, spot, f, value))
		return false;
	if (!str_starts(value->text, STR("http://")) && !str_starts(value->text, STR("https://")))
		return reading_refuse_found(r, spot, "allowed is a URL with http or https");
	return true;
}

static bool uuid_read(
	struct reading *r, const struct spot *spot, const struct field *f, struct value *value)
{
	if (spot->value->type == JSON_STRING && text_read(r, spot, f, value) &&
		uuid_valid(value->text))
		return true;
	return reading_refuse_found(r, spot, "allowed is a UUID of 36 lower-case characters");
}

/* Times, in the form of RFC 3339. */

static struct str text_of(const struct spot *spot)
{
	return spot->value->type == JSON_STRING ? spot->value->text : STR("");
}

/* The microseconds of ".5" to ".123456"; the text is what follows the point. */
static bool take_fraction(struct str *rest, int64_t *microseconds)
{
	int64_t unit = CIVIL_SECOND;
	size_t n = 1;

	if (rest->len == 0 || rest->ptr[0] != '.')
		return true;
	for (; n < rest->len && n <= 6 && rest->ptr[n] >= '0' && rest->ptr[n] <= '9'; n++)
		*microseconds += (rest->ptr[n] - '0') * (unit /= 10);
	*rest = str_from_index(*rest, n);
	return n > 1;
}

static bool two_digits(const char *text, int32_t most, int32_t *value)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return false;
	*value = (text[0] - '0') * 10 + text[1] - '0';
	return *value <= most;
}

/* "", "Z" or "+02:00". */
static bool take_zone(struct str rest, struct value *value)
{
	int32_t hours, minutes;

	if (rest.len == 0)
		return true;
	if (str_equal(rest, STR("Z"))) {
		*value = value_zoned(value->integer, 0);
		return true;
	}
	if (rest.len != 6 || (rest.ptr[0] != '+' && rest.ptr[0] != '-') || rest.ptr[3] != ':' ||
		!two_digits(rest.ptr + 1, 23, &hours) || !two_digits(rest.ptr + 4, 59, &minutes))
		return false;
	int32_t offset = hours * HOUR + minutes * MINUTE;
	*value = value_zoned(value->integer, rest.ptr[0] == '-' ? -offset : offset);
	return true;
}

/* "2026-01-02" and 'T' or ' ' in front of the time, as civil_parse wants them. */
static bool parse_moment(struct str date, struct str time, struct value *value)
{
	char text[CIVIL_MICROSECONDS];
	int64_t moment, fraction = 0;
	struct str rest;

	if (date.len != 10 || time.len < 8)
		return false;
	memcpy(text, "0000-00-00 00:00:00.000000", sizeof(text));
	memcpy(text, date.ptr, 10);
	memcpy(text + 11, time.ptr, 8);
	rest = str_from_index(time, 8);
	if (!civil_parse(text, &moment) || !take_fraction(&rest, &fraction))
		return false;
	*value = value_int(moment + fraction);
	return take_zone(rest, value);
}

static bool date_read(
	struct reading *r, const struct spot *spot, const struct field *f, struct value *value)
{
	(void)f;
	if (!parse_moment(text_of(spot), STR("00:00:00"), value))
		return reading_refuse_found(r, spot, "allowed is a date: \"2026-01-02\"");
	value->integer /= CIVIL_DAY;
	return true;
}

static bool time_read(
	struct reading *r, const struct spot *spot, const struct field *f, struct value *value)
{
	(void)f;
	if (!parse_moment(STR("1970-01-01"), text_of(spot), value))
		return reading_refuse_found(r, spot, "allowed is a time: \"12:00:00\"");
	return true;
}

static bool datetime_read(
	struct reading *r, const struct spot *spot, const struct field *f, struct value *value)
{
	struct str text = text_of(spot);

	(void)f;
	if (text.len > 11 && text.ptr[10] == 'T' &&
		parse_moment((struct str){ text.ptr, 10 }, str_from_index(text, 11), value))
		return true;
	return reading_refuse_found(
		r, spot, "allowed is a datetime: \"2026-01-02T12:00:00\", with or without a zone");
}

/* Choices. */

static bool is_choice(const struct spot *spot, const struct choices *choices, unsigned i)
{
	const struct choice *c = &choices->list[i];

	if (!choices->integers)
		return spot->value->type == JSON_STRING && str_equal(spot->value->text, c->text);
	char digits[32];
	int n = snprintf(digits, sizeof(digits), "%lld", (long long)c->integer);
	return spot->value->type == JSON_INT &&
	       str_equal(spot->value->text, (struct str){ digits, (size_t)n });
}

static bool choice_read(
	struct reading *r, const struct spot *spot, const struct field *f, struct value *value)
{
	for (unsigned i = 0; i < f->choices->count; i++) {
		if (!is_choice(spot, f->choices, i))
			continue;
		*value = value_int(i);
		return true;
	}
	return reading_refuse_word(r, spot, declaration_list_choices(r, f->choices));
}

/* JSON. */

static void json_copy(struct reading *r, const struct spot *spot, struct value *value)
{
	*value = value_text(str_from(reading_json(r, spot)));
}

static bool object_read(
	struct reading *r, const struct spot *spot, const struct field *f, struct value *value)
{
	(void)f;
	if (!reading_object(r, spot))
		return false;
	json_copy(r, spot, value);
	return true;
}

static bool array_read(
	struct reading *r, const struct spot *spot, const struct field *f, struct value *value)
{
	struct value item;
	unsigned n = 0;

	if (spot->value->type != JSON_ARRAY)
		return reading_refuse_found(r, spot, "allowed is an array");
	for (const struct json *i = spot->value->first; i; i = i->next)
		if (!declaration_read_value(r, spot_item(r, spot, n++, i), f->items, &item))
			return false;
	json_copy(r, spot, value);
	return true;
}

/* Rows have no keys that a declaration can know. */
static bool links_read(
	struct reading *r, const struct spot *spot, const struct field *f, struct value *value)
{
	(void)f;
	*value = value_text(STR("[]"));
	return (spot->value->type == JSON_ARRAY && spot->value->count == 0) ||
	       reading_refuse_found(r, spot, "allowed is []");
}

/* clang-format off */
#define FORMS(ROW) \
	ROW(FIELD_INT,       int_read) \
	ROW(FIELD_NUMBER,    number_read) \
	ROW(FIELD_DECIMAL,   decimal_read) \
	ROW(FIELD_BOOL,      bool_read) \
	ROW(FIELD_STR,       text_read) \
	ROW(FIELD_TEXT,      text_read) \
	ROW(FIELD_EMAIL,     email_read) \
	ROW(FIELD_URL,       url_read) \
	ROW(FIELD_UUID,      uuid_read) \
	ROW(FIELD_DATE,      date_read) \
	ROW(FIELD_TIME,      time_read) \
	ROW(FIELD_DATETIME,  datetime_read) \
	ROW(FIELD_ENUM,      choice_read) \
	ROW(FIELD_LITERAL,   choice_read) \
	ROW(FIELD_OBJECT,    object_read) \
	ROW(FIELD_ARRAY,     array_read) \
	ROW(FIELD_LINKS,     links_read)
/* clang-format on */

static const struct {
	bool (*read)(struct reading *r, const struct spot *spot, const struct field *f,
		struct value *value);
} forms[] = { FORMS(TABLE_ROW) };
TABLE_IS_WHOLE(FORMS, FIELD_TYPE__COUNT);

bool declaration_read_value(
	struct reading *r, const struct spot *spot, const struct field *f, struct value *value)
{
	return forms[f->type].read(r, spot, f, value) && declaration_check_value(r, spot, f, value);
}
