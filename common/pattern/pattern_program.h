/*
 * The program of a pattern: a nondeterministic automaton over classes of code points. All code
 * points of a class are alike to the pattern.
 */
#ifndef POSTERN_PATTERN_PROGRAM_H
#define POSTERN_PATTERN_PROGRAM_H

#include "buf.h"
#include "pattern_tree.h"

enum step_kind { STEP_SET, STEP_SPLIT, STEP_LOOK, STEP_MATCH };

struct step {
	uint8_t kind;
	uint8_t look;   /* LOOK */
	uint32_t set;   /* SET: a row of members */
	uint32_t next;  /* not MATCH */
	uint32_t other; /* SPLIT */
};

/* What assertions ask of the character on either side of a position. */
enum side {
	SIDE_NONE = 1 << 0, /* there is none: the text begins or ends */
	SIDE_LF = 1 << 1,
	SIDE_CR = 1 << 2,
	SIDE_WORD = 1 << 3,
	SIDE_ASCII = 1 << 4, /* a word character of ASCII */
};

struct program {
	struct step *steps;
	unsigned count;
	unsigned start;
	unsigned nclasses;
	unsigned behind; /* sides of the character before that the assertions depend on */
	uint8_t *sides;  /* of each class */

	uint16_t ascii[128]; /* the class of a code point; beyond ASCII: that of its interval */
	uint32_t *intervals; /* the first code point of each */
	uint16_t *interval_class;
	unsigned nintervals;

	uint64_t *members; /* a bit for each class, in rows of sets */
	unsigned row;      /* words */
};

/* True if the class belongs to the set of the step. */
static inline bool program_has(const struct program *program, const struct step *s, unsigned class)
{
	return program->members[(size_t)s->set * program->row + class / 64] >> class % 64 & 1;
}

/* The class of a code point beyond ASCII. */
unsigned program_class(const struct program *program, uint32_t point);

/* True if the assertion holds between two characters, whose sides are given. */
bool program_look(enum look look, unsigned before, unsigned behind);

/* Builds the program in the arena; memory is for what is needed meanwhile, and limits both. Returns
 * false if the program is too large. */
bool program_build(struct program *program, struct arena *arena, struct point_memory *memory,
	const struct node *tree, const struct node_list *leaves)
	__attribute__((warn_unused_result));

#endif
