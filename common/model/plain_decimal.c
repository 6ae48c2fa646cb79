#include "plain_decimal.h"

/* The parts of a number, without a minus sign and without zeros at the ends. */
struct parts {
	bool negative; /* false for -0 */
	struct str whole, places;
};

static size_t count_digits(struct str text)
{
	size_t n = 0;

	while (n < text.len && text.ptr[n] >= '0' && text.ptr[n] <= '9')
		n++;
	return n;
}

bool plain_decimal_valid(struct str text)
{
	struct str rest = str_from_index(text, text.len > 0 && text.ptr[0] == '-');
	size_t whole = count_digits(rest);

	if (whole == 0 || (whole > 1 && rest.ptr[0] == '0'))
		return false;
	rest = str_from_index(rest, whole);
	if (rest.len == 0)
		return true;
	return rest.ptr[0] == '.' && rest.len > 1 &&
	       count_digits(str_from_index(rest, 1)) == rest.len - 1;
}

static struct parts split(struct str text)
{
	struct parts p = { .negative = text.ptr[0] == '-' };

	text = str_from_index(text, p.negative);
	size_t whole = count_digits(text);
	p.whole = (struct str){ text.ptr, text.ptr[0] == '0' ? 0 : whole };
	p.places = str_from_index(text, whole == text.len ? whole : whole + 1);
	while (p.places.len > 0 && p.places.ptr[p.places.len - 1] == '0')
		p.places.len--;
	p.negative = p.negative && (p.whole.len > 0 || p.places.len > 0);
	return p;
}

static int compare_bytes(struct str a, struct str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_sizes(const struct parts *a, const struct parts *b)
{
	if (a->whole.len != b->whole.len)
		return a->whole.len > b->whole.len ? 1 : -1;
	int order = compare_bytes(a->whole, b->whole);
	return order ? order : compare_bytes(a->places, b->places);
}

int plain_decimal_compare(struct str a, struct str b)
{
	struct parts one = split(a), other = split(b);

	if (one.negative != other.negative)
		return one.negative ? -1 : 1;
	return one.negative ? compare_sizes(&other, &one) : compare_sizes(&one, &other);
}

void plain_decimal_count(struct str text, uint32_t *digits, uint32_t *places)
{
	struct parts p = split(text);
	size_t leading = 0, most;

	while (p.whole.len == 0 && leading < p.places.len && p.places.ptr[leading] == '0')
		leading++;
	most = p.whole.len + p.places.len - leading;
	*places = (uint32_t)p.places.len;
	*digits = most > p.places.len ? (uint32_t)most : (uint32_t)p.places.len;
	if (*digits == 0)
		*digits = 1;
}

bool plain_decimal_divisor(struct str text)
{
	struct parts p = split(text);

	return p.whole.len + p.places.len <= PLAIN_DECIMAL_DIVISOR_MOST;
}

__extension__ typedef unsigned __int128 wide;

/* A remainder below 10^36, extended by a digit, has 128 bits. */
static wide add_digits(wide n, struct str digits, wide modulus)
{
	for (size_t i = 0; i < digits.len; i++) {
		n = n * 10 + (unsigned char)(digits.ptr[i] - '0');
		if (modulus)
			n %= modulus;
	}
	return n;
}

static wide add_zeros(wide n, size_t count, wide modulus)
{
	for (size_t i = 0; i < count; i++)
		n = add_digits(n, STR("0"), modulus);
	return n;
}

/* Both are scaled by the decimal places of the divisor, or by those of the number if it has more; a
 * number with more places is not a multiple. */
bool plain_decimal_divides(struct str divisor, struct str number)
{
	struct parts d = split(divisor), n = split(number);

	if (n.places.len > d.places.len)
		return false;
	wide modulus = add_digits(add_digits(0, d.whole, 0), d.places, 0);
	wide rest = add_digits(add_digits(0, n.whole, modulus), n.places, modulus);
	return add_zeros(rest, d.places.len - n.places.len, modulus) == 0;
}
