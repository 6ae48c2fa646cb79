#include "white_space.h"

/* In UTF-8. */
static const struct str white_space[] = {
	STR_INIT("\t"), STR_INIT("\n"), STR_INIT("\v"), STR_INIT("\f"), STR_INIT("\r"),
	STR_INIT(" "), STR_INIT("\xc2\x85"), /* U+0085 next line */
	STR_INIT("\xc2\xa0"),                /* U+00A0 no-break space */
	STR_INIT("\xe1\x9a\x80"),            /* U+1680 Ogham space mark */
	STR_INIT("\xe2\x80\x80"),            /* U+2000 to U+200A: spaces of many widths */
	STR_INIT("\xe2\x80\x81"), STR_INIT("\xe2\x80\x82"), STR_INIT("\xe2\x80\x83"),
	STR_INIT("\xe2\x80\x84"), STR_INIT("\xe2\x80\x85"), STR_INIT("\xe2\x80\x86"),
	STR_INIT("\xe2\x80\x87"), STR_INIT("\xe2\x80\x88"), STR_INIT("\xe2\x80\x89"),
	STR_INIT("\xe2\x80\x8a"), STR_INIT("\xe2\x80\xa8"), /* U+2028 line separator */
	STR_INIT("\xe2\x80\xa9"),                           /* U+2029 paragraph separator */
	STR_INIT("\xe2\x80\xaf"),                           /* U+202F narrow no-break space */
	STR_INIT("\xe2\x81\x9f"),                           /* U+205F medium mathematical space */
	STR_INIT("\xe3\x80\x80"),                           /* U+3000 ideographic space */
};

static bool ends_with(struct str s, struct str suffix)
{
	return s.len >= suffix.len && str_equal(str_from_index(s, s.len - suffix.len), suffix);
}

/* The size in bytes of the white space at the start, or the end, of s; 0 if there is none. */
static size_t space_at(struct str s, bool (*matches)(struct str, struct str))
{
	for (size_t i = 0; i < NITEMS(white_space); i++) {
		if (matches(s, white_space[i]))
			return white_space[i].len;
	}
	return 0;
}

struct str white_space_trim(struct str s)
{
	size_t n;

	while ((n = space_at(s, str_starts)) > 0)
		s = str_from_index(s, n);
	while ((n = space_at(s, ends_with)) > 0)
		s.len -= n;
	return s;
}
