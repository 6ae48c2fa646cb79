/* Parses a pattern into a tree. Only the modules of this room include this. */
#ifndef POSTERN_PATTERN_PARSE_H
#define POSTERN_PATTERN_PARSE_H

#include "buf.h"
#include "pattern_tree.h"

struct parser {
	struct point_memory *memory;
	struct buf *error;
	const uint32_t *points; /* the pattern */
	size_t count, at;
	unsigned flags; /* bits: enum flag */
	unsigned depth; /* of open groups and classes */
	struct group_name *names;
	struct point_set *perl[3]; /* \w, \d and \s, once they are used */
	struct node_list *leaves;  /* all nodes with a set */
	bool failed;
};

enum flag {
	FLAG_I = 1 << 0,          /* without regard to case */
	FLAG_M = 1 << 1,          /* ^ and $ match at lines */
	FLAG_S = 1 << 2,          /* . matches line ends */
	FLAG_U = 1 << 3,          /* Unicode */
	FLAG_R = 1 << 4,          /* \r\n ends lines */
	FLAG_X = 1 << 5,          /* white space and comments are ignored */
	FLAG_SWAP_GREED = 1 << 6, /* changes no answer: a match is a match */
};

/* What an escape sequence or a single character stands for. */
struct primitive {
	enum { PRIMITIVE_POINT, PRIMITIVE_SET, PRIMITIVE_LOOK } kind;
	size_t at; /* where it begins */
	uint32_t point;
	bool is_byte; /* POINT: \xNN, a byte without Unicode */
	struct point_set set;
	enum look look;
};

/* Sets failed and writes to error what is wrong at a position, unless something was wrong before.
 * Returns false. */
bool parser_fail(struct parser *p, size_t at, const char *what);

/* The next character; NUL beyond the end, which is_end tells from a NUL in the pattern. */
bool parser_is_end(const struct parser *p);
uint32_t parser_char(const struct parser *p);
bool parser_takes(struct parser *p, const char *prefix);

/* Steps over one character; parser_step also skips what the flag x ignores. Both return false at
 * the end of the pattern. */
bool parser_bump(struct parser *p);
bool parser_step(struct parser *p);
void parser_skip_space(struct parser *p);

/* Folds the set if the flag i is set, and complements it. */
bool parser_finish_set(struct parser *p, struct point_set *set, bool negated, size_t at);

/* pattern_escape.c: parses from a backslash on. */
bool parse_escape(struct parser *p, struct primitive *out);

/* True if the point can be in a set, or stand alone, without Unicode; else fails. */
bool parser_byte_allowed(struct parser *p, const struct primitive *primitive);

/* pattern_class.c: parses from a bracket to its counterpart. */
bool parse_class(struct parser *p, struct point_set *out);

/* Returns the tree of a pattern of count code points, or NULL after writing to error. */
struct node *pattern_parse(struct point_memory *memory, const uint32_t *points, size_t count,
	struct node_list *leaves, struct buf *error);

/* pattern.c: the same for a pattern in UTF-8. */
struct node *pattern_tree(struct point_memory *memory, struct str source, struct node_list *leaves,
	struct buf *error);

#endif
