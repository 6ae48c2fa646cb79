/* Character classes in brackets: regex-syntax, ast/parse.rs, parse_set_class. */
#include "pattern_parse.h"

#include "pattern.h"

static const char unclosed[] = "a character class without its closing bracket";

static const struct {
	const char *name;
	struct point_range ranges[4];
} ascii_classes[] = {
	{ "alnum", { { '0', '9' }, { 'A', 'Z' }, { 'a', 'z' } } },
	{ "alpha", { { 'A', 'Z' }, { 'a', 'z' } } },
	{ "ascii", { { 0, 0x7F } } },
	{ "blank", { { '\t', '\t' }, { ' ', ' ' } } },
	{ "cntrl", { { 0, 0x1F }, { 0x7F, 0x7F } } },
	{ "digit", { { '0', '9' } } },
	{ "graph", { { '!', '~' } } },
	{ "lower", { { 'a', 'z' } } },
	{ "print", { { ' ', '~' } } },
	{ "punct", { { '!', '/' }, { ':', '@' }, { '[', '`' }, { '{', '~' } } },
	{ "space", { { '\t', '\r' }, { ' ', ' ' } } },
	{ "upper", { { 'A', 'Z' } } },
	{ "word", { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } } },
	{ "xdigit", { { '0', '9' }, { 'A', 'F' }, { 'a', 'f' } } },
};

/* The set of what a class has so far, and the operation that waits for its right side. */
struct operand {
	struct point_set set, left;
	enum { OPERATION_NONE, OPERATION_AND, OPERATION_MINUS, OPERATION_XOR } operation;
};

static struct point_set minus(
	struct parser *p, const struct point_set *a, const struct point_set *b)
{
	struct point_set others = point_set_not(p->memory, b);

	return point_set_and(p->memory, a, &others);
}

static struct point_set exclusive(
	struct parser *p, const struct point_set *a, const struct point_set *b)
{
	struct point_set left = minus(p, a, b), right = minus(p, b, a);

	return point_set_or(p->memory, &left, &right);
}

/* The set with the waiting operation done. */
static struct point_set finish_operation(struct parser *p, struct operand *o)
{
	point_set_close(&o->set);
	if (o->operation == OPERATION_NONE)
		return o->set;
	parser_finish_set(p, &o->left, false, p->at);
	parser_finish_set(p, &o->set, false, p->at);
	if (o->operation == OPERATION_AND)
		return point_set_and(p->memory, &o->left, &o->set);
	if (o->operation == OPERATION_MINUS)
		return minus(p, &o->left, &o->set);
	return exclusive(p, &o->left, &o->set);
}

static bool parse_operation(struct parser *p, struct operand *o)
{
	static const char *const signs[] = {
		[OPERATION_AND] = "&&", [OPERATION_MINUS] = "--", [OPERATION_XOR] = "~~"
	};

	for (unsigned i = OPERATION_AND; i <= OPERATION_XOR; i++)
		if (parser_takes(p, signs[i])) {
			struct point_set left = finish_operation(p, o);
			*o = (struct operand){ .left = left, .operation = i };
			return true;
		}
	return false;
}

/* [:name:] */

static bool name_matches(const struct parser *p, size_t at, size_t end, const char *name)
{
	for (; at < end && *name; at++, name++)
		if (p->points[at] != (uint32_t)*name)
			return false;
	return at == end && !*name;
}

static struct point_set ascii_class(struct parser *p, size_t which)
{
	struct point_set set = { 0 };

	for (unsigned i = 0; i < 4; i++) {
		struct point_range r = ascii_classes[which].ranges[i];
		if (i == 0 || r.last > 0)
			point_set_add(p->memory, &set, r.first, r.last);
	}
	return set;
}

/* Parses [:name:] and sets *found, or leaves anything else alone. Returns false on failure. */
static bool parse_ascii_class(struct parser *p, struct point_set *set, bool *found)
{
	size_t begin = p->at;

	*found = false;
	if (!parser_takes(p, "[:"))
		return true;
	bool negated = parser_takes(p, "^");
	size_t name = p->at;
	while (!parser_is_end(p) && parser_char(p) != ':')
		p->at++;
	size_t end = p->at;
	for (size_t i = 0; i < NITEMS(ascii_classes); i++)
		if (name_matches(p, name, end, ascii_classes[i].name) && parser_takes(p, ":]")) {
			struct point_set named = ascii_class(p, i);
			*found = true;
			if (!parser_finish_set(p, &named, negated, begin))
				return false;
			point_set_add_all(p->memory, set, &named);
			return true;
		}
	p->at = begin;
	return true;
}

/* Items. */

static bool parse_item(struct parser *p, struct primitive *out)
{
	if (parser_char(p) == '\\')
		return parse_escape(p, out);
	*out = (struct primitive){ .kind = PRIMITIVE_POINT, .at = p->at, .point = parser_char(p) };
	parser_bump(p);
	return true;
}

static bool add_item(struct parser *p, const struct primitive *item, struct point_set *set)
{
	switch (item->kind) {
	case PRIMITIVE_LOOK:
		return parser_fail(p, item->at, "an assertion in a character class");
	case PRIMITIVE_SET:
		point_set_add_all(p->memory, set, &item->set);
		return true;
	case PRIMITIVE_POINT:
		break;
	}
	if (!parser_byte_allowed(p, item))
		return false;
	point_set_add(p->memory, set, item->point, item->point);
	return true;
}

/* The character behind the current one, or behind what the flag x ignores. */
static uint32_t peek(struct parser *p)
{
	size_t at = p->at;

	bool there = parser_step(p);
	uint32_t c = there ? parser_char(p) : 0;
	p->at = at;
	return c;
}

static bool add_range(struct parser *p, const struct primitive *first, struct point_set *set)
{
	struct primitive last;

	if (!parser_step(p))
		return parser_fail(p, p->at, unclosed);
	if (!parse_item(p, &last))
		return false;
	if (first->kind != PRIMITIVE_POINT || last.kind != PRIMITIVE_POINT)
		return parser_fail(p, first->at, "a range whose ends are not single characters");
	if (first->point > last.point)
		return parser_fail(p, first->at, "a range whose start is behind its end");
	if (!parser_byte_allowed(p, first) || !parser_byte_allowed(p, &last))
		return false;
	point_set_add(p->memory, set, first->point, last.point);
	return true;
}

static bool parse_range(struct parser *p, struct point_set *set)
{
	struct primitive first;

	if (!parse_item(p, &first))
		return false;
	parser_skip_space(p);
	if (parser_is_end(p))
		return parser_fail(p, p->at, unclosed);
	uint32_t next = parser_char(p) == '-' ? peek(p) : ']';
	if (next == ']' || next == '-')
		return add_item(p, &first, set);
	return add_range(p, &first, set);
}

/* Parses what has another meaning at the beginning: ^, - and ]. */
static bool parse_opening(struct parser *p, bool *negated, struct point_set *set)
{
	bool there = parser_step(p);
	size_t dashes = 0;

	*negated = there && parser_char(p) == '^';
	if (*negated)
		there = parser_step(p);
	for (; there && parser_char(p) == '-'; dashes++) {
		point_set_add(p->memory, set, '-', '-');
		there = parser_step(p);
	}
	if (there && dashes == 0 && parser_char(p) == ']') {
		point_set_add(p->memory, set, ']', ']');
		there = parser_step(p);
	}
	return there || parser_fail(p, p->at, unclosed);
}

static bool parse_nested(struct parser *p, struct point_set *set)
{
	struct point_set nested = { 0 };
	bool found;

	if (!parse_ascii_class(p, set, &found))
		return false;
	if (found)
		return true;
	if (!parse_class(p, &nested))
		return false;
	point_set_add_all(p->memory, set, &nested);
	return true;
}

/* Parses up to the closing bracket. */
static bool parse_content(struct parser *p, struct operand *o)
{
	for (;;) {
		parser_skip_space(p);
		if (parser_is_end(p))
			return parser_fail(p, p->at, unclosed);
		uint32_t c = parser_char(p);
		if (c == ']')
			return true;
		if (parse_operation(p, o))
			continue;
		if (c == '[' ? !parse_nested(p, &o->set) : !parse_range(p, &o->set))
			return false;
	}
}

bool parse_class(struct parser *p, struct point_set *out)
{
	struct operand o = { .operation = OPERATION_NONE };
	size_t begin = p->at;
	bool negated;

	if (++p->depth > PATTERN_NESTING_MAX)
		return parser_fail(p, begin, "nested too deeply");
	if (!parse_opening(p, &negated, &o.set) || !parse_content(p, &o))
		return false;
	p->depth--;
	parser_bump(p);
	*out = finish_operation(p, &o);
	return parser_finish_set(p, out, negated, begin);
}
