#include "letter_case.h"

#include "unicode.h"

enum { CAPITAL_SIGMA = 0x3A3, FINAL_SIGMA = 0x3C2 };

/* True if the first code point that is not Case_Ignorable, from the index in the given direction,
 * is Cased. An index before the start wraps around to one after the end. */
static bool cased_letter_follows(struct points text, size_t from, size_t step)
{
	for (size_t i = from; i < text.len; i += step) {
		unsigned casing = unicode_facts(text.ptr[i])->casing;
		if (!(casing & CASING_IGNORABLE))
			return (casing & CASING_CASED) != 0;
	}
	return false;
}

/* The condition Final_Sigma (The Unicode Standard, table 3-17). */
static bool is_final(struct points text, size_t at)
{
	return cased_letter_follows(text, at - 1, SIZE_MAX) &&
	       !cased_letter_follows(text, at + 1, 1);
}

static size_t lower(struct points text, size_t at, uint32_t *target)
{
	if (text.ptr[at] != CAPITAL_SIGMA || !is_final(text, at))
		return unicode_lower(text.ptr[at], target);
	*target = FINAL_SIGMA;
	return 1;
}

static size_t upper(struct points text, size_t at, uint32_t *target)
{
	return unicode_upper(text.ptr[at], target);
}

static struct str convert(struct arena *arena, struct str text,
	size_t (*map)(struct points text, size_t at, uint32_t *target))
{
	struct points from = unicode_decode(arena, text);
	uint32_t *to = arena_alloc(arena, from.len * UNICODE_CASED_MAX * sizeof(*to));
	size_t len = 0;

	for (size_t i = 0; i < from.len; i++)
		len += map(from, i, to + len);
	return unicode_encode(arena, (struct points){ to, len });
}

struct str letter_case_lower(struct arena *arena, struct str text)
{
	return convert(arena, text, lower);
}

struct str letter_case_upper(struct arena *arena, struct str text)
{
	return convert(arena, text, upper);
}
