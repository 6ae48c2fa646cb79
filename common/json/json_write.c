#include "json_write.h"

#include "decimal.h"
#include "json_text.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Strings */

static bool is_lone_surrogate(struct str s)
{
	return s.len >= 3 && (unsigned char)s.ptr[0] == 0xed && (unsigned char)s.ptr[1] >= 0xa0;
}

/* The number of bytes at the start of s that can be copied unchanged. */
static size_t unescaped_prefix(struct str s)
{
	size_t n = 0;

	for (;;) {
		n += json_text_plain(str_from_index(s, n));
		if (n == s.len || !(s.ptr[n] & 0x80))
			return n;
		for (; n < s.len && s.ptr[n] & 0x80; n++) {
			if (is_lone_surrogate(str_from_index(s, n)))
				return n;
		}
	}
}

/* Writes the character at the start of s as an escape; returns its length in s in bytes. */
static size_t write_escape(struct buf *out, struct str s)
{
	static const char letters[256] = {
		['"'] = '"',
		['\\'] = '\\',
		['\b'] = 'b',
		['\t'] = 't',
		['\n'] = 'n',
		['\f'] = 'f',
		['\r'] = 'r',
	};
	static const char hex[] = "0123456789abcdef";
	unsigned char c = (unsigned char)s.ptr[0];

	if (letters[c]) {
		buf_append(out, (char[]){ '\\', letters[c] }, 2);
		return 1;
	}
	if (c < 0x80) {
		buf_append(out, (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
		return 1;
	}
	unsigned low = ((unsigned char)s.ptr[1] & 0x3fU) << 6 | ((unsigned char)s.ptr[2] & 0x3fU);
	buf_append(out,
		(char[]){ '\\', 'u', 'd', hex[low >> 8], hex[low >> 4 & 15], hex[low & 15] }, 6);
	return 3;
}

/* Not inlined: otherwise json_write_string would save registers for it even without escapes. */
__attribute__((noinline)) static void write_escaped(struct buf *out, struct str wtf8)
{
	buf_char(out, '"');
	for (;;) {
		size_t n = unescaped_prefix(wtf8);
		buf_append(out, wtf8.ptr, n);
		wtf8 = str_from_index(wtf8, n);
		if (wtf8.len == 0)
			break;
		wtf8 = str_from_index(wtf8, write_escape(out, wtf8));
	}
	buf_char(out, '"');
}

void json_write_string(struct buf *out, struct str wtf8)
{
	char *room = buf_reserve(out, wtf8.len + 2);

	if (!room)
		return;
	if (!json_text_copy_plain(room + 1, wtf8)) {
		write_escaped(out, wtf8);
		return;
	}
	room[0] = room[wtf8.len + 1] = '"';
	buf_commit(out, wtf8.len + 2);
}

/* Numbers */

enum {
	DIGITS_MAX = 17,         /* significant digits that always read back as the same double */
	FIXED_EXPONENT_MAX = 15, /* above, an exponent is written */
	SHORT_PLACES = 6,
};

#define SHORT_MAX 1e15 /* DBL_DIG digits */

/* How small numbers are written. */
struct form {
	int fixed_exponent_min; /* below, an exponent is written */
	int exponent_digits;    /* at least */
};

struct decimal {
	char digits[DIGITS_MAX + 1]; /* the decimal point is after the first digit */
	int count;
	int exponent; /* power of ten */
};

/* Parses a positive number as printf's %e writes it: d.ddde+dd. */
static struct decimal parse_decimal(const char *text, int count)
{
	struct decimal d = { .digits = { text[0] }, .count = count };

	if (count > 1)
		memcpy(d.digits + 1, text + 2, (size_t)count - 1);
	d.exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
	return d;
}

/* Adds one unit in the last place. */
static void round_up(struct decimal *d)
{
	int i = d->count - 1;

	while (i >= 0 && d->digits[i] == '9')
		d->digits[i--] = '0';
	if (i >= 0) {
		d->digits[i]++;
		return;
	}
	d->digits[0] = '1';
	d->exponent++;
}

/* Doubles are twice as dense below a power of two as above it: the nearest decimal may read back as
 * the lower neighbour while the next decimal above still reads back as value. */
static bool fits_above(double value, struct decimal *d)
{
	char text[48];
	int exponent;

	if (frexp(value, &exponent) != 0.5)
		return false;
	round_up(d);
	snprintf(text, sizeof(text), "%c.%se%d", d->digits[0], d->digits + 1, d->exponent);
	return strtod(text, NULL) == value;
}

/* True if `count` digits suffice to read back value, which is positive and finite; *d is then the
 * nearest decimal that does. */
static bool fits(double value, int count, struct decimal *d)
{
	char text[48];

	snprintf(text, sizeof(text), "%.*e", count - 1, value);
	*d = parse_decimal(text, count);
	return strtod(text, NULL) == value || fits_above(value, d);
}

/* Finds the decimal of a value with few places and at most DBL_DIG digits, as most numbers are that
 * people write. The quotient of two integers that a double holds is rounded correctly, and decimals
 * of so few digits have different doubles: the first that reads back as value is the shortest. */
static bool fits_shortly(double value, struct decimal *d)
{
	double scale = 1;

	for (int places = 0; places <= SHORT_PLACES && value * scale < SHORT_MAX; places++) {
		uint64_t digits = (uint64_t)(value * scale + 0.5);
		if ((double)digits / scale == value) {
			d->count = (int)decimal_length(digits);
			d->exponent = d->count - 1 - places;
			decimal_write(d->digits, digits, (size_t)d->count);
			return true;
		}
		scale *= 10;
	}
	return false;
}

/* The shortest decimal that reads back as value, which is positive and finite; of several the
 * nearest. What fits in n digits fits in n + 1, so bisection finds the least n. It starts at
 * DBL_DIG: a normal double that has a shorter form shows it there, with trailing zeros. */
static struct decimal bisect(double value)
{
	struct decimal best = { .count = 0 };
	int least = value < DBL_MIN ? 1 : DBL_DIG;
	int enough = DIGITS_MAX;

	for (int count = DBL_DIG; least < enough; count = (least + enough) / 2) {
		struct decimal d;
		if (fits(value, count, &d)) {
			best = d;
			enough = count;
		} else {
			least = count + 1;
		}
	}
	if (best.count == 0)
		fits(value, DIGITS_MAX, &best);
	return best;
}

static struct decimal shortest(double value)
{
	struct decimal best;

	if (!fits_shortly(value, &best))
		best = bisect(value);
	while (best.count > 1 && best.digits[best.count - 1] == '0')
		best.count--;
	best.digits[best.count] = '\0';
	return best;
}

static void write_zeros(struct buf *out, int count)
{
	while (count-- > 0)
		buf_char(out, '0');
}

static void write_fixed(struct buf *out, const struct decimal *d)
{
	int whole = d->exponent + 1; /* digits before the point */

	if (whole <= 0) {
		buf_str(out, STR("0."));
		write_zeros(out, -whole);
		buf_append(out, d->digits, (size_t)d->count);
	} else if (whole >= d->count) {
		buf_append(out, d->digits, (size_t)d->count);
		write_zeros(out, whole - d->count);
		buf_str(out, STR(".0"));
	} else {
		buf_append(out, d->digits, (size_t)whole);
		buf_char(out, '.');
		buf_append(out, d->digits + whole, (size_t)(d->count - whole));
	}
}

static void write_double(struct buf *out, double value, const struct form *form)
{
	if (!isfinite(value)) {
		buf_str(out, STR("null"));
		return;
	}
	if (signbit(value))
		buf_char(out, '-');
	if (value == 0) {
		buf_str(out, STR("0.0"));
		return;
	}
	struct decimal d = shortest(fabs(value));
	if (d.exponent >= form->fixed_exponent_min && d.exponent <= FIXED_EXPONENT_MAX) {
		write_fixed(out, &d);
		return;
	}
	buf_printf(out, "%c%s%se%+.*d", d.digits[0], d.count > 1 ? "." : "", d.digits + 1,
		form->exponent_digits, d.exponent);
}

void json_write_double(struct buf *out, double value)
{
	write_double(out, value, &(struct form){ -4, 2 });
}

void json_write_shown_double(struct buf *out, double value)
{
	write_double(out, value, &(struct form){ -5, 1 });
}

/* Values */

static bool is_container(const struct json *value)
{
	return value->type == JSON_ARRAY || value->type == JSON_OBJECT;
}

static void write_scalar(struct buf *out, const struct json *value)
{
	switch ((enum json_type)value->type) {
	case JSON_FALSE:
		buf_str(out, STR("false"));
		break;
	case JSON_TRUE:
		buf_str(out, STR("true"));
		break;
	case JSON_INT:
		buf_str(out, value->text);
		break;
	case JSON_FLOAT:
		json_write_double(out, value->number);
		break;
	case JSON_STRING:
		json_write_string(out, value->text);
		break;
	default:
		buf_str(out, STR("null"));
	}
}

/* Which members of objects are left out; the value follows the key. */
typedef bool (*omits)(const struct json *key);

static bool omits_none(const struct json *key)
{
	(void)key;
	return false;
}

static bool omits_sqlalchemy(const struct json *key)
{
	return str_starts(key->text, STR("_sa"));
}

static bool omits_nulls(const struct json *key)
{
	return omits_sqlalchemy(key) || key->next->type == JSON_NULL;
}

/* Finds the next value to write among the children of a container, starting at child, and writes
 * what precedes it: a comma, and in an object the key. Returns NULL if none is left. */
static const struct json *start_child(struct buf *out, const struct json *container,
	const struct json *child, bool is_first, omits omit)
{
	bool is_object = container->type == JSON_OBJECT;

	while (is_object && child && omit(child))
		child = child->next->next;
	if (!child)
		return NULL;
	if (!is_first)
		buf_char(out, ',');
	if (!is_object)
		return child;
	json_write_string(out, child->text);
	buf_char(out, ':');
	return child->next;
}

static void write_value(struct buf *out, const struct json *value, omits omit)
{
	const struct json *open = NULL; /* the innermost open container */
	const struct json *next = value;

	while (next) {
		if (is_container(next)) {
			buf_char(out, next->type == JSON_OBJECT ? '{' : '[');
			open = next;
			next = start_child(out, open, open->first, true, omit);
		} else {
			write_scalar(out, next);
			next = open ? start_child(out, open, next->next, false, omit) : NULL;
		}
		while (open && !next) {
			buf_char(out, open->type == JSON_OBJECT ? '}' : ']');
			const struct json *done = open;
			open = done == value ? NULL : done->parent;
			next = open ? start_child(out, open, done->next, false, omit) : NULL;
		}
	}
}

void json_write(struct buf *out, const struct json *value)
{
	write_value(out, value, omits_sqlalchemy);
}

void json_write_without_nulls(struct buf *out, const struct json *value)
{
	write_value(out, value, omits_nulls);
}

void json_write_whole(struct buf *out, const struct json *value)
{
	write_value(out, value, omits_none);
}
