#include "email.h"

#include "email_parts.h"

enum { INPUT_MAX = 2048 }; /* code points */

static bool is_space(uint32_t point)
{
	return unicode_facts(point)->space;
}

static size_t skip_spaces(struct points text, size_t from)
{
	while (from < text.len && is_space(text.ptr[from]))
		from++;
	return from;
}

static struct points trim_end(struct points text)
{
	while (text.len > 0 && is_space(text.ptr[text.len - 1]))
		text.len--;
	return text;
}

static struct points trim(struct points text)
{
	return trim_end(points_slice(text, skip_spaces(text, 0), text.len));
}

static struct points trim_end_of(struct points text, uint32_t point)
{
	while (text.len > 0 && text.ptr[text.len - 1] == point)
		text.len--;
	return text;
}

static bool is_name_character(uint32_t point)
{
	return email_is_atext(point) || point == '.' ||
	       unicode_facts(point)->category == CATEGORY_LN;
}

/* The index of the '<' after the display name, or text.len. The name is words, anything
 * in quotes, or empty. The text ends in '>' and does not begin with a space. */
static size_t find_name_end(struct points text)
{
	size_t angle = points_find(text, 0, '<'), i = 0;

	while (i < angle && (is_space(text.ptr[i]) || is_name_character(text.ptr[i])))
		i++;
	if (i == angle)
		return angle;
	if (text.ptr[0] != '"')
		return text.len;
	/* Finds the last closing quote that is followed by '<', with at least one character between
	 * the quotes and one between the angle brackets. */
	for (size_t quote = text.len - 1; quote >= 2; quote--) {
		if (text.ptr[quote] != '"')
			continue;
		angle = skip_spaces(text, quote + 1);
		if (text.ptr[angle] == '<' && angle + 2 < text.len)
			return angle;
	}
	return text.len;
}

/* The address in Pydantic's "pretty" form, NAME <ADDRESS>; other text unchanged. */
static struct points take_pretty(struct points given)
{
	struct points text = trim(given);

	if (text.len == 0 || text.ptr[text.len - 1] != '>')
		return given;
	size_t angle = find_name_end(text);
	return angle + 2 < text.len ? points_slice(text, angle + 1, text.len - 1) : given;
}

/* In UTF-8 these bytes occur only as these characters. */
static bool has_line_break(struct str input)
{
	return memchr(input.ptr, '\r', input.len) || memchr(input.ptr, '\n', input.len);
}

static size_t count_code_points(struct str input)
{
	size_t n = 0;

	for (size_t i = 0; i < input.len; i++)
		n += ((unsigned char)input.ptr[i] & 0xC0) != 0x80;
	return n;
}

/* Pydantic's own checks. On success *text is the address, trimmed. */
static bool check_outside(struct email_check *check, struct str input, struct points *text)
{
	if (count_code_points(input) > INPUT_MAX)
		return email_fail(
			check, arena_printf(check->arena, "Length must not exceed %d characters",
				       INPUT_MAX));
	if (has_line_break(input))
		return email_fail(
			check, STR("Carriage return and line feed characters are not allowed"));
	*text = trim(take_pretty(unicode_decode(check->arena, input)));
	return true;
}

/* The index of the first '@', or '<' if angle is true, outside quotes, or text.len. A character
 * that NFC would compose with the following ones does not count. */
static size_t find_special(struct arena *arena, struct points text, bool angle)
{
	/* Of the special characters only '<' can compose; after a backslash any character counts.
	 */
	bool needed = points_find(text, 0, '<') < text.len || points_find(text, 0, '\\') < text.len;
	const bool *kept = needed ? unicode_nfc_kept(arena, text) : NULL;
	bool quoted = false, escaped = false;

	for (size_t i = 0; i < text.len; i++) {
		uint32_t point = text.ptr[i];
		if (kept && !kept[i])
			continue;
		if (quoted) {
			quoted = point != '"' || escaped;
			escaped = point == '\\' && !escaped;
		} else if (point == '@' || (angle && point == '<')) {
			return i;
		} else {
			quoted = point == '"';
		}
	}
	return text.len;
}

static bool fail_without_special(struct email_check *check, struct points text)
{
	if (points_find(text, 0, 0xFF20) < text.len)
		return email_fail(check, STR("The email address has the \"full-width\" at-sign (@)"
					     " character instead of a regular at-sign."));
	if (points_find(text, 0, 0xFE6B) < text.len)
		return email_fail(
			check, STR("The email address has the \"small commercial at\" character"
				   " instead of a regular at-sign."));
	return email_fail(check, STR("An email address must have an @-sign."));
}

struct unquoted {
	struct points text;
	bool quoted;
};

/* Removes quotes around the text, and the backslashes that escape characters in it. */
static bool unquote(struct email_check *check, struct points text, struct unquoted *result)
{
	*result = (struct unquoted){ text, false };
	if (text.len == 0 || text.ptr[0] != '"')
		return true;
	uint32_t *out = arena_alloc(check->arena, text.len * sizeof(*out));
	size_t n = 0, i = 1;
	for (; i < text.len && text.ptr[i] != '"'; i++) {
		if (text.ptr[i] == '\\' && ++i == text.len)
			break;
		out[n++] = text.ptr[i];
	}
	*result = (struct unquoted){ { out, n }, true };
	if (i + 1 >= text.len)
		return true;
	struct str extra = email_display(check->arena, points_slice(text, i + 1, text.len));
	return email_fail(check,
		arena_printf(check->arena, "Extra character(s) found after close quote: %.*s",
			STR_ARGS(extra)));
}

static bool is_bad_in_name(uint32_t point)
{
	return point != ' ' && !email_is_atext(point);
}

static bool check_display_name(struct email_check *check, struct points text)
{
	struct unquoted name;

	if (!unquote(check, trim_end(text), &name))
		return false;
	if (!name.quoted && !email_check_characters(check, name.text, is_bad_in_name,
				    "The display name contains invalid characters when not"
				    " quoted"))
		return false;
	return email_check_unsafe(check, name.text, true);
}

/* The parts of an address, not yet normalized. */
struct address {
	struct unquoted local;
	struct points domain;
	bool in_angles;
};

/* Sets *inner to the text between the angle brackets; the text begins with '<'. */
static bool open_angles(struct email_check *check, struct points text, struct points *inner)
{
	if (points_find(text, 0, '>') == text.len)
		return email_fail(check,
			STR("An open angle bracket at the start of the email address has to be"
			    " followed by a close angle bracket at the end."));
	text = trim_end_of(text, ' ');
	if (text.ptr[text.len - 1] != '>')
		return email_fail(check, STR("There can't be anything after the email address."));
	*inner = trim_end_of(points_slice(text, 1, text.len), '>');
	return true;
}

static bool split_address(struct email_check *check, struct points text, struct address *address)
{
	size_t special = find_special(check->arena, text, true);

	if (special == text.len)
		return fail_without_special(check, text);
	address->in_angles = text.ptr[special] == '<';
	if (address->in_angles) {
		if (!check_display_name(check, points_slice(text, 0, special)) ||
			!open_angles(check, points_slice(text, special, text.len), &text))
			return false;
		special = find_special(check->arena, text, false);
		if (special == text.len)
			return fail_without_special(check, text);
	}
	address->domain = points_slice(text, special + 1, text.len);
	return unquote(check, points_slice(text, 0, special), &address->local);
}

static size_t utf8_len(struct points text)
{
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++)
		len += unicode_utf8_len(text.ptr[i]);
	return len;
}

static size_t longest_utf8(struct points text, size_t longest)
{
	for (size_t i = 0; i < text.len; i++)
		if (unicode_utf8_len(text.ptr[i]) > longest)
			longest = unicode_utf8_len(text.ptr[i]);
	return longest;
}

static const char *plural(size_t n)
{
	return n > 1 ? "s" : "";
}

/* The limit is in bytes, the message in characters: a range, as it depends on which ones the user
 * would remove. */
static bool check_given_length(struct email_check *check, const struct address *address)
{
	size_t len = utf8_len(address->local.text) + 1 + utf8_len(address->domain);

	if (len <= EMAIL_MAX)
		return true;
	size_t more = len - EMAIL_MAX;
	size_t longest = longest_utf8(address->domain, longest_utf8(address->local.text, 1));
	size_t least = more / longest > 0 ? more / longest : 1;
	if (least == more)
		return email_fail(
			check, arena_printf(check->arena,
				       "The email address is too long (%zu character%s too many).",
				       more, plural(more)));
	return email_fail(
		check, arena_printf(check->arena,
			       "The email address is too long (%zu-%zu character%s too many).",
			       least, more, plural(more)));
}

static bool check_byte_length(struct email_check *check, size_t len, const char *when)
{
	if (len <= EMAIL_MAX)
		return true;
	size_t more = len - EMAIL_MAX;
	return email_fail(check, arena_printf(check->arena,
					 "The email address is too long %s (%zu byte%s too many).",
					 when, more, plural(more)));
}

static bool check_address(struct email_check *check, struct str input, struct str *normalised)
{
	struct points text, local;
	struct address given;
	struct email_domain domain;

	if (!check_outside(check, input, &text) || !split_address(check, text, &given) ||
		!email_check_local(check, given.local.text, given.local.quoted, &local) ||
		!email_check_domain(check, given.domain, &domain) ||
		!check_given_length(check, &given))
		return false;
	struct str parts[] = { unicode_encode(check->arena, local),
		unicode_encode(check->arena, domain.unicode) };
	*normalised = email_join(check->arena, parts, NITEMS(parts), STR("@"));
	if (!check_byte_length(check, normalised->len, "after normalization") ||
		!check_byte_length(check, parts[0].len + 1 + domain.ascii.len,
			"when the part after the @-sign is converted to IDNA ASCII"))
		return false;
	if (given.in_angles)
		return email_fail(
			check, STR("A display name and angle brackets around the email address"
				   " are not permitted here."));
	return true;
}

struct str email_shown(struct arena *arena, struct str stored)
{
	struct email_result result;

	return email_validate(arena, stored, &result) ? result.address : stored;
}

bool email_validate(struct arena *arena, struct str input, struct email_result *result)
{
	struct email_check check = { .arena = arena };

	if (email_accept_plain(arena, input, &result->address))
		return true;
	if (check_address(&check, input, &result->address))
		return true;
	result->reason = check.reason;
	return false;
}
