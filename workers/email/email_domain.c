#include "email_parts.h"

#include "idna.h"

/* True if RFC 952, RFC 1123 2.1 and RFC 6531 do not allow the character. */
static bool is_bad_in_hostname(uint32_t point)
{
	return !((point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z') ||
		 (point >= '0' && point <= '9') || point == '-' || point == '.' || point >= 0x80);
}

/* email-validator approximates UTS #46 by categories; these it allows whatever their category. */
static bool is_exempt_from_uts46(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = { { 0xAD, 0xAD }, { 0x200B, 0x200D }, { 0x2010, 0x2023 }, { 0x2027, 0x2027 },
		{ 0x202F, 0x2060 }, { 0x2064, 0x2064 }, { 0xFF0E, 0xFF0E }, { 0x1BCA0, 0x1BCA3 } };

	for (size_t i = 0; i < NITEMS(ranges); i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return false;
}

static bool is_refused_by_uts46(uint32_t point)
{
	const struct unicode_facts *facts = unicode_facts(point);

	if (point >= 0x80 && point <= 0x9F)
		return true;
	if (is_exempt_from_uts46(point))
		return false;
	switch (facts->category) {
	case CATEGORY_CF:
	case CATEGORY_CN:
	case CATEGORY_CO:
	case CATEGORY_CS:
	case CATEGORY_ZS:
	case CATEGORY_ZL:
	case CATEGORY_ZP:
		return true;
	default:
		return facts->dot;
	}
}

static const struct email_shape bad_shapes[] = {
	{ SHAPE_AT_END, ".", "An email address cannot end with a period." },
	{ SHAPE_AT_START, ".",
		"An email address cannot have a period immediately after the @-sign." },
	{ SHAPE_ANYWHERE, "..", "An email address cannot have two periods in a row." },
	{ SHAPE_AT_END, "-", "An email address cannot end with a hyphen." },
	{ SHAPE_AT_START, "-",
		"An email address cannot have a hyphen immediately after the @-sign." },
	{ SHAPE_ANYWHERE, ".-",
		"An email address cannot have a period and a hyphen next to each other." },
	{ SHAPE_ANYWHERE, "-.",
		"An email address cannot have a period and a hyphen next to each other." },
};

/* The label at *at. *at becomes the start of the next one, or text.len + 1 after the last. */
static struct points next_label(struct points text, size_t *at)
{
	size_t start = *at, end = points_find(text, start, '.');

	*at = end + 1;
	return points_slice(text, start, end);
}

/* RFC 5890 2.3.1: labels with hyphens in 3rd and 4th position are reserved, except "xn--". */
static bool check_reserved_labels(struct email_check *check, struct points domain)
{
	for (size_t at = 0; at <= domain.len;) {
		struct points label = next_label(domain, &at);
		if (label.len < 4 || label.ptr[2] != '-' || label.ptr[3] != '-' ||
			(label.ptr[0] == 'x' && label.ptr[1] == 'n'))
			continue;
		return email_fail(check,
			STR("An email address cannot have two letters followed by two dashes"
			    " immediately after the @-sign or after a period, except Punycode."));
	}
	return true;
}

/* Checks the syntax of a host name before and after the UTS #46 mapping. */
static bool normalise(struct email_check *check, struct points text, struct points *mapped)
{
	static const char invalid[] = "The part after the @-sign contains invalid characters";
	struct str why;

	if (!email_check_characters(check, text, is_bad_in_hostname, invalid) ||
		!email_check_unsafe(check, text, false) ||
		!email_check_characters(check, text, is_refused_by_uts46, invalid))
		return false;
	if (!idna_remap(check->arena, text, mapped, &why))
		return email_fail(
			check, arena_printf(check->arena, "%s (%.*s).", invalid, STR_ARGS(why)));
	return email_check_characters(check, *mapped, is_bad_in_hostname,
		       "The part after the @-sign contains invalid characters"
		       " after Unicode normalization") &&
	       email_check_shapes(check, *mapped, bad_shapes, NITEMS(bad_shapes)) &&
	       check_reserved_labels(check, *mapped);
}

static bool encode(struct email_check *check, struct points mapped, struct str *ascii)
{
	/* The mapping can drop every character of a domain. */
	if (mapped.len > 0 && points_are_ascii(mapped)) {
		*ascii = unicode_encode(check->arena, mapped);
		return true;
	}
	struct str *labels = arena_alloc(check->arena, (mapped.len + 1) * sizeof(*labels));
	size_t n = 0;
	for (size_t at = 0; at <= mapped.len; n++) {
		struct str why;
		if (!idna_to_ascii(check->arena, next_label(mapped, &at), &labels[n], &why))
			return email_fail(
				check, arena_printf(check->arena,
					       "The part after the @-sign is invalid (%.*s).",
					       STR_ARGS(why)));
	}
	*ascii = email_join(check->arena, labels, n, STR("."));
	return true;
}

static bool same_text(struct points text, struct str ascii)
{
	if (text.len != ascii.len)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] != (unsigned char)ascii.ptr[i])
			return false;
	return true;
}

static const char *plural(size_t n)
{
	return n > 1 ? "s" : "";
}

/* Takes the first label off *rest. Returns false if none is left. After the last label, which may
 * be empty, rest->ptr is NULL. */
static bool take_label(struct str *rest, struct str *label)
{
	if (!rest->ptr)
		return false;
	const char *dot = memchr(rest->ptr, '.', rest->len);
	*label = *rest;
	if (dot)
		label->len = (size_t)(dot - rest->ptr);
	*rest = dot ? str_from_index(*rest, label->len + 1) : (struct str){ NULL, 0 };
	return true;
}

static bool check_lengths(struct email_check *check, struct points given, struct str ascii)
{
	struct str rest = ascii, label;

	if (ascii.len > EMAIL_DOMAIN_MAX) {
		size_t more = ascii.len - EMAIL_DOMAIN_MAX;
		bool same = same_text(given, ascii);
		return email_fail(check, arena_printf(check->arena,
						 "The email address is too long after the @-sign"
						 " (%zu %s%s too many%s).",
						 more, same ? "character" : "byte", plural(more),
						 same ? "" : " after IDNA encoding"));
	}
	while (take_label(&rest, &label)) {
		if (label.len <= IDNA_ALABEL_MAX)
			continue;
		size_t more = label.len - IDNA_ALABEL_MAX;
		return email_fail(
			check, arena_printf(check->arena,
				       "After the @-sign, periods cannot be separated by so many"
				       " characters (%zu character%s too many).",
				       more, plural(more)));
	}
	return true;
}

bool email_is_reserved(struct str domain)
{
	static const struct str names[] = { { "arpa", 4 }, { "invalid", 7 }, { "local", 5 },
		{ "localhost", 9 }, { "onion", 5 }, { "test", 4 } };
	const char *dot = memrchr(domain.ptr, '.', domain.len);
	struct str top = dot ? str_from_index(domain, (size_t)(dot + 1 - domain.ptr)) : domain;

	for (size_t i = 0; i < NITEMS(names); i++)
		if (str_equal(top, names[i]))
			return true;
	return false;
}

/* Fails if the public Internet cannot deliver mail to the domain. */
static bool check_deliverable(struct email_check *check, struct str ascii)
{
	if (!memchr(ascii.ptr, '.', ascii.len))
		return email_fail(check,
			STR("The part after the @-sign is not valid. It should have a period."));
	char last = ascii.ptr[ascii.len - 1];
	if (last < 'a' || last > 'z')
		return email_fail(check, STR("The part after the @-sign is not valid."
					     " It is not within a valid top-level domain."));
	if (email_is_reserved(ascii))
		return email_fail(
			check, STR("The part after the @-sign is a special-use or reserved"
				   " name that cannot be used with email."));
	return true;
}

static bool decode(struct email_check *check, struct str ascii, struct points *unicode)
{
	uint32_t *points = arena_alloc(check->arena, ascii.len * sizeof(*points));
	size_t end = 0;
	struct str rest = ascii, label, why;

	while (take_label(&rest, &label)) {
		struct points decoded;
		if (!idna_to_unicode(check->arena, label, &decoded, &why))
			return email_fail(check,
				arena_printf(check->arena,
					"The part after the @-sign is not valid IDNA (%.*s).",
					STR_ARGS(why)));
		if (end > 0)
			points[end++] = '.';
		memcpy(points + end, decoded.ptr, decoded.len * sizeof(*points));
		end += decoded.len;
	}
	*unicode = (struct points){ points, end };
	/* In valid labels only the joiners are unsafe. */
	return email_check_unsafe(check, *unicode, false);
}

bool email_check_domain(struct email_check *check, struct points text, struct email_domain *domain)
{
	struct points mapped;

	if (text.len == 0)
		return email_fail(check, STR("There must be something after the @-sign."));
	if (text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
		return email_check_literal(check, points_slice(text, 1, text.len - 1));
	return normalise(check, text, &mapped) && encode(check, mapped, &domain->ascii) &&
	       check_lengths(check, text, domain->ascii) &&
	       check_deliverable(check, domain->ascii) &&
	       decode(check, domain->ascii, &domain->unicode);
}
