#include "email_parts.h"

#include "ascii.h"

/* RFC 6531 section 3.3: all characters beyond ASCII are atext and qtext too. */
static bool is_international(uint32_t point)
{
	return point >= 0x80;
}

static bool is_atext_international(uint32_t point)
{
	return email_is_atext(point) || is_international(point);
}

static bool is_bad_unquoted(uint32_t point)
{
	return point != '.' && !is_atext_international(point);
}

static bool is_bad_quoted(uint32_t point)
{
	return (point < 0x20 || point > 0x7E) && !is_international(point);
}

/* True for dot-atom-text (RFC 5322 3.2.3): runs of atom characters with single periods between. */
static bool is_dot_atom(struct points text, bool (*is_atom)(uint32_t point))
{
	bool after_atom = false;

	for (size_t i = 0; i < text.len; i++) {
		bool atom = is_atom(text.ptr[i]);
		if (!atom && (text.ptr[i] != '.' || !after_atom))
			return false;
		after_atom = atom;
	}
	return after_atom;
}

static const struct email_shape bad_shapes[] = {
	{ SHAPE_AT_END, ".",
		"An email address cannot have a period immediately before the @-sign." },
	{ SHAPE_AT_START, ".", "An email address cannot start with a period." },
	{ SHAPE_ANYWHERE, "..", "An email address cannot have two periods in a row." },
};

static bool check_syntax(struct email_check *check, struct points text, bool quoted)
{
	if (text.len == 0)
		return email_fail(check, STR("There must be something before the @-sign."));
	if (is_dot_atom(text, email_is_atext))
		return true;
	if (is_dot_atom(text, is_atext_international))
		return email_check_unsafe(check, text, false);
	if (quoted)
		return email_check_characters(check, text, is_bad_quoted,
			       "The email address contains invalid characters in quotes"
			       " before the @-sign") &&
		       email_check_unsafe(check, text, true);
	return email_check_characters(check, text, is_bad_unquoted,
		       "The email address contains invalid characters before the @-sign") &&
	       email_check_shapes(check, text, bad_shapes, NITEMS(bad_shapes));
}

bool email_is_role(struct str local)
{
	static const struct str names[] = { STR_INIT("info"), STR_INIT("marketing"),
		STR_INIT("sales"), STR_INIT("support"), STR_INIT("abuse"), STR_INIT("noc"),
		STR_INIT("security"), STR_INIT("postmaster"), STR_INIT("hostmaster"),
		STR_INIT("usenet"), STR_INIT("news"), STR_INIT("webmaster"), STR_INIT("www"),
		STR_INIT("uucp"), STR_INIT("ftp") };

	for (size_t i = 0; i < NITEMS(names); i++)
		if (ascii_equal_nocase(local, names[i]))
			return true;
	return false;
}

static struct points lower_ascii(struct arena *arena, struct points text)
{
	uint32_t *out = arena_alloc(arena, text.len * sizeof(*out));

	for (size_t i = 0; i < text.len; i++)
		out[i] =
			text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? text.ptr[i] | 0x20 : text.ptr[i];
	return (struct points){ out, text.len };
}

bool email_check_local(
	struct email_check *check, struct points text, bool quoted, struct points *local)
{
	if (!check_syntax(check, text, quoted))
		return false;
	/* NFC turns some characters into ASCII, for example U+037E into a semicolon. */
	*local = unicode_nfc(check->arena, text);
	struct email_check again = { .arena = check->arena };
	if (!points_equal(*local, text) && !check_syntax(&again, *local, quoted))
		return email_fail(
			check, arena_printf(check->arena, "After Unicode normalization: %.*s",
				       STR_ARGS(again.reason)));
	if (quoted)
		return email_fail(
			check, STR("Quoting the part before the @-sign is not allowed here."));
	/* The role is compared with the given text, not its normal form, in which a Kelvin sign
	 * would be a K. */
	if (points_are_ascii(text) && email_is_role(unicode_encode(check->arena, text)))
		*local = lower_ascii(check->arena, text);
	return true;
}
