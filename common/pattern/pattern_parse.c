/* Sequences, groups, flags and repetitions: regex-syntax, ast/parse.rs and hir/translate.rs. */
#include "pattern_parse.h"

#include "pattern.h"
#include "pattern_unicode.h"

struct group_name {
	struct group_name *next;
	const uint32_t *points;
	size_t count;
};

/* Nodes. */

static struct node *new_node(struct parser *p, enum node_kind kind)
{
	struct node *node = arena_calloc(p->memory->arena, 1, sizeof(*node));

	point_memory_take(p->memory, sizeof(*node));
	node->kind = kind;
	return node;
}

static void append(struct parser *p, struct node_list *list, struct node *node)
{
	if (list->count == list->room) {
		unsigned room = list->room ? 2 * list->room : 4;
		struct node **grown = arena_calloc(p->memory->arena, room, sizeof(struct node *));
		if (list->count > 0)
			memcpy(grown, list->list, list->count * sizeof(struct node *));
		list->list = grown;
		list->room = room;
	}
	list->list[list->count++] = node;
}

static struct node *new_set(struct parser *p, const struct point_set *set, unsigned height)
{
	struct node *node = new_node(p, NODE_SET);

	node->set = arena_alloc(p->memory->arena, sizeof(*node->set));
	*node->set = *set;
	node->height = height;
	append(p, p->leaves, node);
	return node;
}

static struct node *new_look(struct parser *p, enum look look)
{
	struct node *node = new_node(p, NODE_LOOK);

	node->look = look;
	node->is_empty = true;
	node->is_anchored = look == LOOK_START;
	return node;
}

static struct node *new_empty(struct parser *p, enum node_kind kind)
{
	struct node *node = new_node(p, kind);

	node->is_empty = true;
	return node;
}

/* A sequence is anchored by a child before which nothing is consumed. */
static struct node *new_sequence(struct parser *p, struct node_list children)
{
	if (children.count == 0)
		return new_empty(p, NODE_EMPTY);
	if (children.count == 1)
		return children.list[0];
	struct node *node = new_node(p, NODE_SEQUENCE);
	node->children = children;
	node->is_empty = true;
	for (unsigned i = 0; i < children.count; i++) {
		const struct node *child = children.list[i];
		node->is_anchored |= node->is_empty && child->is_anchored;
		node->is_empty &= child->is_empty;
		if (child->height >= node->height)
			node->height = child->height + 1;
	}
	return node;
}

static struct node *new_choice(struct parser *p, struct node_list children)
{
	if (children.count == 1)
		return children.list[0];
	struct node *node = new_node(p, NODE_CHOICE);
	node->children = children;
	node->is_empty = node->is_anchored = true;
	for (unsigned i = 0; i < children.count; i++) {
		const struct node *child = children.list[i];
		node->is_anchored &= child->is_anchored;
		node->is_empty &= child->is_empty;
		if (child->height >= node->height)
			node->height = child->height + 1;
	}
	return node;
}

static struct node *new_group(struct parser *p, struct node *child)
{
	struct node_list one = { 0 };
	struct node *node = new_node(p, NODE_SEQUENCE);

	append(p, &one, child);
	*node = *child;
	node->kind = NODE_SEQUENCE;
	node->children = one;
	node->height = child->height + 1;
	return node;
}

/* What consumes nothing does not do more when it is repeated. */
static struct node *new_repeat(struct parser *p, struct node *child, uint32_t min, uint32_t max)
{
	struct node *node = new_node(p, NODE_REPEAT);

	node->child = child;
	node->min = child->is_empty && min > 1 ? 1 : min;
	node->max = child->is_empty && max > 1 ? 1 : max;
	node->is_empty = child->is_empty || max == 0;
	node->is_anchored = child->is_anchored && min > 0;
	node->height = child->height + 1;
	return node;
}

/* Single characters and escape sequences. */

static struct node *parse_point(struct parser *p, const struct primitive *primitive)
{
	struct point_set set = { 0 };

	if (!(p->flags & FLAG_U) && primitive->is_byte && !parser_byte_allowed(p, primitive))
		return NULL;
	point_set_add(p->memory, &set, primitive->point, primitive->point);
	parser_finish_set(p, &set, false, primitive->at);
	return new_set(p, &set, 0);
}

static struct node *parse_dot(struct parser *p)
{
	struct point_set ends = { 0 };

	if (!(p->flags & FLAG_U)) {
		parser_fail(p, p->at, "matches bytes that are not UTF-8");
		return NULL;
	}
	parser_bump(p);
	if (!(p->flags & FLAG_S)) {
		point_set_add(p->memory, &ends, '\n', '\n');
		if (p->flags & FLAG_R)
			point_set_add(p->memory, &ends, '\r', '\r');
	}
	struct point_set set = point_set_not(p->memory, &ends);
	return new_set(p, &set, 0);
}

static struct node *parse_line_end(struct parser *p, enum look text, enum look lf, enum look crlf)
{
	parser_bump(p);
	return new_look(p, !(p->flags & FLAG_M) ? text : p->flags & FLAG_R ? crlf : lf);
}

static struct node *parse_escaped(struct parser *p)
{
	struct primitive primitive;

	if (!parse_escape(p, &primitive))
		return NULL;
	if (primitive.kind == PRIMITIVE_SET)
		return new_set(p, &primitive.set, 0);
	if (primitive.kind == PRIMITIVE_LOOK)
		return new_look(p, primitive.look);
	return parse_point(p, &primitive);
}

static struct node *parse_bracket(struct parser *p)
{
	struct point_set set;

	return parse_class(p, &set) ? new_set(p, &set, 1) : NULL;
}

static struct node *parse_single(struct parser *p)
{
	struct primitive primitive = { .at = p->at, .point = parser_char(p) };

	switch (primitive.point) {
	case '\\':
		return parse_escaped(p);
	case '[':
		return parse_bracket(p);
	case '.':
		return parse_dot(p);
	case '^':
		return parse_line_end(p, LOOK_START, LOOK_START_LF, LOOK_START_CRLF);
	case '$':
		return parse_line_end(p, LOOK_END, LOOK_END_LF, LOOK_END_CRLF);
	default:
		parser_bump(p);
		return parse_point(p, &primitive);
	}
}

/* Repetitions. */

static bool parse_decimal(struct parser *p, uint32_t *value)
{
	uint64_t sum = 0;
	size_t digits = 0, begin;

	while (!parser_is_end(p) && pattern_unicode_is_space(parser_char(p)))
		parser_bump(p);
	begin = p->at;
	for (; parser_char(p) >= '0' && parser_char(p) <= '9'; parser_step(p), digits++)
		if (sum <= UINT32_MAX)
			sum = 10 * sum + (parser_char(p) - '0');
	while (!parser_is_end(p) && pattern_unicode_is_space(parser_char(p)))
		parser_step(p);
	*value = (uint32_t)sum;
	if (digits == 0)
		return parser_fail(p, begin, "a repetition without a number");
	return sum <= UINT32_MAX || parser_fail(p, begin, "the number is too large");
}

static const char open_count[] = "a repetition without its closing brace";

/* Parses from the brace to its counterpart. */
static bool parse_counts(struct parser *p, uint32_t *min, uint32_t *max)
{
	size_t begin = p->at;

	if (!parser_step(p))
		return parser_fail(p, begin, open_count);
	if (!parse_decimal(p, min))
		return false;
	*max = *min;
	if (parser_char(p) == ',') {
		if (!parser_step(p))
			return parser_fail(p, begin, open_count);
		*max = REPEAT_UNBOUNDED;
		if (parser_char(p) != '}' && !parse_decimal(p, max))
			return false;
	}
	if (parser_char(p) != '}')
		return parser_fail(p, begin, open_count);
	return *min <= *max || parser_fail(p, begin, "a repetition whose least is above its most");
}

static bool parse_times(struct parser *p, uint32_t *min, uint32_t *max)
{
	uint32_t sign = parser_char(p);

	if (sign == '{') {
		if (!parse_counts(p, min, max))
			return false;
		parser_step(p);
		return true;
	}
	*min = sign == '+';
	*max = sign == '?' ? 1 : REPEAT_UNBOUNDED;
	parser_bump(p);
	return true;
}

static bool parse_repetition(struct parser *p, struct node_list *items)
{
	uint32_t min, max;

	if (items->count == 0 || items->list[items->count - 1]->kind == NODE_FLAGS)
		return parser_fail(p, p->at, "a repetition of nothing");
	if (!parse_times(p, &min, &max))
		return false;
	if (parser_char(p) == '?')
		parser_bump(p);
	struct node **last = &items->list[items->count - 1];
	*last = new_repeat(p, *last, min, max);
	return (*last)->height <= PATTERN_NESTING_MAX || parser_fail(p, p->at, "nested too deeply");
}

/* Groups. */

static bool is_name_character(uint32_t c, bool first)
{
	if (c == '_' || pattern_unicode_is_alphabetic(c))
		return true;
	return !first && (c == '.' || c == '[' || c == ']' || pattern_unicode_is_numeric(c));
}

static bool add_name(struct parser *p, size_t begin)
{
	struct group_name *name = arena_alloc(p->memory->arena, sizeof(*name));

	*name = (struct group_name){ p->names, p->points + begin, p->at - begin };
	if (name->count == 0)
		return parser_fail(p, begin, "a group with an empty name");
	for (const struct group_name *n = p->names; n; n = n->next)
		if (n->count == name->count &&
			memcmp(n->points, name->points, n->count * sizeof(*n->points)) == 0)
			return parser_fail(p, begin, "a second group with this name");
	p->names = name;
	return true;
}

static bool parse_name(struct parser *p)
{
	size_t begin = p->at;

	for (; !parser_is_end(p) && parser_char(p) != '>'; p->at++)
		if (!is_name_character(parser_char(p), p->at == begin))
			return parser_fail(
				p, p->at, "a character that the name of a group cannot have");
	if (parser_is_end(p))
		return parser_fail(p, begin, "the name of a group without its closing >");
	if (!add_name(p, begin))
		return false;
	parser_bump(p);
	return true;
}

static bool parse_flag(struct parser *p, unsigned *flag)
{
	static const char letters[] = "imsuRxU"; /* in the order of enum flag */
	uint32_t c = parser_char(p);
	const char *letter = c > 0 && c < 0x80 ? strchr(letters, (int)c) : NULL;

	if (!letter)
		return parser_fail(p, p->at, "an unknown flag or kind of group");
	*flag = 1u << (letter - letters);
	return true;
}

/* Parses flags up to ")" or ":" and changes those of the parser. */
static bool parse_flags(struct parser *p, bool *any)
{
	unsigned on = 0, off = 0, flag = 0;
	bool negated = false;

	for (; parser_char(p) != ':' && parser_char(p) != ')'; *any = true) {
		if (parser_char(p) == '-') {
			if (negated)
				return parser_fail(p, p->at, "a second - among flags");
			negated = true;
		} else {
			if (!parse_flag(p, &flag))
				return false;
			if ((on | off) & flag)
				return parser_fail(p, p->at, "a flag twice");
			*(negated ? &off : &on) |= flag;
		}
		if (!parser_bump(p))
			return parser_fail(p, p->at, "the pattern ends among flags");
	}
	if (negated && !off)
		return parser_fail(p, p->at, "a - without a flag behind it");
	p->flags = (p->flags | on) & ~off;
	return true;
}

static bool is_look_around(struct parser *p)
{
	return parser_takes(p, "?=") || parser_takes(p, "?!") || parser_takes(p, "?<=") ||
	       parser_takes(p, "?<!");
}

enum opening { OPENING_FAILED, OPENING_GROUP, OPENING_FLAGS };

static enum opening parse_flags_group(struct parser *p, size_t begin)
{
	bool any = false;

	if (parser_is_end(p)) {
		parser_fail(p, begin, "a group without its closing parenthesis");
		return OPENING_FAILED;
	}
	if (!parse_flags(p, &any))
		return OPENING_FAILED;
	bool is_group = parser_char(p) == ':';
	parser_bump(p);
	if (!is_group && !any)
		parser_fail(p, begin, "a repetition of nothing");
	return is_group ? OPENING_GROUP : any ? OPENING_FLAGS : OPENING_FAILED;
}

/* Parses from the parenthesis to the content of the group, or over a group of flags. */
static enum opening parse_opening(struct parser *p)
{
	size_t begin = p->at;

	parser_bump(p);
	parser_skip_space(p);
	if (is_look_around(p)) {
		parser_fail(p, begin, "look-ahead and look-behind are not supported");
		return OPENING_FAILED;
	}
	if (parser_takes(p, "?P<") || parser_takes(p, "?<"))
		return parse_name(p) ? OPENING_GROUP : OPENING_FAILED;
	if (parser_takes(p, "?"))
		return parse_flags_group(p, begin);
	return OPENING_GROUP;
}

static struct node *parse_level(struct parser *p);

static struct node *parse_group(struct parser *p)
{
	unsigned flags = p->flags;
	size_t begin = p->at;
	enum opening opening = parse_opening(p);

	if (opening == OPENING_FAILED)
		return NULL;
	if (opening == OPENING_FLAGS)
		return new_empty(p, NODE_FLAGS);
	if (++p->depth > PATTERN_NESTING_MAX) {
		parser_fail(p, begin, "nested too deeply");
		return NULL;
	}
	struct node *content = parse_level(p);
	if (!content)
		return NULL;
	if (parser_char(p) != ')') {
		parser_fail(p, begin, "a group without its closing parenthesis");
		return NULL;
	}
	p->depth--;
	p->flags = flags;
	parser_bump(p);
	return new_group(p, content);
}

static bool parse_next(struct parser *p, struct node_list *items)
{
	uint32_t c = parser_char(p);

	if (p->memory->full)
		return parser_fail(p, p->at, "the pattern is too large");
	if (c == '?' || c == '*' || c == '+' || c == '{')
		return parse_repetition(p, items);
	struct node *node = c == '(' ? parse_group(p) : parse_single(p);
	if (!node)
		return false;
	append(p, items, node);
	return true;
}

/* Parses a sequence, up to "|", ")" or the end. */
static struct node *parse_sequence(struct parser *p)
{
	struct node_list items = { 0 };

	for (;;) {
		parser_skip_space(p);
		if (parser_is_end(p) || parser_char(p) == '|' || parser_char(p) == ')')
			return new_sequence(p, items);
		if (!parse_next(p, &items))
			return NULL;
	}
}

/* Parses alternatives, up to ")" or the end. */
static struct node *parse_level(struct parser *p)
{
	struct node_list branches = { 0 };

	for (;;) {
		struct node *branch = parse_sequence(p);
		if (!branch)
			return NULL;
		append(p, &branches, branch);
		if (parser_char(p) != '|')
			return new_choice(p, branches);
		parser_bump(p);
	}
}

struct node *pattern_parse(struct point_memory *memory, const uint32_t *points, size_t count,
	struct node_list *leaves, struct buf *error)
{
	struct parser p = { .memory = memory,
		.error = error,
		.points = points,
		.count = count,
		.flags = FLAG_U,
		.leaves = leaves };
	struct node *tree = parse_level(&p);

	if (tree && !parser_is_end(&p))
		parser_fail(&p, p.at, "a closing parenthesis without a group");
	if (tree && tree->height > PATTERN_NESTING_MAX)
		parser_fail(&p, 0, "nested too deeply");
	if (memory->full)
		parser_fail(&p, 0, "the pattern is too large");
	return p.failed ? NULL : tree;
}
