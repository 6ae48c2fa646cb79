#include "json_place.h"

#include "json_read.h"

#include <stdlib.h>

/* Walking a tree, in the order of the text. */

static bool is_container(const struct json *node)
{
	return node->type == JSON_ARRAY || node->type == JSON_OBJECT;
}

void json_walk_on(struct json_walk *w)
{
	if (is_container(w->node) && w->node->first) {
		*w = (struct json_walk){ w->node->first, w->node };
		return;
	}
	while (w->in && !w->node->next)
		*w = (struct json_walk){ w->in, w->in->parent };
	w->node = w->in ? w->node->next : NULL;
}

/* Walking a text, which is valid. */

static bool is_between(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ',' || c == ':';
}

static bool is_close(char c)
{
	return c == ']' || c == '}';
}

static size_t skip_between(struct str text, size_t at)
{
	while (at < text.len && is_between(text.ptr[at]))
		at++;
	return at;
}

static size_t string_end(struct str text, size_t at)
{
	for (at++; at < text.len && text.ptr[at] != '"'; at++)
		at += text.ptr[at] == '\\';
	return at + 1;
}

static size_t token_end(struct str text, size_t at)
{
	char c = text.ptr[at];

	if (c == '"')
		return string_end(text, at);
	if (c == '{' || c == '[' || is_close(c))
		return at + 1;
	while (at < text.len && !is_between(text.ptr[at]) && !is_close(text.ptr[at]))
		at++;
	return at;
}

/* The next token from an offset on that is a node, so no closing bracket; text.len at the end. */
static size_t next_node(struct str text, size_t at)
{
	at = skip_between(text, at);
	while (at < text.len && is_close(text.ptr[at]))
		at = skip_between(text, at + 1);
	return at;
}

struct str json_place_token(struct str text, size_t offset)
{
	return (struct str){ text.ptr + offset, token_end(text, offset) - offset };
}

size_t json_place_of(struct str text, const struct json *root, const struct json *node)
{
	struct json_walk w = { root, NULL };
	size_t at = next_node(text, 0);

	while (w.node && w.node != node) {
		json_walk_on(&w);
		at = next_node(text, token_end(text, at));
	}
	return at;
}

struct json_position json_place_position(struct str text, size_t offset)
{
	struct json_position position = { 1, 1 };

	for (size_t i = 0; i < offset && i < text.len; i++) {
		if (text.ptr[i] == '\n')
			position = (struct json_position){ position.line + 1, 1 };
		else
			position.column += (text.ptr[i] & 0xc0) != 0x80;
	}
	return position;
}

/* Repeated keys. */

struct key {
	size_t object; /* offset of the object's bracket */
	size_t offset;
	struct str name; /* without escapes */
};

struct keys {
	struct arena *arena;
	struct str text;
	struct key *list;
	size_t count;
	size_t *open; /* the brackets of the open containers */
	size_t depth;
};

static size_t count_nodes(const struct json *root)
{
	size_t count = 0;

	for (struct json_walk w = { root, NULL }; w.node; json_walk_on(&w))
		count++;
	return count;
}

static size_t count_tokens(struct str text)
{
	size_t count = 0;

	for (size_t at = next_node(text, 0); at < text.len; count++)
		at = next_node(text, token_end(text, at));
	return count;
}

static struct str read_name(struct arena *arena, struct str token)
{
	const struct json *string;
	struct json_error error;

	if (json_read(arena, token, &string, &error) != JSON_OK)
		return token;
	return string->text;
}

static bool is_key(struct str text, size_t after)
{
	while (after < text.len && is_between(text.ptr[after]) && text.ptr[after] != ':')
		after++;
	return after < text.len && text.ptr[after] == ':';
}

static void add_key(struct keys *k, size_t at)
{
	k->list[k->count++] = (struct key){
		.object = k->open[k->depth - 1],
		.offset = at,
		.name = read_name(k->arena, json_place_token(k->text, at)),
	};
}

static void add_keys(struct keys *k)
{
	struct str text = k->text;
	size_t end;

	for (size_t at = skip_between(text, 0); at < text.len; at = skip_between(text, end)) {
		end = token_end(text, at);
		if (text.ptr[at] == '{' || text.ptr[at] == '[')
			k->open[k->depth++] = at;
		else if (is_close(text.ptr[at]))
			k->depth--;
		else if (text.ptr[at] == '"' && is_key(text, end))
			add_key(k, at);
	}
}

static int compare_sizes(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

static int compare_keys(const struct key *a, const struct key *b)
{
	if (a->object != b->object)
		return compare_sizes(a->object, b->object);
	if (a->name.len != b->name.len)
		return compare_sizes(a->name.len, b->name.len);
	return a->name.len ? memcmp(a->name.ptr, b->name.ptr, a->name.len) : 0;
}

static int compare_in_order(const void *a, const void *b)
{
	const struct key *one = a, *other = b;
	int order = compare_keys(one, other);

	return order ? order : compare_sizes(one->offset, other->offset);
}

static bool find_repeated(struct keys *k, size_t *offset)
{
	bool found = false;

	qsort(k->list, k->count, sizeof(*k->list), compare_in_order);
	for (size_t i = 1; i < k->count; i++) {
		if (compare_keys(&k->list[i - 1], &k->list[i]) != 0)
			continue;
		if (!found || k->list[i].offset < *offset)
			*offset = k->list[i].offset;
		found = true;
	}
	return found;
}

bool json_place_repeated(
	struct arena *arena, struct str text, const struct json *root, size_t *offset)
{
	size_t tokens = count_tokens(text);

	if (tokens == count_nodes(root))
		return false;
	struct keys keys = {
		.arena = arena,
		.text = text,
		.list = arena_calloc(arena, tokens, sizeof(struct key)),
		.open = arena_calloc(arena, tokens, sizeof(size_t)),
	};
	add_keys(&keys);
	return find_repeated(&keys, offset);
}
