#include "url_ip.h"

#include "ascii.h"

#include <arpa/inet.h>

enum { PARTS_MAX = 4, PIECES = 8 };

/* Reads the digits of a number; beyond 32 bits, any number above. False if a digit is wrong. */
static bool read_radix(struct str digits, unsigned radix, uint64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < digits.len; i++) {
		if (!ascii_is(ASCII_HEX, digits.ptr[i]) || ascii_hex_value(digits.ptr[i]) >= radix)
			return false;
		if (*number <= UINT32_MAX)
			*number = *number * radix + ascii_hex_value(digits.ptr[i]);
	}
	return true;
}

static bool read_number(struct str part, uint64_t *number)
{
	if (part.len == 0)
		return false;
	if (str_starts(part, STR("0x")) || str_starts(part, STR("0X")))
		return read_radix(str_from_index(part, 2), 16, number);
	if (part.len > 1 && part.ptr[0] == '0')
		return read_radix(part, 8, number);
	return read_radix(part, 10, number);
}

/* Without a dot at the end. */
static struct str drop_last_dot(struct str domain)
{
	if (domain.len > 0 && domain.ptr[domain.len - 1] == '.')
		domain.len--;
	return domain;
}

bool url_is_ipv4(struct str domain)
{
	uint64_t ignored;
	struct str last = drop_last_dot(domain);
	size_t at = last.len;

	while (at > 0 && last.ptr[at - 1] != '.')
		at--;
	last = str_from_index(last, at);
	return last.len > 0 && (ascii_all(ASCII_DIGIT, last) || read_number(last, &ignored));
}

/* Reads the parts of an address. Returns their count, or 0 if one is wrong. */
static size_t read_parts(struct str domain, uint64_t parts[PARTS_MAX])
{
	struct str rest = drop_last_dot(domain);

	for (size_t n = 0; n < PARTS_MAX; n++) {
		const char *dot = memchr(rest.ptr, '.', rest.len);
		size_t len = dot ? (size_t)(dot - rest.ptr) : rest.len;
		if (!read_number((struct str){ rest.ptr, len }, &parts[n]))
			return 0;
		if (!dot)
			return n + 1;
		rest = str_from_index(rest, len + 1);
	}
	return 0;
}

bool url_put_ipv4(struct buf *out, struct str domain)
{
	uint64_t parts[PARTS_MAX];
	size_t count = read_parts(domain, parts);
	uint64_t address = 0;

	if (count == 0)
		return false;
	for (size_t i = 0; i + 1 < count; i++) {
		if (parts[i] > 255)
			return false;
		address |= parts[i] << 8 * (3 - i);
	}
	if (parts[count - 1] >> 8 * (PARTS_MAX - count + 1) != 0)
		return false;
	address |= parts[count - 1];
	buf_printf(out, "%u.%u.%u.%u", (unsigned)(address >> 24), (unsigned)(address >> 16 & 255),
		(unsigned)(address >> 8 & 255), (unsigned)(address & 255));
	return true;
}

/* The longest run of two or more zero pieces, the first of several: from its start until *end.
 * Without one, PIECES. */
static unsigned longest_zeros(const unsigned pieces[PIECES], unsigned *end)
{
	unsigned best = PIECES, best_length = 1;

	for (unsigned i = 0, run = 0; i < PIECES; i++) {
		run = pieces[i] == 0 ? run + 1 : 0;
		if (run > best_length) {
			best_length = run;
			best = i + 1 - run;
		}
	}
	*end = best + best_length;
	return best;
}

static void write_ipv6(struct buf *out, const unsigned pieces[PIECES])
{
	unsigned end, zeros = longest_zeros(pieces, &end);

	buf_char(out, '[');
	for (unsigned i = 0; i < PIECES; i++) {
		if (i == zeros) {
			buf_str(out, i == 0 ? STR("::") : STR(":"));
			i = end - 1;
			continue;
		}
		buf_printf(out, "%x%s", pieces[i], i + 1 < PIECES ? ":" : "");
	}
	buf_char(out, ']');
}

/* inet_pton(3) reads the same grammar (RFC 4291 2.2) as the URL Standard. */
bool url_put_ipv6(struct buf *out, struct str address)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char bytes[2 * PIECES];
	unsigned pieces[PIECES];

	if (address.len >= sizeof(text) || memchr(address.ptr, '\0', address.len))
		return false;
	memcpy(text, address.ptr, address.len);
	text[address.len] = '\0';
	if (inet_pton(AF_INET6, text, bytes) != 1)
		return false;
	for (size_t i = 0; i < PIECES; i++)
		pieces[i] = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
	write_ipv6(out, pieces);
	return true;
}
