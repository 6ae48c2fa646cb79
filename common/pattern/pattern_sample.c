#include "pattern_sample.h"

#include "pattern.h"
#include "pattern_parse.h"
#include "splitmix.h"

enum { VISIBLE_FIRST = '!', VISIBLE_LAST = '~', REPEAT_MORE = 3, ERROR_MAX = 4096 };

struct sampling {
	uint64_t random;
	struct buf *out;
};

static void put_point(struct buf *out, uint32_t point)
{
	static const uint32_t starts[] = { 0, 0xc0, 0xe0, 0xf0 };
	unsigned more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;

	buf_char(out, (char)(starts[more] | point >> 6 * more));
	while (more-- > 0)
		buf_char(out, (char)(0x80 | (point >> 6 * more & 0x3f)));
}

/* A member of the set, a visible one if it has any. */
static uint32_t pick_point(struct sampling *s, const struct point_set *set)
{
	uint32_t visible[VISIBLE_LAST - VISIBLE_FIRST + 1], count = 0;

	for (uint32_t point = VISIBLE_FIRST; point <= VISIBLE_LAST; point++)
		if (point_set_has(set, point))
			visible[count++] = point;
	if (count > 0)
		return visible[splitmix_below(&s->random, count)];
	return set->ranges[splitmix_below(&s->random, set->count)].first;
}

static void write_node(struct sampling *s, const struct node *node);

static void write_repeated(struct sampling *s, const struct node *node)
{
	uint64_t times = node->min + splitmix_below(&s->random, REPEAT_MORE + 1);

	if (times > node->max)
		times = node->max;
	for (uint64_t i = 0; i < times && !s->out->failed; i++)
		write_node(s, node->child);
}

static void write_node(struct sampling *s, const struct node *node)
{
	switch (node->kind) {
	case NODE_EMPTY:
	case NODE_FLAGS:
	case NODE_LOOK:
		break;
	case NODE_SET:
		if (node->set->count > 0)
			put_point(s->out, pick_point(s, node->set));
		break;
	case NODE_SEQUENCE:
		for (unsigned i = 0; i < node->children.count; i++)
			write_node(s, node->children.list[i]);
		break;
	case NODE_CHOICE:
		write_node(
			s, node->children.list[splitmix_below(&s->random, node->children.count)]);
		break;
	case NODE_REPEAT:
		write_repeated(s, node);
		break;
	}
}

bool pattern_sample(struct str source, uint64_t seed, struct buf *out)
{
	struct arena arena = { 0 };
	struct point_memory memory = { .arena = &arena, .left = PATTERN_BYTES_MAX };
	struct node_list leaves = { 0 };
	struct buf error;

	buf_init(&error, ERROR_MAX);
	struct node *tree = pattern_tree(&memory, source, &leaves, &error);
	if (tree)
		write_node(&(struct sampling){ .random = seed, .out = out }, tree);
	buf_done(&error);
	arena_done(&arena);
	return tree != NULL;
}
