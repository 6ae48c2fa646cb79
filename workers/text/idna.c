#include "idna.h"

#include "punycode.h"
#include "repr.h"

static const struct str prefix = { "xn--", 4 };

static bool fail(struct str *why, struct str reason)
{
	*why = reason;
	return false;
}

bool idna_remap(struct arena *arena, struct points domain, struct points *mapped, struct str *why)
{
	if (domain.len > IDNA_DOMAIN_MAX)
		return fail(why, STR("Domain too long"));
	uint32_t *out = arena_alloc(arena, domain.len * UNICODE_MAPPING_MAX * sizeof(*out));
	size_t n = 0;
	for (size_t i = 0; i < domain.len; i++) {
		uint32_t point = domain.ptr[i];
		switch (unicode_facts(point)->uts46) {
		case UTS46_MAPPED:
			n += unicode_uts46_mapping(point, out + n);
			break;
		case UTS46_IGNORED:
			break;
		case UTS46_DISALLOWED: {
			struct str quoted = repr(arena, domain);
			return fail(
				why, arena_printf(arena,
					     "Codepoint U+%04X not allowed at position %zu in %.*s",
					     point, i + 1, STR_ARGS(quoted)));
		}
		default:
			out[n++] = point;
		}
	}
	*mapped = unicode_nfc(arena, (struct points){ out, n });
	return true;
}

/* The joining types of RFC 5892 appendix A.1. The caller checks for a virama, as A.2 needs it too.
 */
static bool joins_both_sides(struct points label, size_t at)
{
	size_t before = at, after = at + 1;

	while (before > 0 && unicode_facts(label.ptr[before - 1])->joining == JOINING_T)
		before--;
	while (after < label.len && unicode_facts(label.ptr[after])->joining == JOINING_T)
		after++;
	if (before == 0 || after == label.len)
		return false;
	uint8_t left = unicode_facts(label.ptr[before - 1])->joining;
	uint8_t right = unicode_facts(label.ptr[after])->joining;
	return (left == JOINING_L || left == JOINING_D) &&
	       (right == JOINING_R || right == JOINING_D);
}

enum { ZERO_WIDTH_NON_JOINER = 0x200C, VIRAMA = 9 };

static bool check_joiner(struct arena *arena, struct points label, size_t at, struct str *why)
{
	const struct unicode_facts *before = at > 0 ? unicode_facts(label.ptr[at - 1]) : NULL;

	if (before && before->combining == VIRAMA)
		return true;
	struct str quoted = repr(arena, label);
	/* The IDNA data is of a newer Unicode version than the categories: a character may be
	 * allowed and yet unassigned. */
	if (before && before->category == CATEGORY_CN)
		return fail(why, arena_printf(arena,
					 "Unknown codepoint adjacent to joiner U+%04X"
					 " at position %zu in %.*s",
					 label.ptr[at], at + 1, STR_ARGS(quoted)));
	if (label.ptr[at] == ZERO_WIDTH_NON_JOINER && joins_both_sides(label, at))
		return true;
	return fail(why, arena_printf(arena, "Joiner U+%04X not allowed at position %zu in %.*s",
				 label.ptr[at], at + 1, STR_ARGS(quoted)));
}

bool idna_check_joiners(struct arena *arena, struct points label, struct str *why)
{
	for (size_t i = 0; i < label.len; i++)
		if (unicode_facts(label.ptr[i])->idna == IDNA_CONTEXTJ &&
			!check_joiner(arena, label, i, why))
			return false;
	return true;
}

static bool has_script(struct points label, size_t at, enum unicode_script script)
{
	return at < label.len && unicode_facts(label.ptr[at])->script == script;
}

static bool holds_any(struct points label, uint32_t first, uint32_t last)
{
	for (size_t i = 0; i < label.len; i++)
		if (label.ptr[i] >= first && label.ptr[i] <= last)
			return true;
	return false;
}

/* The katakana middle dot itself is SCRIPT_OTHER. */
static bool holds_kana_or_han(struct points label)
{
	for (size_t i = 0; i < label.len; i++)
		if (has_script(label, i, SCRIPT_HIRAGANA) ||
			has_script(label, i, SCRIPT_KATAKANA) || has_script(label, i, SCRIPT_HAN))
			return true;
	return false;
}

/* True if the contextual rule of a CONTEXTO character holds: RFC 5892 appendix A.3 to A.9. */
static bool context_allows(struct points label, size_t at)
{
	switch (label.ptr[at]) {
	case 0xB7: /* middle dot: between two l */
		return at > 0 && at + 1 < label.len && label.ptr[at - 1] == 'l' &&
		       label.ptr[at + 1] == 'l';
	case 0x375: /* Greek lower numeral sign (keraia) */
		return has_script(label, at + 1, SCRIPT_GREEK);
	case 0x5F3: /* Hebrew geresh */
	case 0x5F4: /* and gershayim */
		return at > 0 && has_script(label, at - 1, SCRIPT_HEBREW);
	case 0x30FB: /* katakana middle dot */
		return holds_kana_or_han(label);
	default: /* Arabic-Indic digits and extended ones do not mix */
		return label.ptr[at] < 0x6F0 ? !holds_any(label, 0x6F0, 0x6F9)
					     : !holds_any(label, 0x660, 0x669);
	}
}

static bool check_code_points(struct arena *arena, struct points label, struct str *why)
{
	for (size_t i = 0; i < label.len; i++) {
		const char *format = "Codepoint U+%04X at position %zu of %.*s not allowed";
		switch (unicode_facts(label.ptr[i])->idna) {
		case IDNA_PVALID:
			continue;
		case IDNA_CONTEXTJ:
			if (!check_joiner(arena, label, i, why))
				return false;
			continue;
		case IDNA_CONTEXTO:
			if (context_allows(label, i))
				continue;
			format = "Codepoint U+%04X not allowed at position %zu in %.*s";
			break;
		default:
			break;
		}
		struct str quoted = repr(arena, label);
		return fail(
			why, arena_printf(arena, format, label.ptr[i], i + 1, STR_ARGS(quoted)));
	}
	return true;
}

#define BIT(bidi) (UINT32_C(1) << (bidi))

/* RFC 5893 section 2: rules 2 to 4 for right-to-left labels, 5 and 6 for left-to-right ones. */
static const struct direction {
	const char *name;
	uint32_t allowed, at_end; /* sets of enum unicode_bidi */
} left_to_right = {
	.name = "left-to-right",
	.allowed = BIT(BIDI_L) | BIT(BIDI_EN) | BIT(BIDI_ES) | BIT(BIDI_CS) | BIT(BIDI_ET) |
			BIT(BIDI_ON) | BIT(BIDI_BN) | BIT(BIDI_NSM),
	.at_end = BIT(BIDI_L) | BIT(BIDI_EN),
}, right_to_left = {
	.name = "right-to-left",
	.allowed = BIT(BIDI_R) | BIT(BIDI_AL) | BIT(BIDI_AN) | BIT(BIDI_EN) | BIT(BIDI_ES) |
			BIT(BIDI_CS) | BIT(BIDI_ET) | BIT(BIDI_ON) | BIT(BIDI_BN) | BIT(BIDI_NSM),
	.at_end = BIT(BIDI_R) | BIT(BIDI_AL) | BIT(BIDI_EN) | BIT(BIDI_AN),
};

static uint32_t bidi_bit(uint32_t point)
{
	return BIT(unicode_facts(point)->bidi);
}

static bool check_direction(struct arena *arena, struct points label,
	const struct direction *direction, struct str *why)
{
	const uint32_t numbers = BIT(BIDI_AN) | BIT(BIDI_EN);
	uint32_t seen = 0, last = 0;

	for (size_t i = 0; i < label.len; i++) {
		uint32_t bit = bidi_bit(label.ptr[i]);
		if (!(bit & direction->allowed))
			return fail(why, arena_printf(arena,
						 "Invalid direction for codepoint at position"
						 " %zu in a %s label",
						 i + 1, direction->name));
		seen |= bit;
		if (direction == &right_to_left && (seen & numbers) == numbers)
			return fail(why, STR("Can not mix numeral types in a right-to-left label"));
		if (bit != BIT(BIDI_NSM))
			last = bit;
	}
	if (!(last & direction->at_end))
		return fail(why, STR("Label ends with illegal codepoint directionality"));
	return true;
}

bool idna_is_right_to_left(struct points label)
{
	uint32_t seen = 0;

	for (size_t i = 0; i < label.len; i++)
		seen |= bidi_bit(label.ptr[i]);
	return (seen & (BIT(BIDI_R) | BIT(BIDI_AL) | BIT(BIDI_AN))) != 0;
}

bool idna_check_bidi(struct arena *arena, struct points label, struct str *why)
{
	switch (unicode_facts(label.ptr[0])->bidi) {
	case BIDI_R:
	case BIDI_AL:
		return check_direction(arena, label, &right_to_left, why);
	case BIDI_L:
		return check_direction(arena, label, &left_to_right, why);
	default: {
		struct str quoted = repr(arena, label);
		return fail(why, arena_printf(arena,
					 "First codepoint in label %.*s must be directionality"
					 " L, R or AL",
					 STR_ARGS(quoted)));
	}
	}
}

/* The Bidi rule applies only to labels with right-to-left characters. */
static bool check_directions(struct arena *arena, struct points label, struct str *why)
{
	for (size_t i = 0; i < label.len; i++) {
		if (unicode_facts(label.ptr[i])->bidi != BIDI_NONE)
			continue;
		struct str quoted = repr(arena, label);
		return fail(why,
			arena_printf(arena, "Unknown directionality in label %.*s at position %zu",
				STR_ARGS(quoted), i + 1));
	}
	return !idna_is_right_to_left(label) || idna_check_bidi(arena, label, why);
}

bool idna_check_label(struct arena *arena, struct points label, struct str *why)
{
	if (label.len == 0)
		return fail(why, STR("Empty Label"));
	if (label.len > IDNA_LABEL_MAX)
		return fail(why, STR("Label too long"));
	if (!points_equal(unicode_nfc(arena, label), label))
		return fail(why, STR("Label must be in Normalization Form C"));
	if (label.len >= 4 && label.ptr[2] == '-' && label.ptr[3] == '-')
		return fail(why, STR("Label has disallowed hyphens in 3rd and 4th position"));
	if (label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
		return fail(why, STR("Label must not start or end with a hyphen"));
	if (unicode_facts(label.ptr[0])->category == CATEGORY_M)
		return fail(why, STR("Label begins with an illegal combining character"));
	return check_code_points(arena, label, why) && check_directions(arena, label, why);
}

static struct str lower_ascii(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, text.len);

	for (size_t i = 0; i < text.len; i++) {
		bool upper = text.ptr[i] >= 'A' && text.ptr[i] <= 'Z';
		out[i] = (char)(text.ptr[i] + (upper ? 'a' - 'A' : 0));
	}
	return (struct str){ out, text.len };
}

bool idna_to_unicode(struct arena *arena, struct str ascii, struct points *label, struct str *why)
{
	struct str lower = lower_ascii(arena, ascii);

	if (!str_starts(lower, prefix)) {
		*label = unicode_decode(arena, lower);
		return idna_check_label(arena, *label, why);
	}
	struct str encoded = str_from_index(lower, prefix.len);
	if (encoded.len == 0)
		return fail(why, STR("Malformed A-label, no Punycode eligible content found"));
	if (encoded.ptr[encoded.len - 1] == '-')
		return fail(why, STR("A-label must not end with a hyphen"));
	if (!punycode_decode(arena, encoded, label))
		return fail(why, STR("Invalid A-label"));
	if (!str_equal(punycode_encode(arena, *label), encoded))
		return fail(
			why, STR("A-label is not the canonical Punycode encoding of its U-label"));
	return idna_check_label(arena, *label, why);
}

bool idna_to_ascii(struct arena *arena, struct points label, struct str *ascii, struct str *why)
{
	if (points_are_ascii(label)) {
		struct points ignored;
		*ascii = unicode_encode(arena, label);
		if (!idna_to_unicode(arena, *ascii, &ignored, why))
			return false;
	} else {
		if (!idna_check_label(arena, label, why))
			return false;
		struct str encoded = punycode_encode(arena, label);
		*ascii = arena_printf(arena, "%s%.*s", prefix.ptr, STR_ARGS(encoded));
	}
	if (ascii->len > IDNA_ALABEL_MAX)
		return fail(why, STR("Label too long"));
	return true;
}
