#include "field_value.h"

#include "arena_buf.h"
#include "civil.h"
#include "json_write.h"
#include "pattern.h"
#include "pattern_sample.h"
#include "splitmix.h"
#include "table.h"
#include "utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum {
	VALUE_MOST = 64 * 1024 * 1024, /* bytes */
	SPAN = 1000000,                /* of numbers without bounds */
	DAYS = 20000,
	DAYS_TO_2000 = 10957,
	TRIES = 256, /* to match a pattern */
	LOCAL_MOST = 64,
	LABEL_MOST = 63,
	BASE = 36
};

typedef struct str value_maker(struct arena *arena, const struct field *f, uint64_t n);

static struct str quote(struct arena *arena, struct str text)
{
	struct buf out;

	buf_init(&out, VALUE_MOST);
	json_write_string(&out, text);
	return arena_take(arena, &out);
}

/* Numbers. */

struct range {
	double low, high, step;
};

static struct range range_of(const struct field *f)
{
	const struct limit *limits = f->limits;
	struct range r = { -INFINITY, INFINITY, 1 };

	if (limits[LIMIT_MULTIPLE_OF].text.ptr)
		r.step = limits[LIMIT_MULTIPLE_OF].number;
	if (limits[LIMIT_LE].text.ptr)
		r.high = limits[LIMIT_LE].number;
	if (limits[LIMIT_LT].text.ptr)
		r.high = fmin(r.high, limits[LIMIT_LT].number - r.step);
	if (limits[LIMIT_GE].text.ptr)
		r.low = limits[LIMIT_GE].number;
	if (limits[LIMIT_GT].text.ptr)
		r.low = fmax(r.low, limits[LIMIT_GT].number + r.step);
	if (isinf(r.low))
		r.low = isinf(r.high) ? 0 : fmin(0, r.high - SPAN);
	if (isinf(r.high))
		r.high = r.low + SPAN;
	return r;
}

/* Steps count from 0, so that multiples are found; without multiple_of from the lower bound. */
static double number_within(const struct range *r, bool multiples, uint64_t n)
{
	double first = multiples ? ceil(r->low / r->step) * r->step : r->low;
	double count = floor((r->high - first) / r->step);

	return count < 1 ? first : first + r->step * (double)(n % (uint64_t)(count + 1));
}

static bool has_multiple(const struct field *f)
{
	return f->limits[LIMIT_MULTIPLE_OF].text.ptr != NULL;
}

static struct str make_integer(struct arena *arena, const struct field *f, uint64_t n)
{
	struct range r = range_of(f);

	return arena_printf(arena, "%.0f", number_within(&r, has_multiple(f), n));
}

static struct str make_number(struct arena *arena, const struct field *f, uint64_t n)
{
	struct range r = range_of(f);
	double number = number_within(&r, has_multiple(f), n);

	if (!has_multiple(f) && number + 0.25 < r.high)
		number += 0.25;
	return arena_printf(arena, "%.15g", number);
}

/* Within the digits before the point that max_digits leaves. */
static struct str make_decimal(struct arena *arena, const struct field *f, uint64_t n)
{
	struct range r = range_of(f);
	uint32_t places = f->places == FIELD_UNBOUNDED ? 0 : f->places;
	double most = f->digits == FIELD_UNBOUNDED || f->digits - places > 15
			      ? INFINITY
			      : pow(10, f->digits - places) - 1;

	r.high = fmin(r.high, most);
	r.low = fmax(r.low, -most);
	double number = number_within(&r, has_multiple(f), n);
	if (!has_multiple(f) && places > 0 && number + 0.5 < r.high)
		number += 0.5;
	return arena_printf(arena, "\"%.15g\"", number);
}

static struct str make_boolean(struct arena *arena, const struct field *f, uint64_t n)
{
	(void)f;
	return arena_copy(arena, n & 1 ? STR("true") : STR("false"));
}

/* Texts. */

/* A word that tells the number, of at most `most` characters. */
static struct str word_of(struct arena *arena, uint64_t n, size_t most)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	char text[16];
	size_t at = sizeof(text);

	do
		text[--at] = digits[n % BASE];
	while ((n /= BASE) > 0 && at > 1);
	text[--at] = 'v';
	size_t length = sizeof(text) - at;
	size_t left_out = length > most ? length - most : 0;
	return arena_copy(arena, (struct str){ text + at + left_out, length - left_out });
}

/* Before, the text, and as many x that the whole has this length. */
static struct str padded(struct arena *arena, const char *before, struct str text, size_t length)
{
	size_t used = strlen(before) + text.len;
	struct buf out;

	buf_init(&out, VALUE_MOST);
	buf_str(&out, str_from(before));
	buf_str(&out, text);
	for (size_t i = used; i < length; i++)
		buf_char(&out, 'x');
	return arena_take(arena, &out);
}

static struct str word_of_length(struct arena *arena, uint64_t n, size_t length)
{
	return padded(arena, "", word_of(arena, n, length), length);
}

static struct str url_of_length(struct arena *arena, uint64_t n, size_t length)
{
	size_t room = length - FIELD_VALUE_URL_LEAST;

	return padded(arena, "http://b.co/", word_of(arena, n, room), length);
}

/* The domain takes what the part before the @ may not have. */
static struct str email_of_length(struct arena *arena, uint64_t n, size_t length)
{
	size_t room = length - strlen("@b.co");
	size_t local = room > LOCAL_MOST ? LOCAL_MOST : room;
	size_t labels = room - local;
	struct buf out;

	if (labels == 1) {
		local--;
		labels++;
	}
	buf_init(&out, VALUE_MOST);
	buf_str(&out, word_of_length(arena, n, local));
	buf_char(&out, '@');
	while (labels > 0) {
		size_t label = labels > LABEL_MOST + 1 ? LABEL_MOST + 1 : labels;
		label -= labels - label == 1;
		buf_str(&out, word_of_length(arena, n, label - 1));
		buf_char(&out, '.');
		labels -= label;
	}
	buf_str(&out, STR("b.co"));
	return arena_take(arena, &out);
}

struct str field_value_of_length(
	struct arena *arena, const struct field *f, uint64_t n, size_t length)
{
	if (f->type == FIELD_EMAIL)
		return quote(arena, email_of_length(arena, n, length));
	if (f->type == FIELD_URL)
		return quote(arena, url_of_length(arena, n, length));
	return quote(arena, word_of_length(arena, n, length));
}

/* A length near the usual one that the field's bounds allow. */
static size_t bounded(const struct field *f, size_t length)
{
	if (length > f->len.max)
		length = f->len.max;
	return length < f->len.min ? f->len.min : length;
}

static bool fits(const struct field *f, struct pattern *pattern, struct str text)
{
	size_t length;

	return utf8_count(text, &length) && length >= f->len.min && length <= f->len.max &&
	       pattern_matches(pattern, text);
}

/* Tries texts that the pattern could match. Returns false if none fits. */
static bool match_pattern(struct arena *arena, const struct field *f, uint64_t n, struct str *text)
{
	struct pattern *pattern;
	struct buf out, error;
	bool found = false;

	buf_init(&error, VALUE_MOST);
	pattern = pattern_compile(f->pattern, &error);
	buf_done(&error);
	buf_init(&out, VALUE_MOST);
	for (uint64_t i = 0; pattern && i < TRIES && !found; i++) {
		buf_truncate(&out, 0);
		pattern_sample(f->pattern, n * TRIES + i, &out);
		found = fits(f, pattern, buf_view(&out));
	}
	if (found)
		*text = arena_copy(arena, buf_view(&out));
	buf_done(&out);
	pattern_free(pattern);
	return found;
}

static struct str make_text(struct arena *arena, const struct field *f, uint64_t n)
{
	struct str text;

	if (f->pattern.ptr && match_pattern(arena, f, n, &text))
		return quote(arena, text);
	return field_value_of_length(arena, f, n, bounded(f, word_of(arena, n, SIZE_MAX).len));
}

static struct str make_email(struct arena *arena, const struct field *f, uint64_t n)
{
	size_t usual = word_of(arena, n, SIZE_MAX).len + strlen("@b.co");

	return field_value_of_length(arena, f, n, bounded(f, usual));
}

static struct str make_url(struct arena *arena, const struct field *f, uint64_t n)
{
	size_t usual = word_of(arena, n, SIZE_MAX).len + strlen("http://b.co/");

	return field_value_of_length(arena, f, n, bounded(f, usual));
}

static struct str make_uuid(struct arena *arena, const struct field *f, uint64_t n)
{
	uint64_t high = splitmix_next(&n), low = splitmix_next(&n);

	(void)f;
	return arena_printf(arena,
		"\"%08" PRIx64 "-%04" PRIx64 "-4%03" PRIx64 "-8%03" PRIx64 "-%012" PRIx64 "\"",
		high >> 32, high >> 16 & 0xffff, high & 0xfff, low >> 52, low & 0xffffffffffff);
}

/* Days and times. */

static struct civil civil_of(uint64_t n)
{
	int64_t day = DAYS_TO_2000 + (int64_t)(n % DAYS);

	return civil_from(day * CIVIL_DAY + (int64_t)(n % 86400) * CIVIL_SECOND);
}

static struct str make_date(struct arena *arena, const struct field *f, uint64_t n)
{
	struct civil c = civil_of(n);

	(void)f;
	return arena_printf(arena, "\"%04d-%02d-%02d\"", c.year, c.month, c.day);
}

static struct str make_time(struct arena *arena, const struct field *f, uint64_t n)
{
	struct civil c = civil_of(n);

	(void)f;
	return arena_printf(arena, "\"%02d:%02d:%02d\"", c.hour, c.minute, c.second);
}

static struct str make_datetime(struct arena *arena, const struct field *f, uint64_t n)
{
	struct civil c = civil_of(n);

	return arena_printf(arena, "\"%04d-%02d-%02dT%02d:%02d:%02d%s\"", c.year, c.month, c.day,
		c.hour, c.minute, c.second, f->flags & FIELD_TIMEZONE ? "Z" : "");
}

/* Choices and containers. */

static struct str make_choice(struct arena *arena, const struct field *f, uint64_t n)
{
	const struct choice *choice = &f->choices->list[n % f->choices->count];

	if (f->choices->integers)
		return arena_printf(arena, "%" PRId64, choice->integer);
	return quote(arena, choice->text);
}

static struct str make_object(struct arena *arena, const struct field *f, uint64_t n)
{
	(void)f;
	return arena_printf(arena, "{\"n\":%" PRIu64 "}", n);
}

struct str field_value_of_items(
	struct arena *arena, const struct field *f, uint64_t n, size_t items)
{
	struct buf out;

	buf_init(&out, VALUE_MOST);
	buf_char(&out, '[');
	for (size_t i = 0; i < items; i++) {
		buf_str(&out, i > 0 ? STR(",") : STR(""));
		buf_str(&out, field_value(arena, f->items, n + i));
	}
	buf_char(&out, ']');
	return arena_take(arena, &out);
}

static struct str make_array(struct arena *arena, const struct field *f, uint64_t n)
{
	return field_value_of_items(arena, f, n, bounded(f, n % 3));
}

/* Which rows there are is not known here. */
static struct str make_no_links(struct arena *arena, const struct field *f, uint64_t n)
{
	(void)arena;
	(void)f;
	(void)n;
	return STR("[]");
}

/* clang-format off */
#define MAKERS(ROW) \
	ROW(FIELD_INT,      make_integer) \
	ROW(FIELD_NUMBER,   make_number) \
	ROW(FIELD_DECIMAL,  make_decimal) \
	ROW(FIELD_BOOL,     make_boolean) \
	ROW(FIELD_STR,      make_text) \
	ROW(FIELD_TEXT,     make_text) \
	ROW(FIELD_EMAIL,    make_email) \
	ROW(FIELD_URL,      make_url) \
	ROW(FIELD_UUID,     make_uuid) \
	ROW(FIELD_DATE,     make_date) \
	ROW(FIELD_TIME,     make_time) \
	ROW(FIELD_DATETIME, make_datetime) \
	ROW(FIELD_ENUM,     make_choice) \
	ROW(FIELD_LITERAL,  make_choice) \
	ROW(FIELD_OBJECT,   make_object) \
	ROW(FIELD_ARRAY,    make_array) \
	ROW(FIELD_LINKS,    make_no_links)
/* clang-format on */

static const struct {
	value_maker *make;
} makers[] = { MAKERS(TABLE_ROW) };
TABLE_IS_WHOLE(MAKERS, FIELD_TYPE__COUNT);

struct str field_value(struct arena *arena, const struct field *f, uint64_t n)
{
	return makers[f->type].make(arena, f, n);
}
