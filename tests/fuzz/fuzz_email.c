/*
 * Uses the input as an e-mail address. A normalized address must be accepted again and normalized
 * to the same address except for case: with a Kelvin sign in "marketing", only the normalized
 * address is the name of a role. Addresses and reasons must be UTF-8.
 */
#include "email.h"
#include "email_parts.h"

#include <stdlib.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* If email_is_shown_as_is, an accepted text must be equal to its normalized form. */
static void require_shown(struct str stored, bool valid, struct str address)
{
	if ((email_is_shown_plain(stored) || email_is_shown_as_is(stored)) && valid &&
		!str_equal(stored, address))
		abort();
}

static void require_utf8(struct arena *arena, struct str text)
{
	struct points points = unicode_decode(arena, text);

	for (size_t i = 0; i < points.len; i++)
		if (unicode_facts(points.ptr[i])->category == CATEGORY_CS)
			abort();
	if (!str_equal(unicode_encode(arena, points), text))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct email_result first, second;

	struct str input = { (const char *)data, size };
	bool valid = email_validate(&arena, input, &first);
	require_shown(input, valid, first.address);
	if (valid) {
		require_utf8(&arena, first.address);
		if (first.address.len > EMAIL_MAX ||
			!email_validate(&arena, first.address, &second) ||
			first.address.len != second.address.len ||
			strncasecmp(first.address.ptr, second.address.ptr, first.address.len) != 0)
			abort();
	} else {
		require_utf8(&arena, first.reason);
		if (first.reason.len == 0)
			abort();
	}
	arena_done(&arena);
	return 0;
}
