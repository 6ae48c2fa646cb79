#include "email_parts.h"

#include "idna.h"

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_plain_local(struct str local)
{
	bool after_atom = false;

	for (size_t i = 0; i < local.len; i++) {
		bool atom = is_alnum(local.ptr[i]) || email_is_atext((unsigned char)local.ptr[i]);
		if (!atom && (local.ptr[i] != '.' || !after_atom))
			return false;
		after_atom = atom;
	}
	return after_atom && !email_is_role(local);
}

/* Letters, digits and inner hyphens; but hyphens at 3 and 4 mean Punycode or worse. */
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

/* Lower case already, two labels or more, and nothing that email_check_domain would refuse. */
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

	if (!at || !is_plain_local((struct str){ input.ptr, (size_t)(at - input.ptr) }))
		return false;
	size_t start = (size_t)(at - input.ptr) + 1;
	char *copy = arena_alloc(arena, input.len);
	memcpy(copy, input.ptr, input.len);
	lower(copy + start, input.len - start);
	*address = (struct str){ copy, input.len };
	return is_plain_domain(str_from_index(*address, start));
}
