/*
 * Properties of code points, from tables of our own: answers must not depend on the libraries of
 * the machine. The tables are made from workers/unicode/, which names the Unicode version of each.
 * Text is an array of code points here, for positions and lengths; lone surrogates are code points
 * like any other.
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

/* General categories. Categories that no caller distinguishes are merged. */
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

/* Bidirectional classes (UAX #9). BIDI_NONE: unassigned in this Unicode version. */
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

/* Derived property values of RFC 5892. IDNA_DISALLOWED includes UNASSIGNED. */
enum unicode_idna { IDNA_DISALLOWED, IDNA_PVALID, IDNA_CONTEXTJ, IDNA_CONTEXTO };

/* Joining types (ArabicShaping.txt of the Unicode Character Database). */
enum unicode_joining { JOINING_U, JOINING_C, JOINING_D, JOINING_L, JOINING_R, JOINING_T };

/* The scripts that the contextual rules of RFC 5892 name. */
enum unicode_script {
	SCRIPT_OTHER,
	SCRIPT_GREEK,
	SCRIPT_HAN,
	SCRIPT_HEBREW,
	SCRIPT_HIRAGANA,
	SCRIPT_KATAKANA,
};

/* Status values of UTS #46. UTS46_DEVIATION: kept unchanged (nontransitional processing). */
enum unicode_uts46 { UTS46_VALID, UTS46_DISALLOWED, UTS46_IGNORED, UTS46_MAPPED, UTS46_DEVIATION };

/* The properties Cased and Case_Ignorable, as bits. */
enum unicode_casing { CASING_NONE, CASING_CASED, CASING_IGNORABLE, CASING_BOTH };

struct unicode_facts {
	uint8_t category;  /* enum unicode_category */
	uint8_t bidi;      /* enum unicode_bidi */
	uint8_t combining; /* canonical combining class */
	uint8_t idna;      /* enum unicode_idna */
	uint8_t joining;   /* enum unicode_joining */
	uint8_t script;    /* enum unicode_script */
	uint8_t uts46;     /* enum unicode_uts46 */
	uint8_t space;     /* 1: white space for Python's str.strip and \s */
	uint8_t dot;       /* 1: its canonical or compatibility decomposition has a full stop */
	uint8_t casing;    /* enum unicode_casing */
};

/* The properties of a code point up to U+10FFFF. Static; never NULL. */
const struct unicode_facts *unicode_facts(uint32_t point);

/* True if Python's repr() leaves the code point unescaped (str.isprintable). */
bool unicode_is_printable(uint32_t point);

/* The Unicode name of a mark, separator or format character; static. NULL for all other code
 * points, and for those without a name. */
const char *unicode_name(uint32_t point);

/* The longest results of the next functions, in code points. The build checks them. */
enum { UNICODE_MAPPING_MAX = 18, UNICODE_DECOMPOSITION_MAX = 4, UNICODE_CASED_MAX = 3 };

/* Writes the UTS #46 mapping of a code point. Returns its length in code points, or 0 if the status
 * is not UTS46_MAPPED. */
size_t unicode_uts46_mapping(uint32_t point, uint32_t target[static UNICODE_MAPPING_MAX]);

/* Writes the full canonical decomposition of a code point, Hangul syllables included. Returns its
 * length in code points, or 0 if the code point does not decompose. */
size_t unicode_decomposition(uint32_t point, uint32_t target[static UNICODE_DECOMPOSITION_MAX]);

/* Each writes a code point in lower or upper case, by its full mapping without context and
 * language, and returns the length of the result, at least 1. */
size_t unicode_lower(uint32_t point, uint32_t target[static UNICODE_CASED_MAX]);
size_t unicode_upper(uint32_t point, uint32_t target[static UNICODE_CASED_MAX]);

/* The ASCII digit of a decimal digit of any script (Nd), or 0 for any other code point. */
char unicode_digit(uint32_t point);

/* The primary composite of two code points, or 0 if there is none. */
uint32_t unicode_composition(uint32_t first, uint32_t second);

/* Decodes UTF-8, in which surrogates may be encoded as three bytes, into the arena. Callers pass
 * valid text; malformed sequences become U+FFFD. */
struct points unicode_decode(struct arena *arena, struct str text);

/* Encodes to UTF-8 in the arena, surrogates as three bytes; NUL-terminated. */
struct str unicode_encode(struct arena *arena, struct points text);

/* The length of a code point in UTF-8: 1 to 4 bytes. */
size_t unicode_utf8_len(uint32_t point);

/* Normalization Form C (UAX #15), in linear time. Text without code points from U+0300 on is
 * returned unchanged; otherwise the result is in the arena. */
struct points unicode_nfc(struct arena *arena, struct points text);

/* For each code point: true if NFC of the text from there to the end still begins with it. Takes
 * linear time. The array is in the arena; NULL, for text without code points from U+0300 on, means
 * true for all. */
const bool *unicode_nfc_kept(struct arena *arena, struct points text);

static inline bool points_equal(struct points a, struct points b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len * sizeof(*a.ptr)) == 0);
}

/* The code points from index from to before to, borrowed; both are at most text.len. */
static inline struct points points_slice(struct points text, size_t from, size_t to)
{
	return (struct points){ text.ptr + from, to - from };
}

/* The index of the first occurrence of point at from or later, or text.len. */
static inline size_t points_find(struct points text, size_t from, uint32_t point)
{
	while (from < text.len && text.ptr[from] != point)
		from++;
	return from;
}

/* True if every code point is ASCII, or there are none. */
bool points_are_ascii(struct points text);

#endif
