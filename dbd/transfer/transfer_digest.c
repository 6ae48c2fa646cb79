#include "transfer_digest.h"

#include "codec.h"
#include "digest.h"
#include "log.h"

#include <math.h>
#include <stdlib.h>

enum { KEEP = 64 * 1024 };

/* Decimals. */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Copies the digits of the number to `digits`, without the point. Returns the exponent of the last
 * one. */
static long long take_digits(struct str decimal, char *digits, size_t *count)
{
	long long exponent = 0;
	bool point = false;

	*count = 0;
	for (size_t i = 0; i < decimal.len; i++) {
		char c = decimal.ptr[i];
		if (c == 'E')
			return exponent + atoll(decimal.ptr + i + 1);
		point |= c == '.';
		if (!is_digit(c))
			continue;
		digits[(*count)++] = c;
		exponent -= point;
	}
	return exponent;
}

struct str transfer_plain_decimal(struct arena *arena, struct str decimal)
{
	/* With a NUL, for atoll. */
	struct str copy = arena_copy(arena, decimal);
	char *digits = arena_alloc(arena, decimal.len + 1);
	const char *first = digits;
	size_t count;
	long long exponent = take_digits(copy, digits, &count);

	for (; count > 0 && *first == '0'; first++)
		count--;
	for (; count > 0 && first[count - 1] == '0'; exponent++)
		count--;
	if (count == 0)
		return STR("0");
	return arena_printf(
		arena, "%s%.*sE%lld", *copy.ptr == '-' ? "-" : "", (int)count, first, exponent);
}

/* Rows. */

static struct value plain_number(const struct value *v)
{
	if (isnan(v->number))
		return value_number(NAN);
	return v->number == 0 ? value_number(0) : *v;
}

static void convert(struct transfer_digest *d, struct value *v)
{
	if (v->kind == VALUE_NUMBER)
		*v = plain_number(v);
	else if (v->kind == VALUE_STR)
		v->text = transfer_plain_decimal(&d->arena, v->text);
}

void transfer_digest_init(struct transfer_digest *d, const struct resource *table)
{
	*d = (struct transfer_digest){ .count = 0 };
	buf_init(&d->row, SIZE_MAX);
	for (unsigned i = 0; i < resource_columns(table); i++)
		if (table->fields[i].type == FIELD_DECIMAL || table->fields[i].type == FIELD_NUMBER)
			d->converted |= UINT64_C(1) << i;
}

void transfer_digest_done(struct transfer_digest *d)
{
	buf_done(&d->row);
	arena_done(&d->arena);
}

static void add(struct transfer_digest *d, const struct record *row)
{
	buf_reset(&d->row, KEEP);
	codec_encode_row(&d->row, row);
	if (d->row.failed)
		log_die("out of memory for a row");
	d->sum += digest_bytes(DIGEST_BEGIN, buf_view(&d->row));
	d->count++;
}

void transfer_digest_add(struct transfer_digest *d, const struct record *row)
{
	struct record plain;

	if (!d->converted) {
		add(d, row);
		return;
	}
	if (d->arena.blocks)
		arena_reset(&d->arena);
	record_copy(&plain, row);
	for (uint64_t left = d->converted; left != 0; left &= left - 1)
		convert(d, &plain.values[__builtin_ctzll(left)]);
	add(d, &plain);
}
