#include "pattern_program.h"

#include "pattern_unicode.h"

#include <stdlib.h>

struct builder {
	struct program *program;
	struct arena *arena;         /* of the program */
	struct point_memory *memory; /* of what is needed to build it, and the limit for both */
	unsigned room;               /* steps allocated */
	unsigned looks;              /* bits: the assertions of the program */
	struct point_set **sets;     /* all different sets */
	unsigned nsets;
};

/* Steps. They are built from the end: a tree is compiled for what follows it. */

#define NO_STEP UINT32_MAX

static bool grow(struct builder *b)
{
	struct program *p = b->program;
	unsigned room = b->room ? 2 * b->room : 16;

	if (!point_memory_take(b->memory, room * sizeof(*p->steps)))
		return false;
	struct step *steps = arena_alloc(b->arena, room * sizeof(*steps));
	if (p->count > 0)
		memcpy(steps, p->steps, p->count * sizeof(*steps));
	p->steps = steps;
	b->room = room;
	return true;
}

static unsigned add_step(struct builder *b, struct step step)
{
	struct program *p = b->program;

	if (p->count == b->room && !grow(b))
		return NO_STEP;
	p->steps[p->count] = step;
	return p->count++;
}

static unsigned add_split(struct builder *b, unsigned next, unsigned other)
{
	if (next == NO_STEP || other == NO_STEP)
		return NO_STEP;
	return add_step(b, (struct step){ .kind = STEP_SPLIT, .next = next, .other = other });
}

static unsigned compile(struct builder *b, const struct node *node, unsigned next);

static unsigned compile_sequence(struct builder *b, const struct node *node, unsigned next)
{
	for (unsigned i = node->children.count; i-- > 0 && next != NO_STEP;)
		next = compile(b, node->children.list[i], next);
	return next;
}

static unsigned compile_choice(struct builder *b, const struct node *node, unsigned next)
{
	unsigned entry = compile(b, node->children.list[node->children.count - 1], next);

	for (unsigned i = node->children.count - 1; i-- > 0 && entry != NO_STEP;)
		entry = add_split(b, compile(b, node->children.list[i], next), entry);
	return entry;
}

/* Any number of times: a loop. *entry is where it is entered for at least once. */
static unsigned compile_loop(
	struct builder *b, const struct node *child, unsigned next, unsigned *entry)
{
	unsigned loop = add_step(b, (struct step){ .kind = STEP_SPLIT, .other = next });

	*entry = NO_STEP;
	if (loop == NO_STEP)
		return NO_STEP;
	*entry = compile(b, child, loop);
	if (*entry == NO_STEP)
		return NO_STEP;
	b->program->steps[loop].next = *entry;
	return loop;
}

static unsigned compile_repeat(struct builder *b, const struct node *node, unsigned next)
{
	unsigned entry = next, least = node->min, once;

	if (node->max == REPEAT_UNBOUNDED) {
		entry = compile_loop(b, node->child, next, &once);
		if (least > 0) {
			entry = once;
			least--;
		}
	} else {
		for (uint32_t i = node->min; i < node->max && entry != NO_STEP; i++)
			entry = add_split(b, compile(b, node->child, entry), next);
	}
	for (uint32_t i = 0; i < least && entry != NO_STEP; i++)
		entry = compile(b, node->child, entry);
	return entry;
}

static unsigned compile(struct builder *b, const struct node *node, unsigned next)
{
	switch (node->kind) {
	case NODE_SET:
		return add_step(b,
			(struct step){ .kind = STEP_SET, .set = node->set->index, .next = next });
	case NODE_LOOK:
		b->looks |= 1u << node->look;
		return add_step(
			b, (struct step){
				   .kind = STEP_LOOK, .look = (uint8_t)node->look, .next = next });
	case NODE_SEQUENCE:
		return compile_sequence(b, node, next);
	case NODE_CHOICE:
		return compile_choice(b, node, next);
	case NODE_REPEAT:
		return compile_repeat(b, node, next);
	default: /* EMPTY, FLAGS */
		return next;
	}
}

/* Before a tree that is not anchored, a loop over any characters. */
static bool build_steps(struct builder *b, const struct node *tree, unsigned any)
{
	unsigned end = add_step(b, (struct step){ .kind = STEP_MATCH });
	unsigned entry = end == NO_STEP ? NO_STEP : compile(b, tree, end);

	if (entry == NO_STEP)
		return false;
	if (!tree->is_anchored) {
		unsigned skip = add_step(b, (struct step){ .kind = STEP_SET, .set = any });
		entry = skip == NO_STEP ? NO_STEP : add_split(b, entry, skip);
		if (entry == NO_STEP)
			return false;
		b->program->steps[skip].next = entry;
	}
	b->program->start = entry;
	return true;
}

/* Sets: equal ones get one index. */

static int compare_sets(const void *left, const void *right)
{
	struct point_set *const *a = left, *const *b = right;

	return point_set_compare(*a, *b);
}

/* The sets of sides, in the order of enum side from LF on. */
enum { SIDE_SETS = 4 };

static unsigned side_of_set(unsigned i)
{
	return (unsigned)SIDE_LF << i;
}

static void make_side_sets(
	struct point_memory *memory, unsigned used, struct point_set sets[SIDE_SETS])
{
	static const struct point_range word[] = { { '0', '9' }, { 'A', 'Z' }, { '_', '_' },
		{ 'a', 'z' } };

	memset(sets, 0, SIDE_SETS * sizeof(*sets));
	point_set_add(memory, &sets[0], '\n', '\n');
	point_set_add(memory, &sets[1], '\r', '\r');
	if (used & SIDE_WORD)
		pattern_unicode_word(memory, &sets[2]);
	for (size_t i = 0; i < NITEMS(word); i++)
		point_set_add(memory, &sets[3], word[i].first, word[i].last);
}

static void collect_sets(struct builder *b, const struct node_list *leaves, struct point_set *any)
{
	struct point_set **all =
		arena_calloc(b->memory->arena, leaves->count + 1, sizeof(struct point_set *));

	for (unsigned i = 0; i < leaves->count; i++)
		all[i] = leaves->list[i]->set;
	all[leaves->count] = any;
	qsort(all, leaves->count + 1, sizeof(struct point_set *), compare_sets);
	b->sets = all;
	for (unsigned i = 0; i <= leaves->count; i++) {
		struct point_set *set = all[i];
		if (b->nsets == 0 || point_set_compare(all[b->nsets - 1], set) != 0)
			all[b->nsets++] = set;
		set->index = b->nsets - 1;
	}
}

/* Intervals: the code points between two places where a set begins or ends. */

static int compare_points(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static unsigned interval_of(const struct program *p, uint32_t point)
{
	unsigned low = 0, high = p->nintervals;

	while (high - low > 1) {
		unsigned middle = low + (high - low) / 2;
		if (p->intervals[middle] <= point)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static void add_bounds(struct program *p, const struct point_set *set)
{
	for (unsigned i = 0; i < set->count; i++) {
		p->intervals[p->nintervals++] = set->ranges[i].first;
		p->intervals[p->nintervals++] = set->ranges[i].last + 1;
	}
}

static void find_intervals(struct builder *b, const struct point_set *sides, unsigned used)
{
	struct program *p = b->program;
	size_t most = 1;
	unsigned kept = 0;

	for (unsigned i = 0; i < b->nsets; i++)
		most += 2 * (size_t)b->sets[i]->count;
	for (unsigned i = 0; i < SIDE_SETS; i++)
		most += 2 * (size_t)sides[i].count;
	p->intervals = arena_calloc(b->arena, most, sizeof(*p->intervals));
	p->nintervals = 1; /* from 0 on */
	for (unsigned i = 0; i < b->nsets; i++)
		add_bounds(p, b->sets[i]);
	for (unsigned i = 0; i < SIDE_SETS; i++)
		if (used & side_of_set(i))
			add_bounds(p, &sides[i]);
	qsort(p->intervals, p->nintervals, sizeof(*p->intervals), compare_points);
	for (unsigned i = 1; i < p->nintervals; i++)
		if (p->intervals[i] != p->intervals[kept] && p->intervals[i] <= POINT_MAX)
			p->intervals[++kept] = p->intervals[i];
	p->nintervals = kept + 1;
}

/* Classes: intervals that belong to the same sets. A set divides the classes that it cuts. */

struct division {
	uint32_t *class; /* of each interval */
	uint32_t *part;  /* of each class: that of its intervals in the set at hand */
	uint32_t *stamp; /* of each class: the set for which part is valid */
	unsigned count, room, set;
};

static bool new_class(struct builder *b, struct division *d)
{
	if (d->count < d->room) {
		d->count++;
		return true;
	}
	unsigned room = 2 * d->room;
	if (!point_memory_take(b->memory, 2 * (size_t)room * sizeof(uint32_t)))
		return false;
	uint32_t *part = arena_calloc(b->memory->arena, room, sizeof(*part));
	uint32_t *stamp = arena_calloc(b->memory->arena, room, sizeof(*stamp));
	memcpy(part, d->part, d->count * sizeof(*part));
	memcpy(stamp, d->stamp, d->count * sizeof(*stamp));
	d->part = part;
	d->stamp = stamp;
	d->room = room;
	d->count++;
	return true;
}

static bool move_interval(struct builder *b, struct division *d, unsigned interval)
{
	uint32_t class = d->class[interval];

	if (d->stamp[class] != d->set) {
		if (!new_class(b, d))
			return false;
		d->stamp[class] = d->set;
		d->part[class] = d->count - 1;
	}
	d->class[interval] = d->part[class];
	return true;
}

static bool divide(struct builder *b, struct division *d, const struct point_set *set)
{
	const struct program *p = b->program;

	d->set++;
	for (unsigned i = 0; i < set->count; i++)
		for (unsigned k = interval_of(p, set->ranges[i].first);
			k < p->nintervals && p->intervals[k] <= set->ranges[i].last; k++)
			if (!move_interval(b, d, k))
				return false;
	return true;
}

static bool divide_all(
	struct builder *b, struct division *d, const struct point_set *sides, unsigned used)
{
	for (unsigned i = 0; i < b->nsets; i++)
		if (!divide(b, d, b->sets[i]))
			return false;
	for (unsigned i = 0; i < SIDE_SETS; i++)
		if (used & side_of_set(i) && !divide(b, d, &sides[i]))
			return false;
	return true;
}

/* Numbers the classes that have intervals. Returns false if there are too many. */
static bool number_classes(struct builder *b, struct division *d)
{
	struct program *p = b->program;

	p->interval_class = arena_calloc(b->arena, p->nintervals, sizeof(*p->interval_class));
	memset(d->stamp, 0, d->room * sizeof(*d->stamp));
	for (unsigned i = 0; i < p->nintervals; i++) {
		uint32_t class = d->class[i];
		if (!d->stamp[class]) {
			if (p->nclasses == UINT16_MAX - 1)
				return false;
			d->stamp[class] = ++p->nclasses;
		}
		p->interval_class[i] = (uint16_t)(d->stamp[class] - 1);
	}
	for (unsigned c = 0; c < 128; c++)
		p->ascii[c] = p->interval_class[interval_of(p, c)];
	return true;
}

/* Bounds the time for divisions, each of which may move all intervals, by the memory for members.
 */
static bool is_divisible(const struct builder *b)
{
	return (size_t)b->nsets * b->program->nintervals / 8 <= b->memory->left;
}

static bool find_classes(struct builder *b, const struct point_set *sides, unsigned used)
{
	struct division d = { .count = 1, .room = 16 };

	find_intervals(b, sides, used);
	if (!is_divisible(b))
		return false;
	d.class = arena_calloc(b->memory->arena, b->program->nintervals, sizeof(*d.class));
	d.part = arena_calloc(b->memory->arena, d.room, sizeof(*d.part));
	d.stamp = arena_calloc(b->memory->arena, d.room, sizeof(*d.stamp));
	return divide_all(b, &d, sides, used) && number_classes(b, &d);
}

static bool fill_members(struct builder *b)
{
	struct program *p = b->program;

	p->row = (p->nclasses + 63) / 64;
	if (!point_memory_take(b->memory, (size_t)b->nsets * p->row * sizeof(*p->members)))
		return false;
	p->members = arena_calloc(b->arena, (size_t)b->nsets * p->row, sizeof(*p->members));
	for (unsigned i = 0; i < b->nsets; i++) {
		uint64_t *row = p->members + (size_t)i * p->row;
		const struct point_set *set = b->sets[i];
		for (unsigned r = 0; r < set->count; r++)
			for (unsigned k = interval_of(p, set->ranges[r].first);
				k < p->nintervals && p->intervals[k] <= set->ranges[r].last; k++)
				row[p->interval_class[k] / 64] |= UINT64_C(1)
								  << p->interval_class[k] % 64;
	}
	return true;
}

/* Sides. */

static unsigned sides_of(enum look look)
{
	if (look <= LOOK_END)
		return SIDE_NONE;
	if (look <= LOOK_END_LF)
		return SIDE_NONE | SIDE_LF;
	if (look <= LOOK_END_CRLF)
		return SIDE_NONE | SIDE_LF | SIDE_CR;
	return look < LOOK_ASCII ? SIDE_WORD : SIDE_ASCII;
}

static unsigned sides_used(const struct builder *b)
{
	unsigned used = 0;

	for (unsigned look = 0; look < LOOK__COUNT; look++)
		if (b->looks >> look & 1)
			used |= sides_of(look);
	return used;
}

static void fill_sides(struct builder *b, const struct point_set *sides)
{
	struct program *p = b->program;

	p->sides = arena_calloc(b->arena, p->nclasses, sizeof(*p->sides));
	for (unsigned i = 0; i < p->nintervals; i++)
		for (unsigned k = 0; k < SIDE_SETS; k++)
			if (point_set_has(&sides[k], p->intervals[i]))
				p->sides[p->interval_class[i]] |= (uint8_t)side_of_set(k);
}

unsigned program_class(const struct program *program, uint32_t point)
{
	return program->interval_class[interval_of(program, point)];
}

bool program_build(struct program *program, struct arena *arena, struct point_memory *memory,
	const struct node *tree, const struct node_list *leaves)
{
	struct builder b = { .program = program, .arena = arena, .memory = memory };
	struct point_set any = { .count = 0 }, sides[SIDE_SETS];

	*program = (struct program){ 0 };
	point_set_add(memory, &any, 0, POINT_MAX);
	collect_sets(&b, leaves, &any);
	if (memory->full || !build_steps(&b, tree, any.index))
		return false;
	program->behind = sides_used(&b);
	make_side_sets(memory, program->behind, sides);
	if (!find_classes(&b, sides, program->behind) || !fill_members(&b))
		return false;
	fill_sides(&b, sides);
	return true;
}
