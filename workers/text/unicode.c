#include "unicode.h"

#include <stdlib.h>

struct mapping {
	uint32_t first;
	uint16_t more; /* code points after first; each maps to the target plus its distance */
	uint8_t len;   /* code points of the target; 1 if more > 0 */
	uint32_t at;   /* index of the target in the array of targets */
};

struct composition {
	uint32_t first, second, composite;
};

struct name {
	uint32_t point;
	const char *name;
};

#include "unicode_tables.h"

enum { BLOCK = sizeof(blocks[0]) / sizeof(blocks[0][0]) };

/* Hangul syllables are composed by arithmetic (The Unicode Standard, section 3.12). */
enum {
	HANGUL_S = 0xAC00,
	HANGUL_L = 0x1100,
	HANGUL_V = 0x1161,
	HANGUL_T = 0x11A7, /* one before the first trailing consonant: 0 means none */
	HANGUL_LS = 19,
	HANGUL_VS = 21,
	HANGUL_TS = 28,
	HANGUL_SS = HANGUL_LS * HANGUL_VS * HANGUL_TS,
};

const struct unicode_facts *unicode_facts(uint32_t point)
{
	return &records[blocks[block_of[point / BLOCK]][point % BLOCK]];
}

bool unicode_is_printable(uint32_t point)
{
	switch (unicode_facts(point)->category) {
	case CATEGORY_LN:
	case CATEGORY_PS:
	case CATEGORY_M:
		return true;
	default:
		return point == ' ';
	}
}

static int compare_name(const void *key, const void *entry)
{
	const uint32_t *point = key;
	const struct name *name = entry;

	return (*point > name->point) - (*point < name->point);
}

const char *unicode_name(uint32_t point)
{
	const struct name *found =
		bsearch(&point, names, NITEMS(names), sizeof(names[0]), compare_name);

	return found ? found->name : NULL;
}

static int compare_mapping(const void *key, const void *entry)
{
	const uint32_t *point = key;
	const struct mapping *mapping = entry;

	return (*point > mapping->first + mapping->more) - (*point < mapping->first);
}

static size_t mapping_apply(
	const struct mapping *mapping, const uint32_t *targets, uint32_t point, uint32_t *target)
{
	for (size_t i = 0; i < mapping->len; i++)
		target[i] = targets[mapping->at + i];
	target[0] += point - mapping->first;
	return mapping->len;
}

/* Returns 0 if no mapping has the code point. */
static size_t map(const struct mapping *mappings, size_t count, const uint32_t *targets,
	uint32_t point, uint32_t *target)
{
	const struct mapping *found =
		bsearch(&point, mappings, count, sizeof(*mappings), compare_mapping);

	return found ? mapping_apply(found, targets, point, target) : 0;
}

#define MAP(name, point, target)                                                                   \
	map(name##_mappings, NITEMS(name##_mappings), name##_targets, point, target)

size_t unicode_uts46_mapping(uint32_t point, uint32_t target[static UNICODE_MAPPING_MAX])
{
	return MAP(uts46, point, target);
}

size_t unicode_lower(uint32_t point, uint32_t target[static UNICODE_CASED_MAX])
{
	size_t len = MAP(lower, point, target);

	if (len == 0)
		target[len++] = point;
	return len;
}

size_t unicode_upper(uint32_t point, uint32_t target[static UNICODE_CASED_MAX])
{
	size_t len = MAP(upper, point, target);

	if (len == 0)
		target[len++] = point;
	return len;
}

char unicode_digit(uint32_t point)
{
	uint32_t digit;

	return MAP(digit, point, &digit) > 0 ? (char)digit : '\0';
}

static size_t hangul_decomposition(uint32_t syllable, uint32_t *target)
{
	uint32_t trailing = syllable % HANGUL_TS;

	target[0] = HANGUL_L + syllable / (HANGUL_VS * HANGUL_TS);
	target[1] = HANGUL_V + syllable / HANGUL_TS % HANGUL_VS;
	target[2] = HANGUL_T + trailing;
	return trailing > 0 ? 3 : 2;
}

size_t unicode_decomposition(uint32_t point, uint32_t target[static UNICODE_DECOMPOSITION_MAX])
{
	if (point >= HANGUL_S && point < HANGUL_S + HANGUL_SS)
		return hangul_decomposition(point - HANGUL_S, target);
	return MAP(decomposition, point, target);
}

static uint32_t hangul_composition(uint32_t first, uint32_t second)
{
	/* Code points below a range wrap around to large numbers. */
	uint32_t l = first - HANGUL_L, v = second - HANGUL_V;
	uint32_t syllable = first - HANGUL_S, t = second - HANGUL_T;

	if (l < HANGUL_LS && v < HANGUL_VS)
		return HANGUL_S + (l * HANGUL_VS + v) * HANGUL_TS;
	if (syllable < HANGUL_SS && syllable % HANGUL_TS == 0 && t > 0 && t < HANGUL_TS)
		return first + t;
	return 0;
}

static int compare_composition(const void *key, const void *entry)
{
	const struct composition *a = key, *b = entry;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return (a->second > b->second) - (a->second < b->second);
}

uint32_t unicode_composition(uint32_t first, uint32_t second)
{
	struct composition wanted = { first, second, 0 };
	const struct composition *found = bsearch(&wanted, compositions, NITEMS(compositions),
		sizeof(compositions[0]), compare_composition);

	return found ? found->composite : hangul_composition(first, second);
}

static bool is_continuation(char byte)
{
	return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Decodes the code point at the start of text, which is not empty; *len is its size in bytes. */
static uint32_t decode_one(struct str text, size_t *len)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char lead = (unsigned char)text.ptr[0];
	size_t want = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
	uint32_t point = want == 1 ? lead : lead & (0x7Fu >> want);

	*len = 1;
	while (*len < want && *len < text.len && is_continuation(text.ptr[*len]))
		point = point << 6 | ((unsigned char)text.ptr[(*len)++] & 0x3F);
	if (*len < want || point < smallest[want] || point > 0x10FFFF)
		return 0xFFFD;
	return point;
}

struct points unicode_decode(struct arena *arena, struct str text)
{
	uint32_t *points = arena_alloc(arena, text.len * sizeof(*points));
	size_t n = 0;

	for (size_t at = 0, len; at < text.len; at += len)
		points[n++] = decode_one(str_from_index(text, at), &len);
	return (struct points){ points, n };
}

size_t unicode_utf8_len(uint32_t point)
{
	return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

struct str unicode_encode(struct arena *arena, struct points text)
{
	static const unsigned char leads[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
	char *bytes = arena_alloc(arena, text.len * 4 + 1);
	size_t end = 0;

	for (size_t i = 0; i < text.len; i++) {
		uint32_t rest = text.ptr[i];
		size_t len = unicode_utf8_len(rest);
		for (size_t k = len; --k > 0; rest >>= 6)
			bytes[end + k] = (char)(0x80 | (rest & 0x3F));
		bytes[end] = (char)(leads[len] | rest);
		end += len;
	}
	bytes[end] = '\0';
	return (struct str){ bytes, end };
}

bool points_are_ascii(struct points text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] >= 0x80)
			return false;
	return true;
}
