/*
 * Where the nodes of a tree are in the text that json_read parsed it from. The tree does not say
 * it, so both are walked in parallel: each node is one token of the text, in the same order.
 */
#ifndef POSTERN_JSON_PLACE_H
#define POSTERN_JSON_PLACE_H

#include "arena.h"
#include "json.h"

/* A walk over all nodes of a tree, in the order of the text: starts with { root, NULL }. */
struct json_walk {
	const struct json *node; /* NULL at the end */
	const struct json *in;   /* the container of node; NULL at the root */
};

/* Goes to the next node: a key, then its value with all that it contains. */
void json_walk_on(struct json_walk *w);

/* True if an object has a key twice, of which the tree has only one. *offset is then that of the
 * first key in the text that repeats one. Takes n log n time in the keys if there is one, else
 * linear time. */
bool json_place_repeated(
	struct arena *arena, struct str text, const struct json *root, size_t *offset);

/* The offset of a node's first byte. No object may have a key twice. Takes linear time. */
size_t json_place_of(struct str text, const struct json *root, const struct json *node);

/* The bytes of the token that starts at an offset: a whole number, string or literal, or the
 * bracket of a container. */
struct str json_place_token(struct str text, size_t offset);

/* Line and column of an offset, from 1; the column counts code points. */
struct json_position {
	unsigned line, column;
};
struct json_position json_place_position(struct str text, size_t offset);

#endif
