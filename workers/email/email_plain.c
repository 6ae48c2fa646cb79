#include "email.h"
#include "email_parts.h"
#include "idna.h"
#include "word.h"

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* True for a dot-atom in ASCII (RFC 5322 3.2.3), also for the name of a role. */
static bool is_plain_local(struct str local)
{
	bool after_atom = false;

	for (size_t i = 0; i < local.len; i++) {
		bool atom = is_alnum(local.ptr[i]) || email_is_atext((unsigned char)local.ptr[i]);
		if (!atom && (local.ptr[i] != '.' || !after_atom))
			return false;
		after_atom = atom;
	}
	return after_atom;
}

/* True for letters, digits and inner hyphens. Labels with hyphens in 3rd and 4th position, like
 * A-labels, need the full check. */
static bool is_plain_label(struct str label)
{
	if (label.len == 0 || label.len > IDNA_ALABEL_MAX || !is_alnum(label.ptr[0]) ||
		!is_alnum(label.ptr[label.len - 1]))
		return false;
	for (size_t i = 1; i + 1 < label.len; i++)
		if (!is_alnum(label.ptr[i]) && label.ptr[i] != '-')
			return false;
	return label.len < 4 || label.ptr[2] != '-' || label.ptr[3] != '-';
}

/* True for two or more plain labels in lower case that email_check_domain would accept unchanged.
 */
static bool is_plain_domain(struct str domain)
{
	struct str rest = domain;

	if (domain.len > EMAIL_DOMAIN_MAX)
		return false;
	for (size_t labels = 1;; labels++) {
		const char *dot = memchr(rest.ptr, '.', rest.len);
		struct str label = { rest.ptr, dot ? (size_t)(dot - rest.ptr) : rest.len };
		if (!is_plain_label(label))
			return false;
		if (!dot)
			return labels > 1 && rest.ptr[rest.len - 1] >= 'a' &&
			       !email_is_reserved(domain);
		rest = str_from_index(rest, label.len + 1);
	}
}

static void lower(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] = (char)(text[i] + ('a' - 'A'));
}

bool email_accept_plain(struct arena *arena, struct str input, struct str *address)
{
	const char *at = input.len <= EMAIL_MAX ? memchr(input.ptr, '@', input.len) : NULL;

	struct str local = { input.ptr, at ? (size_t)(at - input.ptr) : 0 };

	if (!at || !is_plain_local(local) || email_is_role(local))
		return false;
	size_t start = local.len + 1;
	char *copy = arena_alloc(arena, input.len);
	memcpy(copy, input.ptr, input.len);
	lower(copy + start, input.len - start);
	*address = (struct str){ copy, input.len };
	return is_plain_domain(str_from_index(*address, start));
}

/* Sets the high bit of each byte of an ASCII word that is one of . / 0-9 @ _ ` a-z { | } ~ and DEL.
 * Normalization changes none of them. Not among them are upper-case letters, the hyphen (for
 * Punycode), the characters around an address (spaces, quotes, brackets) and some rare characters.
 */
static uint64_t unchanged(uint64_t word)
{
	uint64_t late = word + WORD_OF(0x80 - '_');
	uint64_t digits = (word + WORD_OF(0x80 - '.')) ^ (word + WORD_OF(0x80 - '9' - 1));
	uint64_t at = ~((word ^ WORD_OF('@')) + WORD_OF(0x7f));

	return late | digits | at;
}

/* A byte that is not ASCII carries into other bytes of its word, but its own high bit refuses it.
 */
bool email_is_shown_plain(struct str stored)
{
	uint64_t word = word_last(stored), found = unchanged(word), high = word;

	for (size_t n = 0; n + WORD_SIZE < stored.len; n += WORD_SIZE) {
		word = word_at(stored.ptr + n);
		found &= unchanged(word);
		high |= word;
	}
	return (found & ~high & WORD_OF(0x80)) == WORD_OF(0x80);
}

static bool has_upper_case(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] >= 'A' && text.ptr[i] <= 'Z')
			return true;
	return false;
}

/* True for a valid ASCII address whose domain is in lower case, and also its local part if that is
 * the name of a role. */
bool email_is_shown_as_is(struct str stored)
{
	const char *at = stored.len <= EMAIL_MAX ? memchr(stored.ptr, '@', stored.len) : NULL;

	if (!at)
		return false;
	struct str local = { stored.ptr, (size_t)(at - stored.ptr) };
	struct str domain = str_from_index(stored, local.len + 1);
	return is_plain_local(local) && !has_upper_case(domain) && is_plain_domain(domain) &&
	       (!email_is_role(local) || !has_upper_case(local));
}
