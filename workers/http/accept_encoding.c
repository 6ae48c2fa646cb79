#include "accept_encoding.h"

#include "ascii.h"

enum { WEIGHT_ONE = 1000, WEIGHT_NONE = WEIGHT_ONE + 1 };

/* Removes the part before the first separator from *s, and the separator. Returns it trimmed. */
static struct str take_until(struct str *s, char separator)
{
	const char *end = s->len > 0 ? memchr(s->ptr, separator, s->len) : NULL;
	size_t len = end ? (size_t)(end - s->ptr) : s->len;
	struct str part = { s->ptr, len };

	*s = str_from_index(*s, end ? len + 1 : len);
	return ascii_trim(part);
}

/* Parses a qvalue (RFC 9110 12.4.2), such as "0.75", in thousandths. WEIGHT_NONE if malformed. */
static unsigned read_qvalue(struct str s)
{
	unsigned weight, unit = WEIGHT_ONE;

	if (s.len == 0 || s.len > 5 || (s.ptr[0] != '0' && s.ptr[0] != '1') ||
		(s.len > 1 && s.ptr[1] != '.'))
		return WEIGHT_NONE;
	weight = (unsigned)(s.ptr[0] - '0') * WEIGHT_ONE;
	for (size_t i = 2; i < s.len; i++) {
		if (!ascii_is(ASCII_DIGIT, s.ptr[i]))
			return WEIGHT_NONE;
		unit /= 10;
		weight += (unsigned)(s.ptr[i] - '0') * unit;
	}
	return weight <= WEIGHT_ONE ? weight : WEIGHT_NONE;
}

/* Parses the parameter of a coding: "" or a weight such as "q=0.5". */
static unsigned read_weight(struct str parameter)
{
	struct str name = { parameter.ptr, 2 };

	if (parameter.len == 0)
		return WEIGHT_ONE;
	if (parameter.len < 2 || !ascii_equal_nocase(name, STR("q=")))
		return WEIGHT_NONE;
	return read_qvalue(str_from_index(parameter, 2));
}

/* RFC 9110 8.4.1.3: "x-gzip" is another name of gzip. */
static bool is_name_of(struct str name, struct str coding)
{
	const struct str old = STR("x-gzip");

	return ascii_equal_nocase(name, coding) ||
	       (name.len == old.len && ascii_equal_nocase(name, old) &&
		       str_equal(coding, STR("gzip")));
}

unsigned accept_encoding_weight(struct str field, struct str coding)
{
	unsigned others = str_equal(coding, STR("identity")) ? 1 : 0;

	while (field.len > 0) {
		struct str member = take_until(&field, ',');
		struct str name = take_until(&member, ';');
		unsigned weight = read_weight(ascii_trim(member));
		if (weight == WEIGHT_NONE)
			continue;
		if (is_name_of(name, coding))
			return weight;
		if (str_equal(name, STR("*")))
			others = weight;
	}
	return others;
}
