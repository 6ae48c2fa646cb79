/* Escape sequences: regex-syntax, ast/parse.rs, parse_escape. */
#include "pattern_parse.h"

#include "pattern_unicode.h"

static bool is_letter_or_digit(uint32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* \xNN, \x{...} and their kin. */

static int hex_value(uint32_t c)
{
	if (c >= '0' && c <= '9')
		return (int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (int)(c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (int)(c - 'A' + 10);
	return -1;
}

static const char incomplete[] = "the pattern ends in an escape sequence";

/* Adds the next digit to a number that stays above POINT_MAX once it is. */
static bool add_hex(struct parser *p, uint32_t *point)
{
	int digit = hex_value(parser_char(p));

	if (digit < 0)
		return parser_fail(p, p->at, "not a hexadecimal digit");
	if (*point <= POINT_MAX)
		*point = *point << 4 | (uint32_t)digit;
	return true;
}

static bool parse_hex_digits(struct parser *p, unsigned digits, uint32_t *point)
{
	for (unsigned i = 0; i < digits; i++) {
		if (i > 0 && !parser_step(p))
			return parser_fail(p, p->at, incomplete);
		if (!add_hex(p, point))
			return false;
	}
	parser_step(p);
	return true;
}

static bool parse_hex_brace(struct parser *p, uint32_t *point)
{
	size_t digits = 0;

	for (; parser_step(p) && parser_char(p) != '}'; digits++)
		if (!add_hex(p, point))
			return false;
	if (parser_is_end(p))
		return parser_fail(p, p->at, incomplete);
	if (digits == 0)
		return parser_fail(p, p->at, "no hexadecimal digit between the braces");
	parser_step(p);
	return true;
}

static bool parse_hex(struct parser *p, struct primitive *out)
{
	uint32_t kind = parser_char(p);
	unsigned digits = kind == 'x' ? 2 : kind == 'u' ? 4 : 8;

	if (!parser_step(p))
		return parser_fail(p, p->at, incomplete);
	bool braced = parser_char(p) == '{';
	out->is_byte = kind == 'x' && !braced;
	if (braced ? !parse_hex_brace(p, &out->point) : !parse_hex_digits(p, digits, &out->point))
		return false;
	if (out->point > POINT_MAX || (out->point >= 0xD800 && out->point <= 0xDFFF))
		return parser_fail(p, out->at, "not a code point of a character");
	return true;
}

/* \p */

static struct str cut(struct str text, size_t from, size_t to)
{
	return (struct str){ text.ptr + from, to - from };
}

/* Splits "property=value", "property:value" and "property!=value", which Rust's regex treats like
 * "=". */
static void split_name(struct str text, struct str *property, struct str *value)
{
	const char *unequal = memmem(text.ptr, text.len, "!=", 2);
	const char *colon = memchr(text.ptr, ':', text.len);
	const char *equal = memchr(text.ptr, '=', text.len);
	const char *sign = unequal ? unequal : colon ? colon : equal;

	*property = (struct str){ NULL, 0 };
	*value = text;
	if (!sign)
		return;
	*property = cut(text, 0, (size_t)(sign - text.ptr));
	*value = cut(text, property->len + (unequal ? 2 : 1), text.len);
}

/* Reads a name as bytes; what is not ASCII is ignored in names. */
static bool read_name(struct parser *p, struct buf *name)
{
	if (parser_char(p) != '{') {
		if (parser_char(p) == '\\')
			return parser_fail(
				p, p->at, "a backslash as the name of a character class");
		if (parser_char(p) < 0x80)
			buf_char(name, (char)parser_char(p));
		parser_step(p);
		return true;
	}
	while (parser_step(p) && parser_char(p) != '}')
		if (parser_char(p) < 0x80)
			buf_char(name, (char)parser_char(p));
	if (parser_is_end(p))
		return parser_fail(p, p->at, incomplete);
	parser_bump(p);
	return true;
}

static bool find_class(struct parser *p, struct str name, struct primitive *out)
{
	struct str property, value;

	split_name(name, &property, &value);
	if (pattern_unicode_class(p->memory, &out->set, property, value))
		return true;
	bool known = property.ptr && pattern_unicode_is_unsupported(property);
	return parser_fail(p, out->at,
		known ? "this Unicode property is not supported"
		      : "there is no such Unicode property");
}

static bool parse_property(struct parser *p, struct primitive *out)
{
	bool negated = parser_char(p) == 'P';
	struct buf name;

	out->kind = PRIMITIVE_SET;
	if (!parser_step(p))
		return parser_fail(p, p->at, incomplete);
	buf_init(&name, p->count + 1);
	bool good = read_name(p, &name);
	if (good && !(p->flags & FLAG_U))
		good = parser_fail(p, out->at, "a Unicode property while the flag u is off");
	good = good && find_class(p, buf_view(&name), out);
	buf_done(&name);
	return good && parser_finish_set(p, &out->set, negated, out->at);
}

/* \w, \d and \s */

static void (*const perl_sets[])(struct point_memory *, struct point_set *) = {
	pattern_unicode_word, pattern_unicode_digit, pattern_unicode_space
};

static const struct point_range ascii_word[] = { { '0', '9' }, { 'A', 'Z' }, { '_', '_' },
	{ 'a', 'z' } };
static const struct point_range ascii_digit[] = { { '0', '9' } };
static const struct point_range ascii_space[] = { { '\t', '\r' }, { ' ', ' ' } };

static const struct {
	const struct point_range *ranges;
	unsigned count;
} ascii_sets[] = { { ascii_word, NITEMS(ascii_word) }, { ascii_digit, NITEMS(ascii_digit) },
	{ ascii_space, NITEMS(ascii_space) } };

static void copy_perl(struct parser *p, unsigned which, struct point_set *out)
{
	if (!(p->flags & FLAG_U)) {
		for (unsigned i = 0; i < ascii_sets[which].count; i++)
			point_set_add(p->memory, out, ascii_sets[which].ranges[i].first,
				ascii_sets[which].ranges[i].last);
		return;
	}
	if (!p->perl[which]) {
		p->perl[which] = arena_calloc(p->memory->arena, 1, sizeof(*p->perl[which]));
		perl_sets[which](p->memory, p->perl[which]);
	}
	*out = *p->perl[which];
	out->room = out->count; /* the ranges are shared: an addition copies them */
}

static bool parse_perl(struct parser *p, struct primitive *out)
{
	static const char letters[] = "wdsWDS";
	unsigned letter = (unsigned)(strchr(letters, (int)parser_char(p)) - letters);

	out->kind = PRIMITIVE_SET;
	parser_bump(p);
	copy_perl(p, letter % 3, &out->set);
	if (letter < 3)
		return true;
	out->set = point_set_not(p->memory, &out->set);
	if (!(p->flags & FLAG_U))
		return parser_fail(p, out->at, "matches bytes that are not UTF-8");
	return true;
}

/* \b */

static bool is_word_of_boundary(uint32_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
}

static bool name_boundary(struct parser *p, struct str name, struct primitive *out)
{
	static const struct {
		struct str name;
		enum look look;
	} kinds[] = {
		{ STR_INIT("start"), LOOK_WORD_START },
		{ STR_INIT("end"), LOOK_WORD_END },
		{ STR_INIT("start-half"), LOOK_WORD_START_HALF },
		{ STR_INIT("end-half"), LOOK_WORD_END_HALF },
	};

	for (size_t i = 0; i < NITEMS(kinds); i++)
		if (str_equal(kinds[i].name, name)) {
			out->look = kinds[i].look;
			return true;
		}
	return parser_fail(
		p, out->at, "\\b takes {start}, {end}, {start-half} and {end-half} only");
}

/* Parses \b{start} and its kin; leaves a repetition alone. */
static bool parse_boundary(struct parser *p, struct primitive *out)
{
	static const char unclosed[] = "\\b{ without a closing brace";
	char name[16];
	size_t brace = p->at, n = 0;

	if (!parser_step(p))
		return parser_fail(p, out->at, unclosed);
	if (!is_word_of_boundary(parser_char(p))) {
		p->at = brace;
		return true;
	}
	for (; !parser_is_end(p) && is_word_of_boundary(parser_char(p)); parser_step(p))
		if (n < sizeof(name))
			name[n++] = (char)parser_char(p);
	if (parser_is_end(p) || parser_char(p) != '}')
		return parser_fail(p, out->at, unclosed);
	parser_bump(p);
	return name_boundary(p, (struct str){ name, n }, out);
}

/* The others. */

static const struct {
	char letter;
	char point;
} controls[] = { { 'a', '\a' }, { 'f', '\f' }, { 't', '\t' }, { 'n', '\n' }, { 'r', '\r' },
	{ 'v', '\v' } };

static const struct {
	char letter;
	enum look look;
} looks[] = { { 'A', LOOK_START }, { 'z', LOOK_END }, { 'b', LOOK_WORD }, { 'B', LOOK_NOT_WORD },
	{ '<', LOOK_WORD_START }, { '>', LOOK_WORD_END } };

static bool parse_look(struct parser *p, enum look look, struct primitive *out)
{
	out->kind = PRIMITIVE_LOOK;
	out->look = look;
	if (look == LOOK_WORD && !parser_is_end(p) && parser_char(p) == '{' &&
		!parse_boundary(p, out))
		return false;
	if (out->look >= LOOK_WORD && !(p->flags & FLAG_U))
		out->look += LOOK_ASCII - LOOK_WORD;
	return true;
}

static bool parse_letter(struct parser *p, uint32_t c, struct primitive *out)
{
	for (size_t i = 0; i < NITEMS(looks); i++)
		if (c == (uint32_t)looks[i].letter)
			return parse_look(p, looks[i].look, out);
	for (size_t i = 0; i < NITEMS(controls); i++)
		if (c == (uint32_t)controls[i].letter) {
			out->point = (uint32_t)controls[i].point;
			return true;
		}
	if (c < 0x80 && !is_letter_or_digit(c)) {
		out->point = c;
		return true;
	}
	return parser_fail(p, out->at, "an unknown escape sequence");
}

bool parse_escape(struct parser *p, struct primitive *out)
{
	*out = (struct primitive){ .kind = PRIMITIVE_POINT, .at = p->at };
	if (!parser_bump(p))
		return parser_fail(p, out->at, incomplete);
	uint32_t c = parser_char(p);
	if (c >= '0' && c <= '9')
		return parser_fail(p, out->at, "back-references are not supported");
	if (c == 'x' || c == 'u' || c == 'U')
		return parse_hex(p, out);
	if (c == 'p' || c == 'P')
		return parse_property(p, out);
	if (c > 0 && c < 0x80 && strchr("wdsWDS", (int)c))
		return parse_perl(p, out);
	parser_bump(p);
	return parse_letter(p, c, out);
}
