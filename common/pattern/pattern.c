/*
 * The deterministic automaton. A state is the set of program steps at which a match can be after a
 * character, before assertions and branches are followed, with what assertions ask of that
 * character. A transition by the class of the next character, or by the end of the text, is
 * computed when it is first needed. It follows branches and assertions, whose other side is now
 * known, and so finds a match one character late.
 */
#include "pattern.h"

#include "log.h"
#include "pattern_parse.h"
#include "pattern_program.h"
#include "utf8.h"

#include <stdlib.h>

/* Numbers of states in transitions. The dead state's set is empty. */
enum { STATE_UNKNOWN, STATE_DEAD, STATE_MATCH, STATE_FIRST };

enum {
	STATES_MIN = 8,
	STATES_MAX = 4096,
	STEPS_A_STATE = 16, /* in the pool, on average */
};

struct state {
	uint32_t first, count; /* in the pool */
	uint32_t hash;
	uint8_t before; /* bits: enum side */
};

/* A set of steps in the order of insertion, with an index for all steps. */
struct step_set {
	uint32_t *list, *place;
	uint32_t count;
};

struct pattern {
	struct arena arena; /* of all that follows */
	struct program program;

	struct state *states; /* STATE_FIRST is the first */
	unsigned nstates, states_max;
	uint16_t *next; /* a row of nclasses + 1 for each state */
	unsigned row;
	uint32_t *pool;
	uint32_t pool_used, pool_size;
	uint16_t *table; /* states by hash, with open addressing; 0: free */
	unsigned table_size;

	struct step_set seen, after; /* while a transition is computed */
	uint32_t *stack;
	uint64_t work;
};

/* Sets of steps. */

static void step_set_init(struct arena *arena, struct step_set *set, unsigned size)
{
	set->list = arena_calloc(arena, size, sizeof(*set->list));
	set->place = arena_calloc(arena, size, sizeof(*set->place));
}

/* Returns false if the step is a member already. */
static bool step_set_add(struct step_set *set, uint32_t step)
{
	uint32_t place = set->place[step];

	if (place < set->count && set->list[place] == step)
		return false;
	set->place[step] = set->count;
	set->list[set->count++] = step;
	return true;
}

/* States. */

static uint32_t hash_steps(const struct step_set *set, unsigned before)
{
	uint32_t hash = 2166136261u ^ before;

	for (uint32_t i = 0; i < set->count; i++)
		hash = (hash ^ set->list[i]) * 16777619u;
	return hash ^ hash >> 15;
}

static void forget_states(struct pattern *p)
{
	p->nstates = STATE_FIRST;
	p->pool_used = 0;
	memset(p->table, 0, p->table_size * sizeof(*p->table));
}

static bool state_is(const struct pattern *p, const struct state *s, uint32_t hash, unsigned before)
{
	return s->hash == hash && s->before == before && s->count == p->after.count &&
	       memcmp(p->pool + s->first, p->after.list, s->count * sizeof(*p->pool)) == 0;
}

static unsigned add_state(struct pattern *p, uint32_t hash, unsigned before)
{
	struct state *s = &p->states[p->nstates];

	*s = (struct state){ p->pool_used, p->after.count, hash, (uint8_t)before };
	if (s->count > 0)
		memcpy(p->pool + s->first, p->after.list, s->count * sizeof(*p->pool));
	p->pool_used += s->count;
	memset(p->next + (size_t)p->nstates * p->row, 0, p->row * sizeof(*p->next));
	return p->nstates++;
}

/* The state with the set `after`; *forgot is set if others are gone. */
static unsigned find_state(struct pattern *p, unsigned before, bool *forgot)
{
	uint32_t hash = hash_steps(&p->after, before);
	unsigned slot = hash & (p->table_size - 1);

	for (; p->table[slot]; slot = (slot + 1) & (p->table_size - 1))
		if (state_is(p, &p->states[p->table[slot]], hash, before))
			return p->table[slot];
	if (p->nstates == p->states_max || p->pool_size - p->pool_used < p->after.count) {
		forget_states(p);
		*forgot = true;
		slot = hash & (p->table_size - 1);
	}
	unsigned state = add_state(p, hash, before);
	p->table[slot] = (uint16_t)state;
	return state;
}

/* Transitions. */

struct position {
	unsigned before, behind; /* bits: enum side */
	unsigned class;
	bool at_end;
};

/* The step that takes the next character adds the one behind it to `after`. */
static void take_character(struct pattern *p, const struct step *s, const struct position *at)
{
	if (!at->at_end && program_has(&p->program, s, at->class))
		step_set_add(&p->after, s->next);
}

/* Follows a step and all that can be reached without a character. Returns true at a match. */
static bool follow(struct pattern *p, uint32_t step, const struct position *at)
{
	size_t n = 0;

	p->stack[n++] = step;
	while (n > 0) {
		step = p->stack[--n];
		const struct step *s = &p->program.steps[step];
		if (!step_set_add(&p->seen, step))
			continue;
		if (s->kind == STEP_MATCH)
			return true;
		if (s->kind == STEP_SET) {
			take_character(p, s, at);
		} else if (s->kind == STEP_SPLIT) {
			p->stack[n++] = s->other;
			p->stack[n++] = s->next;
		} else if (program_look(s->look, at->before, at->behind)) {
			p->stack[n++] = s->next;
		}
	}
	return false;
}

/* Fills `after` from a state. Returns true if there is a match before the character. */
static bool advance(struct pattern *p, const struct state *s, const struct position *at)
{
	bool matches = false;

	p->seen.count = p->after.count = 0;
	for (uint32_t i = 0; i < s->count && !matches; i++) {
		uint32_t step = p->pool[s->first + i];
		if (p->program.steps[step].kind == STEP_SET)
			take_character(p, &p->program.steps[step], at);
		else
			matches = follow(p, step, at);
	}
	p->work += s->count + p->seen.count;
	return matches;
}

/* Computes the transition of a state by a class; nclasses stands for the end of the text. */
static unsigned compute(struct pattern *p, unsigned state, unsigned class)
{
	const struct program *program = &p->program;
	const struct state *s = &p->states[state];
	bool at_end = class == program->nclasses, forgot = false;
	unsigned behind = at_end ? SIDE_NONE : program->sides[class];
	struct position at = { s->before, behind, class, at_end };

	unsigned next = STATE_DEAD;
	if (advance(p, s, &at))
		next = STATE_MATCH;
	else if (p->after.count > 0)
		next = find_state(p, behind & program->behind, &forgot);
	if (!forgot)
		p->next[(size_t)state * p->row + class] = (uint16_t)next;
	return next;
}

static unsigned first_state(struct pattern *p)
{
	bool forgot;

	p->after.count = 0;
	step_set_add(&p->after, p->program.start);
	return find_state(p, SIDE_NONE, &forgot);
}

static inline unsigned go(struct pattern *p, unsigned state, unsigned class)
{
	unsigned next = p->next[(size_t)state * p->row + class];

	return next != STATE_UNKNOWN ? next : compute(p, state, class);
}

/* The code point beyond ASCII at *at, which then points behind it. */
static uint32_t take_point(const unsigned char **at)
{
	const unsigned char *b = *at;
	unsigned n = b[0] < 0xE0 ? 2 : b[0] < 0xF0 ? 3 : 4;
	uint32_t point = b[0] & (0xFFu >> (n + 1));

	for (unsigned i = 1; i < n; i++)
		point = point << 6 | (b[i] & 0x3F);
	*at = b + n;
	return point;
}

bool pattern_matches(struct pattern *p, struct str text)
{
	const unsigned char *at = (const unsigned char *)text.ptr, *end = at + text.len;
	unsigned state = first_state(p);

	while (at < end && state >= STATE_FIRST) {
		unsigned class = *at < 0x80 ? p->program.ascii[*at++]
					    : program_class(&p->program, take_point(&at));
		state = go(p, state, class);
	}
	p->work += (size_t)((const char *)at - text.ptr);
	if (state >= STATE_FIRST)
		state = go(p, state, p->program.nclasses);
	return state == STATE_MATCH;
}

uint64_t pattern_work(const struct pattern *pattern)
{
	return pattern->work;
}

/* Compiling. */

static unsigned clamp(size_t value, unsigned low, unsigned high)
{
	return value < low ? low : value > high ? high : (unsigned)value;
}

/* Memory that the states do not use stays untouched. */
static void allocate_states(struct pattern *p)
{
	unsigned steps = p->program.count;
	size_t bytes;

	p->row = p->program.nclasses + 1;
	bytes = p->row * sizeof(*p->next) + sizeof(*p->states) + STEPS_A_STATE * sizeof(*p->pool);
	p->states_max = clamp(PATTERN_CACHE_BYTES / bytes, STATES_MIN, STATES_MAX);
	p->pool_size = clamp((size_t)p->states_max * STEPS_A_STATE, 2 * steps, UINT32_MAX);
	p->states = arena_alloc(&p->arena, p->states_max * sizeof(*p->states));
	p->next = arena_alloc(&p->arena, (size_t)p->states_max * p->row * sizeof(*p->next));
	p->pool = arena_alloc(&p->arena, p->pool_size * sizeof(*p->pool));
	for (p->table_size = 2 * STATES_MIN; p->table_size < 2 * p->states_max;)
		p->table_size *= 2;
	p->table = arena_alloc(&p->arena, p->table_size * sizeof(*p->table));
	step_set_init(&p->arena, &p->seen, steps);
	step_set_init(&p->arena, &p->after, steps);
	p->stack = arena_calloc(&p->arena, 2 * (size_t)steps + 2, sizeof(*p->stack));
	forget_states(p);
}

/* Decodes strict UTF-8. */
static uint32_t *decode(struct arena *arena, struct str source, size_t count)
{
	uint32_t *points = arena_calloc(arena, count + 1, sizeof(*points));
	const unsigned char *at = (const unsigned char *)source.ptr;

	for (size_t i = 0; i < count; i++)
		points[i] = *at < 0x80 ? *at++ : take_point(&at);
	return points;
}

struct node *pattern_tree(
	struct point_memory *memory, struct str source, struct node_list *leaves, struct buf *error)
{
	size_t count;

	if (utf8_count(source, &count))
		return pattern_parse(
			memory, decode(memory->arena, source, count), count, leaves, error);
	buf_str(error, STR("the pattern is not UTF-8"));
	return NULL;
}

/* Builds the program in the arena; the tree and all sets live in scratch. */
static bool build(struct program *program, struct arena *arena, struct arena *scratch,
	struct str source, struct buf *error)
{
	struct point_memory memory = { .arena = scratch, .left = PATTERN_BYTES_MAX };
	struct node_list leaves = { 0 };
	struct node *tree = pattern_tree(&memory, source, &leaves, error);

	if (!tree)
		return false;
	if (program_build(program, arena, &memory, tree, &leaves))
		return true;
	buf_str(error, STR("the pattern is too large"));
	return false;
}

bool pattern_check(struct str source, struct buf *error)
{
	struct arena scratch = { 0 };
	struct program program;

	bool good = build(&program, &scratch, &scratch, source, error);
	arena_done(&scratch);
	return good;
}

struct pattern *pattern_compile(struct str source, struct buf *error)
{
	struct pattern *p = calloc(1, sizeof(*p));
	struct arena scratch = { 0 };

	if (!p)
		log_die("out of memory");
	bool good = build(&p->program, &p->arena, &scratch, source, error);
	arena_done(&scratch);
	if (!good) {
		pattern_free(p);
		return NULL;
	}
	allocate_states(p);
	return p;
}

void pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return;
	arena_done(&pattern->arena);
	free(pattern);
}
