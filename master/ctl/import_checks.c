#include "import_checks.h"

#include "arena_buf.h"

#include <stdarg.h>
#include <stdio.h>

enum { TEXT_MAX = 1024 };

struct import_check {
	const struct json *node;
	unsigned line;
	const char *text;
	struct import_check *next;
};

void import_checks_init(struct import_checks *checks, struct arena *arena)
{
	*checks = (struct import_checks){ .arena = arena };
	checks->end = &checks->first;
}

void import_check(struct import_checks *checks, const struct json *node, const char *format, ...)
{
	struct import_check *check = arena_calloc(checks->arena, 1, sizeof(*check));
	char text[TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	check->node = node;
	check->text = arena_copy(checks->arena, str_from(text)).ptr;
	*checks->end = check;
	checks->end = &check->next;
}

void import_checks_place(struct import_checks *checks, const struct json *node, unsigned line)
{
	for (struct import_check *check = checks->first; check; check = check->next)
		if (check->node == node)
			check->line = line;
}

/* The first check of the least line above this one. */
static unsigned next_line(const struct import_checks *checks, unsigned after)
{
	unsigned least = 0;

	for (const struct import_check *check = checks->first; check; check = check->next)
		if (check->line > after && (least == 0 || check->line < least))
			least = check->line;
	return least;
}

void import_checks_write(struct buf *out, const struct import_checks *checks, const char *file)
{
	for (unsigned line = next_line(checks, 0); line > 0; line = next_line(checks, line))
		for (const struct import_check *check = checks->first; check; check = check->next)
			if (check->line == line)
				buf_printf(out, "%s:%u: %s\n", file, line, check->text);
}
