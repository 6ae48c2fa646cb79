/*
 * Address literals (RFC 5321 4.1.3). None is accepted; errors in one are reported with the messages
 * of Python's ipaddress module.
 */
#include "email_parts.h"

#include "repr.h"

enum {
	IPV4_OCTETS = 4,
	IPV6_GROUPS = 8,
	IPV6_PARTS_MAX = IPV6_GROUPS + 1, /* "::" at an end yields two empty parts */
	IPV6_TEXT_MAX = 45,
};

/* The text of an address and, on failure, why it is not valid: a string in the arena. */
struct parse {
	struct arena *arena;
	struct points text;
	struct str why;
};

static bool fail(struct parse *parse, const char *what)
{
	struct str quoted = repr(parse->arena, parse->text);

	parse->why = arena_printf(parse->arena, "%s in %.*s", what, STR_ARGS(quoted));
	return false;
}

/* As fail, and names the invalid part of the address. */
static bool fail_part(struct parse *parse, const char *what, struct points part)
{
	struct str quoted = repr(parse->arena, part);
	struct str both = arena_printf(parse->arena, "%s in %.*s", what, STR_ARGS(quoted));

	return fail(parse, both.ptr);
}

static bool is_digit(uint32_t point)
{
	return point >= '0' && point <= '9';
}

static bool is_hex_digit(uint32_t point)
{
	return is_digit(point) || (point >= 'a' && point <= 'f') || (point >= 'A' && point <= 'F');
}

static bool all_of(struct points text, bool (*is_one)(uint32_t point))
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_one(text.ptr[i]))
			return false;
	return true;
}

/* Splits at most max - 1 times; the last part is the rest. Returns the number of parts. */
static size_t split(struct points text, uint32_t separator, struct points *parts, size_t max)
{
	size_t n = 0, start = 0;

	while (n < max - 1) {
		size_t end = points_find(text, start, separator);
		parts[n++] = points_slice(text, start, end);
		if (end == text.len)
			return n;
		start = end + 1;
	}
	parts[n++] = points_slice(text, start, text.len);
	return n;
}

static bool parse_octet(struct parse *parse, struct points octet)
{
	unsigned value = 0;

	if (octet.len == 0)
		return fail(parse, "Empty octet not permitted");
	if (!all_of(octet, is_digit))
		return fail_part(parse, "Only decimal digits permitted", octet);
	if (octet.len > 3)
		return fail_part(parse, "At most 3 characters permitted", octet);
	if (octet.len > 1 && octet.ptr[0] == '0')
		return fail_part(parse, "Leading zeros are not permitted", octet);
	for (size_t i = 0; i < octet.len; i++)
		value = value * 10 + (octet.ptr[i] - '0');
	if (value > 255)
		return fail(parse,
			arena_printf(parse->arena, "Octet %u (> 255) not permitted", value).ptr);
	return true;
}

static bool parse_ipv4(struct parse *parse)
{
	struct points octets[IPV4_OCTETS + 1];

	if (split(parse->text, '.', octets, NITEMS(octets)) != IPV4_OCTETS)
		return fail(parse, "Expected 4 octets");
	for (size_t i = 0; i < IPV4_OCTETS; i++)
		if (!parse_octet(parse, octets[i]))
			return false;
	return true;
}

static bool fail_length(struct parse *parse)
{
	const size_t kept = IPV6_TEXT_MAX;
	struct points text = parse->text;

	if (text.len > 100) {
		struct str start = unicode_encode(parse->arena, points_slice(text, 0, kept));
		struct str end =
			unicode_encode(parse->arena, points_slice(text, text.len - kept, text.len));
		struct str elided = arena_printf(parse->arena, "%.*s(%zu chars elided)%.*s",
			STR_ARGS(start), text.len - 2 * kept, STR_ARGS(end));
		parse->text = unicode_decode(parse->arena, elided);
	}
	return fail(parse, "At most 45 characters expected");
}

/* Sets *gap to the index of the inner empty part that represents "::", or to 0. Fails if there are
 * two. */
static bool find_gap(struct parse *parse, const struct points *parts, size_t n, size_t *gap)
{
	*gap = 0;
	for (size_t i = 1; i + 1 < n; i++) {
		if (parts[i].len > 0)
			continue;
		if (*gap > 0)
			return fail(parse, "At most one '::' permitted");
		*gap = i;
	}
	return true;
}

static const char lone_leading[] = "Leading ':' only permitted as part of '::'";
static const char lone_trailing[] = "Trailing ':' only permitted as part of '::'";

/* Checks an address with "::": no other empty part, and at least one group left for "::". */
static bool check_gap(struct parse *parse, const struct points *parts, size_t n, size_t gap)
{
	size_t before = gap, after = n - gap - 1;

	if (parts[0].len == 0 && --before > 0)
		return fail(parse, lone_leading);
	if (parts[n - 1].len == 0 && --after > 0)
		return fail(parse, lone_trailing);
	if (before + after >= IPV6_GROUPS)
		return fail(parse, "Expected at most 7 other parts with '::'");
	return true;
}

static bool check_no_gap(struct parse *parse, const struct points *parts, size_t n)
{
	if (n != IPV6_GROUPS)
		return fail(parse, "Exactly 8 parts expected without '::'");
	if (parts[0].len == 0)
		return fail(parse, lone_leading);
	if (parts[n - 1].len == 0)
		return fail(parse, lone_trailing);
	return true;
}

/* A last part with a period is an IPv4 address and counts as two groups. */
static bool replace_ipv4(struct parse *parse, struct points *parts, size_t *n)
{
	static const uint32_t zero = '0';
	struct points *last = &parts[*n - 1];

	if (points_find(*last, 0, '.') == last->len)
		return true;
	struct parse ipv4 = { .arena = parse->arena, .text = *last };
	if (!parse_ipv4(&ipv4))
		return fail(parse, ipv4.why.ptr);
	*last = (struct points){ &zero, 1 };
	parts[(*n)++] = *last;
	return true;
}

static bool parse_groups(struct parse *parse)
{
	struct points parts[IPV6_PARTS_MAX + 2]; /* one too many, and another from IPv4 */
	size_t n = split(parse->text, ':', parts, IPV6_PARTS_MAX + 1), gap;

	if (n < 3)
		return fail(parse, "At least 3 parts expected");
	if (!replace_ipv4(parse, parts, &n))
		return false;
	if (n > IPV6_PARTS_MAX)
		return fail(parse, "At most 8 colons permitted");
	if (!find_gap(parse, parts, n, &gap))
		return false;
	if (gap > 0 ? !check_gap(parse, parts, n, gap) : !check_no_gap(parse, parts, n))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!all_of(parts[i], is_hex_digit))
			return fail_part(parse, "Only hex digits permitted", parts[i]);
		if (parts[i].len > 4)
			return fail_part(parse, "At most 4 characters permitted", parts[i]);
	}
	return true;
}

/* RFC 4291 2.2, with the zone identifier of RFC 4007 section 11. */
static bool parse_ipv6(struct parse *parse)
{
	struct points whole = parse->text;
	size_t percent = points_find(whole, 0, '%');

	if (points_find(whole, 0, '/') < whole.len)
		return fail(parse, "Unexpected '/'");
	parse->text = points_slice(whole, 0, percent);
	if (percent < whole.len &&
		(percent + 1 == whole.len || points_find(whole, percent + 1, '%') < whole.len)) {
		struct str quoted = repr(parse->arena, whole);
		parse->why = arena_printf(
			parse->arena, "Invalid IPv6 address: \"%.*s\"", STR_ARGS(quoted));
		return false;
	}
	if (percent == 0) {
		parse->why = STR("Address cannot be empty");
		return false;
	}
	return parse->text.len > IPV6_TEXT_MAX ? fail_length(parse) : parse_groups(parse);
}

static bool is_digit_or_dot(uint32_t point)
{
	return is_digit(point) || point == '.';
}

/* RFC 5321's dcontent is U+0021 to U+007E without "[", "\" and "]"; email-validator's pattern is
 * wider. */
static bool is_bad_in_literal(uint32_t point)
{
	return point < 0x21 || point > 0xFA;
}

static bool starts_with_ipv6_tag(struct points text)
{
	static const uint32_t tag[] = { 'I', 'P', 'v', '6', ':' };

	return text.len >= NITEMS(tag) && memcmp(text.ptr, tag, sizeof(tag)) == 0;
}

bool email_check_literal(struct email_check *check, struct points text)
{
	struct parse parse = { .arena = check->arena, .text = text };

	if (text.len > 0 && all_of(text, is_digit_or_dot)) {
		if (!parse_ipv4(&parse))
			return email_fail(check,
				arena_printf(check->arena,
					"The address in brackets after the @-sign is not valid:"
					" It is not an IPv4 address (%.*s) or is missing an"
					" address literal tag.",
					STR_ARGS(parse.why)));
	} else if (starts_with_ipv6_tag(text)) {
		parse.text = points_slice(text, 5, text.len);
		if (!parse_ipv6(&parse))
			return email_fail(check,
				arena_printf(check->arena,
					"The IPv6 address in brackets after the @-sign is not valid"
					" (%.*s).",
					STR_ARGS(parse.why)));
	} else if (points_find(text, 0, ':') == text.len) {
		return email_fail(check, STR("The part after the @-sign in brackets is not an IPv4"
					     " address and has no address literal tag."));
	} else {
		return email_check_characters(check, text, is_bad_in_literal,
			       "The part after the @-sign contains invalid characters in"
			       " brackets") &&
		       email_fail(check, STR("The part after the @-sign contains an invalid"
					     " address literal tag in brackets."));
	}
	return email_fail(
		check, STR("A bracketed IP address after the @-sign is not allowed here."));
}
