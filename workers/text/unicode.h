/*
 * Facts about code points, from tables of our own: the answers must not change with the libraries
 * of the machine. workers/unicode/ has the facts and says from which version of Unicode each comes.
 * Text is an array of code points here, from which positions and lengths can be taken; lone
 * surrogates are code points like any other.
 */
#ifndef POSTERN_UNICODE_H
#define POSTERN_UNICODE_H

#include "arena.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed code points, each at most U+10FFFF. */
struct points {
	const uint32_t *ptr;
	size_t len;
};

/* General categories; those that nobody tells apart are one. */
enum unicode_category {
	CATEGORY_CN, /* unassigned */
	CATEGORY_LN, /* letters and numbers */
	CATEGORY_PS, /* punctuation and symbols */
	CATEGORY_M,  /* marks */
	CATEGORY_ZS, /* space separators */
	CATEGORY_ZL,
	CATEGORY_ZP,
	CATEGORY_CC, /* controls */
	CATEGORY_CF, /* format characters */
	CATEGORY_CS, /* surrogates */
	CATEGORY_CO, /* private use */
};

/* Bidirectional classes (UAX #9). NONE: not assigned in this version. */
enum unicode_bidi {
	BIDI_NONE,
	BIDI_L,
	BIDI_R,
	BIDI_AL,
	BIDI_AN,
	BIDI_B,
	BIDI_BN,
	BIDI_CS,
	BIDI_EN,
	BIDI_ES,
	BIDI_ET,
	BIDI_FSI,
	BIDI_LRE,
	BIDI_LRI,
	BIDI_LRO,
	BIDI_NSM,
	BIDI_ON,
	BIDI_PDF,
	BIDI_PDI,
	BIDI_RLE,
	BIDI_RLI,
	BIDI_RLO,
	BIDI_S,
	BIDI_WS,
};

/* RFC 5892. DISALLOWED is also what is not assigned. */
enum unicode_idna { IDNA_DISALLOWED, IDNA_PVALID, IDNA_CONTEXTJ, IDNA_CONTEXTO };

enum unicode_joining { JOINING_U, JOINING_C, JOINING_D, JOINING_L, JOINING_R, JOINING_T };

/* Those that a rule of RFC 5892 asks for. */
enum unicode_script {
	SCRIPT_OTHER,
	SCRIPT_GREEK,
	SCRIPT_HAN,
	SCRIPT_HEBREW,
	SCRIPT_HIRAGANA,
	SCRIPT_KATAKANA,
};

/* UTS #46. DEVIATION: kept, as non-transitional processing has it. */
enum unicode_uts46 { UTS46_VALID, UTS46_DISALLOWED, UTS46_IGNORED, UTS46_MAPPED, UTS46_DEVIATION };

struct unicode_facts {
	uint8_t category;  /* enum unicode_category */
	uint8_t bidi;      /* enum unicode_bidi */
	uint8_t combining; /* canonical combining class */
	uint8_t idna;      /* enum unicode_idna */
	uint8_t joining;   /* enum unicode_joining */
	uint8_t script;    /* enum unicode_script */
	uint8_t uts46;     /* enum unicode_uts46 */
	uint8_t space;     /* 1: white space to Python's str.strip and \s */
	uint8_t dot;       /* 1: a decomposition of it, of any kind, holds a full stop */
};

/* Of any code point up to U+10FFFF; never NULL. */
const struct unicode_facts *unicode_facts(uint32_t point);

/* Whether Python's repr shows it as it is. */
bool unicode_is_printable(uint32_t point);

/* The name of a mark, separator or format character; NULL for what has none, and for all others. */
const char *unicode_name(uint32_t point);

/* Code points of the longest results of the next two; the build checks them. */
enum { UNICODE_MAPPING_MAX = 18, UNICODE_DECOMPOSITION_MAX = 4 };

/* What UTS #46 maps it to: 1 code point or more. 0 when its status isn't MAPPED. */
size_t unicode_uts46_mapping(uint32_t point, uint32_t target[static UNICODE_MAPPING_MAX]);

/* The full canonical decomposition, Hangul too: 2 code points or more, or one other; else 0. */
size_t unicode_decomposition(uint32_t point, uint32_t target[static UNICODE_DECOMPOSITION_MAX]);

/* The primary composite of the two, or 0. */
uint32_t unicode_composition(uint32_t first, uint32_t second);

/* UTF-8 in which surrogates may be encoded as three bytes. What is not even that, which no caller
 * should send, becomes U+FFFD. The code points are in the arena. */
struct points unicode_decode(struct arena *arena, struct str text);

/* The reverse, also into the arena. */
struct str unicode_encode(struct arena *arena, struct points text);

/* How many bytes UTF-8 takes for it: 1 to 4. */
size_t unicode_utf8_len(uint32_t point);

/* Normalization Form C (UAX #15), in time linear in the length. Text that has no code point from
 * U+0300 on is returned as it is, else the result is in the arena. */
struct points unicode_nfc(struct arena *arena, struct points text);

/* For each code point, whether NFC of the text from there to the end still begins with it; linear
 * time too. NULL stands for an array of true, as for ASCII. */
const bool *unicode_nfc_kept(struct arena *arena, struct points text);

static inline bool points_equal(struct points a, struct points b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len * sizeof(*a.ptr)) == 0);
}

/* The part from from to before to; both at most text.len. */
static inline struct points points_slice(struct points text, size_t from, size_t to)
{
	return (struct points){ text.ptr + from, to - from };
}

/* The index of the first such code point from from on, or text.len. */
static inline size_t points_find(struct points text, size_t from, uint32_t point)
{
	while (from < text.len && text.ptr[from] != point)
		from++;
	return from;
}

bool points_are_ascii(struct points text);

#endif
