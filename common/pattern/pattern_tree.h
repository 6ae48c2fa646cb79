/* The tree of a pattern. */
#ifndef POSTERN_PATTERN_TREE_H
#define POSTERN_PATTERN_TREE_H

#include "point_set.h"

/* Assertions about the characters before and behind a position. */
enum look {
	LOOK_START,
	LOOK_END,
	LOOK_START_LF,
	LOOK_END_LF,
	LOOK_START_CRLF,
	LOOK_END_CRLF,
	LOOK_WORD, /* the six of Unicode */
	LOOK_NOT_WORD,
	LOOK_WORD_START,
	LOOK_WORD_END,
	LOOK_WORD_START_HALF,
	LOOK_WORD_END_HALF,
	LOOK_ASCII, /* the same of ASCII, in the same order */
	LOOK_ASCII_LAST = LOOK_ASCII + 5,
	LOOK__COUNT
};

enum node_kind {
	NODE_EMPTY,
	NODE_FLAGS,
	NODE_SET,
	NODE_LOOK,
	NODE_SEQUENCE,
	NODE_CHOICE,
	NODE_REPEAT
};

#define REPEAT_UNBOUNDED UINT32_MAX

struct node_list {
	struct node **list;
	unsigned count, room;
};

struct node {
	enum node_kind kind;
	unsigned height;  /* levels below, as Rust counts them */
	bool is_empty;    /* matches no character, at most a position */
	bool is_anchored; /* matches at the start of the text only */
	enum look look;
	uint32_t min, max; /* REPEAT */
	struct node *child;
	struct node_list children; /* SEQUENCE, CHOICE */
	struct point_set *set;
};

#endif
