#include "arena.h"

#include "log.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_BLOCK = 8 * 1024, LARGEST_BLOCK = 1024 * 1024 };

struct arena_block {
	struct arena_block *older;
	size_t size; /* of data */
	_Alignas(max_align_t) char data[];
};

void arena_init(struct arena *a)
{
	*a = (struct arena){ 0 };
}

static void add_block(struct arena *a, size_t at_least)
{
	size_t size = a->blocks ? a->blocks->size * 2 : FIRST_BLOCK;
	if (size > LARGEST_BLOCK)
		size = LARGEST_BLOCK;
	if (size < at_least)
		size = at_least;
	struct arena_block *block = malloc(sizeof(*block) + size);
	if (!block)
		log_die("out of memory: %zu bytes for an arena", size);
	block->older = a->blocks;
	block->size = size;
	a->blocks = block;
	a->next = block->data;
	a->end = block->data + size;
}

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t align = _Alignof(max_align_t);

	if (size > SIZE_MAX / 2)
		log_die("out of memory: %zu bytes asked of an arena", size);
	size = (size + align - 1) & ~(align - 1);
	if (!a->blocks || size > (size_t)(a->end - a->next))
		add_block(a, size);
	void *p = a->next;
	a->next += size;
	return p;
}

void *arena_calloc(struct arena *a, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		log_die("out of memory: %zu times %zu bytes asked of an arena", count, size);
	return memset(arena_alloc(a, bytes), 0, bytes);
}

struct str arena_copy(struct arena *a, struct str s)
{
	char *copy = arena_alloc(a, s.len + 1);

	if (s.len > 0)
		memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
	return (struct str){ copy, s.len };
}

/* Written to where the next allocation begins, and written again only if it did not fit there. */
struct str arena_printf(struct arena *a, const char *format, ...)
{
	char *place = a->next;
	size_t room = a->blocks ? (size_t)(a->end - a->next) : 0;
	va_list args;

	va_start(args, format);
	int n = vsnprintf(place, room, format, args);
	va_end(args);
	if (n < 0)
		log_die("cannot format \"%s\"", format);
	char *text = arena_alloc(a, (size_t)n + 1);
	if (text == place && (size_t)n < room)
		return (struct str){ text, (size_t)n };
	va_start(args, format);
	vsnprintf(text, (size_t)n + 1, format, args);
	va_end(args);
	return (struct str){ text, (size_t)n };
}

void arena_reset(struct arena *a)
{
	struct arena_block *keep = NULL;

	while (a->blocks) {
		struct arena_block *block = a->blocks;
		a->blocks = block->older;
		if (!a->blocks && block->size == FIRST_BLOCK)
			keep = block;
		else
			free(block);
	}
	arena_init(a);
	if (keep) {
		keep->older = NULL;
		a->blocks = keep;
		a->next = keep->data;
		a->end = keep->data + keep->size;
	}
}

void arena_done(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *block = a->blocks;
		a->blocks = block->older;
		free(block);
	}
	arena_init(a);
}
