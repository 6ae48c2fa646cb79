#include "json_read.h"

#include "json_text.h"

#include <math.h>
#include <stdlib.h>

/*
 * The parser is not recursive. A container is linked to its parent when it is opened, so the
 * innermost open container leads to all open ones.
 */
struct reader {
	struct arena *arena;
	const char *start;
	const char *next;
	const char *end;
	struct json *open;  /* the innermost open container; NULL at the top */
	struct json **link; /* where to link the next node: the end of open's children */
	size_t depth;       /* of open; 0 at the top */
	struct json_error *error;
};

static const struct {
	char close;
	const char *trailing_comma;
} containers[JSON__COUNT] = {
	[JSON_ARRAY] = { ']', "Illegal trailing comma before end of array" },
	[JSON_OBJECT] = { '}', "Illegal trailing comma before end of object" },
};

static const struct {
	struct str text;
	enum json_type type;
	double number;
} literals[] = {
	{ STR_INIT("null"), JSON_NULL, 0 },
	{ STR_INIT("true"), JSON_TRUE, 0 },
	{ STR_INIT("false"), JSON_FALSE, 0 },
	{ STR_INIT("NaN"), JSON_FLOAT, NAN },
	{ STR_INIT("Infinity"), JSON_FLOAT, INFINITY },
	{ STR_INIT("-Infinity"), JSON_FLOAT, -INFINITY },
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_at(const struct reader *r, char c)
{
	return r->next < r->end && *r->next == c;
}

static struct str rest(const struct reader *r)
{
	return (struct str){ r->next, (size_t)(r->end - r->next) };
}

static void skip_space(struct reader *r)
{
	while (is_at(r, ' ') || is_at(r, '\n') || is_at(r, '\r') || is_at(r, '\t'))
		r->next++;
}

static enum json_outcome fail(struct reader *r, const char *message, const char *at)
{
	size_t position = 0;

	for (const char *p = r->start; p < at; p++)
		position += (*p & 0xc0) != 0x80;
	*r->error = (struct json_error){ message, position };
	return JSON_SYNTAX;
}

static struct json *add_node(struct reader *r, enum json_type type)
{
	struct json *node = arena_alloc(r->arena, sizeof(*node));

	*node = (struct json){ .type = (uint8_t)type };
	*r->link = node;
	r->link = &node->next;
	return node;
}

/* Strings */

static const char *read_hex4(const char *p, const char *end, uint32_t *value)
{
	if (end - p < 4)
		return NULL;
	*value = 0;
	for (const char *stop = p + 4; p < stop; p++) {
		char letter = (char)(*p | 0x20);
		if (is_digit(*p))
			*value = *value << 4 | (uint32_t)(*p - '0');
		else if (letter >= 'a' && letter <= 'f')
			*value = *value << 4 | (uint32_t)(letter - 'a' + 10);
		else
			return NULL;
	}
	return p;
}

/* Decodes \uXXXX; p points to its first digit. Two escapes that form a surrogate pair are one code
 * point. Returns the end of the escape, or NULL without four digits. */
static const char *read_unicode_escape(const char *p, const char *end, uint32_t *code)
{
	uint32_t low;

	p = read_hex4(p, end, code);
	if (!p || (*code & 0xfffffc00) != 0xd800 || end - p < 2 || p[0] != '\\' || p[1] != 'u')
		return p;
	const char *after = read_hex4(p + 2, end, &low);
	if (!after || (low & 0xfffffc00) != 0xdc00)
		return p;
	*code = json_text_join(*code, low);
	return after;
}

/* Decodes an escape; p points after its backslash. Returns its end, or NULL if it is invalid. */
static const char *read_escape(const char *p, const char *end, uint32_t *code)
{
	static const char escapes[256] = {
		['"'] = '"',
		['\\'] = '\\',
		['/'] = '/',
		['b'] = '\b',
		['f'] = '\f',
		['n'] = '\n',
		['r'] = '\r',
		['t'] = '\t',
	};

	if (*p == 'u')
		return read_unicode_escape(p + 1, end, code);
	*code = (unsigned char)escapes[(unsigned char)*p];
	return *code ? p + 1 : NULL;
}

static bool is_surrogate(uint32_t code)
{
	return code >= 0xd800 && code <= 0xdfff;
}

/* Skips to the next control character, quote or backslash, or the end; counts code points. */
static void skip_plain(struct reader *r, struct json *string)
{
	for (;;) {
		size_t plain = json_text_plain(rest(r));
		r->next += plain;
		string->count += (uint32_t)plain;
		if (r->next == r->end || !(*r->next & 0x80))
			return;
		for (; r->next < r->end && *r->next & 0x80; r->next++) {
			unsigned char c = (unsigned char)*r->next;
			string->count += (c & 0xc0) != 0x80;
			if (c == 0xed && (unsigned char)r->next[1] >= 0xa0)
				string->has_surrogate = true;
		}
	}
}

static enum json_outcome skip_escape(struct reader *r, struct json *string, const char *quote)
{
	const char *backslash = r->next;
	uint32_t code;

	if (r->end - backslash < 2)
		return fail(r, "Unterminated string starting at", quote);
	r->next = read_escape(backslash + 1, r->end, &code);
	if (!r->next && backslash[1] == 'u')
		return fail(r, "Invalid \\uXXXX escape", backslash + 1);
	if (!r->next)
		return fail(r, "Invalid \\escape", backslash);
	string->count++;
	if (is_surrogate(code))
		string->has_surrogate = true;
	return JSON_OK;
}

/* Replaces the escapes, which are valid; the result is never longer than raw. */
static struct str unescape(struct arena *arena, struct str raw)
{
	char *start = arena_alloc(arena, raw.len);
	char *out = start;
	const char *end = raw.ptr + raw.len;
	uint32_t code;

	for (const char *p = raw.ptr; p < end;) {
		const char *backslash = memchr(p, '\\', (size_t)(end - p));
		size_t plain = (size_t)((backslash ? backslash : end) - p);
		memcpy(out, p, plain);
		out += plain;
		p += plain;
		if (!backslash)
			break;
		p = read_escape(p + 1, end, &code);
		char utf8[JSON_TEXT_CHAR_MAX];
		size_t length = json_text_put(utf8, code);
		memcpy(out, utf8, length);
		out += length;
	}
	return (struct str){ start, (size_t)(out - start) };
}

static enum json_outcome read_string(struct reader *r)
{
	const char *quote = r->next++;
	struct json *string = add_node(r, JSON_STRING);
	bool escaped = false;

	skip_plain(r, string);
	while (is_at(r, '\\')) {
		enum json_outcome outcome = skip_escape(r, string, quote);
		if (outcome != JSON_OK)
			return outcome;
		escaped = true;
		skip_plain(r, string);
	}
	if (r->next == r->end)
		return fail(r, "Unterminated string starting at", quote);
	if (*r->next != '"')
		return fail(r, "Invalid control character at", r->next);
	string->text = (struct str){ quote + 1, (size_t)(r->next - quote - 1) };
	if (escaped)
		string->text = unescape(r->arena, string->text);
	r->next++;
	return JSON_OK;
}

/* Numbers */

static const char *skip_digits(const char *p, const char *end)
{
	while (p < end && is_digit(*p))
		p++;
	return p;
}

static const char *skip_fraction(const char *p, const char *end)
{
	return end - p >= 2 && *p == '.' && is_digit(p[1]) ? skip_digits(p + 1, end) : p;
}

static const char *skip_exponent(const char *p, const char *end)
{
	if (p == end || (*p != 'e' && *p != 'E'))
		return p;
	const char *digits = p + 1;
	if (digits < end && (*digits == '+' || *digits == '-'))
		digits++;
	return digits < end && is_digit(*digits) ? skip_digits(digits, end) : p;
}

/* Correctly rounded; overflow is infinite, underflow is zero. No locale is ever set, so strtod
 * reads a point as the decimal point. */
static double to_double(struct arena *arena, struct str text)
{
	char small[64];

	if (text.len >= sizeof(small))
		return strtod(arena_copy(arena, text).ptr, NULL);
	memcpy(small, text.ptr, text.len);
	small[text.len] = '\0';
	return strtod(small, NULL);
}

static enum json_outcome add_int(struct reader *r, struct str text)
{
	size_t sign = *text.ptr == '-';

	if (text.len - sign > JSON_READ_DIGITS_MAX)
		return JSON_REFUSED;
	bool minus_zero = sign && text.ptr[1] == '0';
	add_node(r, JSON_INT)->text = minus_zero ? STR("0") : text;
	return JSON_OK;
}

/* r->next is at a digit, or at a minus sign followed by a digit. Stops where the grammar of a
 * number ends; the caller reports an error after it. */
static enum json_outcome read_number(struct reader *r)
{
	const char *start = r->next;
	const char *digits = start + (*start == '-');
	const char *integer = *digits == '0' ? digits + 1 : skip_digits(digits, r->end);

	r->next = skip_exponent(skip_fraction(integer, r->end), r->end);
	struct str text = { start, (size_t)(r->next - start) };
	if (r->next == integer)
		return add_int(r, text);
	add_node(r, JSON_FLOAT)->number = to_double(r->arena, text);
	return JSON_OK;
}

static bool is_at_number(const struct reader *r)
{
	const char *digit = r->next + is_at(r, '-');

	return digit < r->end && is_digit(*digit);
}

/* Values */

static enum json_outcome read_literal(struct reader *r)
{
	for (size_t i = 0; i < NITEMS(literals); i++) {
		if (!str_starts(rest(r), literals[i].text))
			continue;
		r->next += literals[i].text.len;
		struct json *node = add_node(r, literals[i].type);
		if (literals[i].type == JSON_FLOAT)
			node->number = literals[i].number;
		return JSON_OK;
	}
	return fail(r, "Expecting value", r->next);
}

static enum json_outcome open_container(struct reader *r, enum json_type type)
{
	if (++r->depth > JSON_READ_DEPTH_MAX)
		return JSON_REFUSED;
	r->next++;
	struct json *container = add_node(r, type);
	container->parent = r->open;
	r->open = container;
	r->link = &container->first;
	return JSON_OK;
}

/* Reads one value; of an array or object only the opening bracket. */
static enum json_outcome read_value(struct reader *r)
{
	if (r->open)
		r->open->count++;
	if (is_at(r, '"'))
		return read_string(r);
	if (is_at(r, '{'))
		return open_container(r, JSON_OBJECT);
	if (is_at(r, '['))
		return open_container(r, JSON_ARRAY);
	return is_at_number(r) ? read_number(r) : read_literal(r);
}

static enum json_outcome read_key(struct reader *r)
{
	if (!is_at(r, '"'))
		return fail(r, "Expecting property name enclosed in double quotes", r->next);
	enum json_outcome outcome = read_string(r);
	if (outcome != JSON_OK)
		return outcome;
	skip_space(r);
	if (!is_at(r, ':'))
		return fail(r, "Expecting ':' delimiter", r->next);
	r->next++;
	skip_space(r);
	return JSON_OK;
}

/* Duplicate keys: the last value is kept, in the place of the first, as in a Python dict. */

enum { FEW_MEMBERS = 16 }; /* up to here comparing all pairs is faster than sorting */

static bool has_duplicates(const struct json *object)
{
	for (const struct json *key = object->first; key; key = key->next->next) {
		const struct json *other = key->next->next;
		for (; other; other = other->next->next) {
			if (str_equal(key->text, other->text))
				return true;
		}
	}
	return false;
}

struct member {
	struct json *key;
	struct json *value; /* NULL: replaced by a later member with the same key */
	size_t place;       /* index in the text */
};

static int compare_places(const void *a, const void *b)
{
	const struct member *m = a;
	const struct member *n = b;

	return (m->place > n->place) - (m->place < n->place);
}

/* Equal keys sort in the order of the text. */
static int compare_keys(const void *a, const void *b)
{
	const struct member *m = a;
	const struct member *n = b;
	struct str x = m->key->text;
	struct str y = n->key->text;

	if (x.len != y.len)
		return x.len < y.len ? -1 : 1;
	int order = memcmp(x.ptr, y.ptr, x.len);
	return order != 0 ? order : compare_places(m, n);
}

static void merge_equal(struct member *sorted, size_t count)
{
	for (size_t i = 1, first = 0; i < count; i++) {
		if (!str_equal(sorted[first].key->text, sorted[i].key->text)) {
			first = i;
			continue;
		}
		sorted[first].value = sorted[i].value;
		sorted[i].value = NULL;
	}
}

static void relink(struct json *object, const struct member *members, size_t count)
{
	struct json **link = &object->first;

	object->count = 0;
	for (size_t i = 0; i < count; i++) {
		if (!members[i].value)
			continue;
		*link = members[i].key;
		members[i].key->next = members[i].value;
		link = &members[i].value->next;
		object->count++;
	}
	*link = NULL;
}

/* Sorts rather than hashes, so that chosen keys cannot cause quadratic time. */
static void merge_duplicates(struct arena *arena, struct json *object)
{
	size_t count = object->count;
	struct member *members = arena_calloc(arena, count, sizeof(*members));
	struct json *key = object->first;

	for (size_t i = 0; i < count; i++, key = key->next->next)
		members[i] = (struct member){ key, key->next, i };
	qsort(members, count, sizeof(*members), compare_keys);
	merge_equal(members, count);
	qsort(members, count, sizeof(*members), compare_places);
	relink(object, members, count);
}

static enum json_outcome close_container(struct reader *r)
{
	struct json *closed = r->open;

	r->next++;
	r->depth--;
	if (closed->type == JSON_OBJECT && (closed->count > FEW_MEMBERS || has_duplicates(closed)))
		merge_duplicates(r->arena, closed);
	r->open = closed->parent;
	r->link = &closed->next;
	return JSON_OK;
}

/* Reads the next item of the innermost open container, or its end. */
static enum json_outcome read_item(struct reader *r)
{
	char close = containers[r->open->type].close;

	skip_space(r);
	if (is_at(r, close))
		return close_container(r);
	if (r->open->count > 0) {
		if (!is_at(r, ','))
			return fail(r, "Expecting ',' delimiter", r->next);
		const char *comma = r->next++;
		skip_space(r);
		if (is_at(r, close))
			return fail(r, containers[r->open->type].trailing_comma, comma);
	}
	if (r->open->type == JSON_OBJECT) {
		enum json_outcome outcome = read_key(r);
		if (outcome != JSON_OK)
			return outcome;
	}
	return read_value(r);
}

enum json_outcome json_read(
	struct arena *arena, struct str text, const struct json **root, struct json_error *error)
{
	struct json *top = NULL;
	struct reader r = {
		.arena = arena,
		.start = text.ptr,
		.next = text.ptr,
		.end = text.ptr + text.len,
		.link = &top,
		.error = error,
	};

	/* The counts of struct json have 32 bits. */
	if (text.len > UINT32_MAX)
		return JSON_REFUSED;
	skip_space(&r);
	enum json_outcome outcome = read_value(&r);
	while (outcome == JSON_OK && r.open)
		outcome = read_item(&r);
	if (outcome != JSON_OK)
		return outcome;
	skip_space(&r);
	if (r.next < r.end)
		return fail(&r, "Extra data", r.next);
	*root = top;
	return JSON_OK;
}
