/* What all parsers of parts of a pattern share: the position, the flags and failure. */
#include "pattern_parse.h"
#include "pattern_unicode.h"

bool parser_fail(struct parser *p, size_t at, const char *what)
{
	if (!p->failed)
		buf_printf(p->error, "%s, at character %zu", what, at + 1);
	p->failed = true;
	return false;
}

bool parser_is_end(const struct parser *p)
{
	return p->at == p->count;
}

uint32_t parser_char(const struct parser *p)
{
	return parser_is_end(p) ? 0 : p->points[p->at];
}

bool parser_takes(struct parser *p, const char *prefix)
{
	size_t n = strlen(prefix);

	if (p->count - p->at < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (p->points[p->at + i] != (uint32_t)prefix[i])
			return false;
	p->at += n;
	return true;
}

bool parser_bump(struct parser *p)
{
	if (!parser_is_end(p))
		p->at++;
	return !parser_is_end(p);
}

static void skip_comment(struct parser *p)
{
	while (!parser_is_end(p) && parser_char(p) != '\n')
		p->at++;
}

void parser_skip_space(struct parser *p)
{
	while (p->flags & FLAG_X && !parser_is_end(p)) {
		if (parser_char(p) == '#')
			skip_comment(p);
		else if (pattern_unicode_is_space(parser_char(p)))
			p->at++;
		else
			break;
	}
}

bool parser_step(struct parser *p)
{
	if (!parser_bump(p))
		return false;
	parser_skip_space(p);
	return !parser_is_end(p);
}

/* Sets. */

static void fold_ascii(struct parser *p, struct point_set *set)
{
	struct point_set before = *set;

	for (uint32_t c = 'a'; c <= 'z'; c++)
		if (point_set_has(&before, c) || point_set_has(&before, c - 'a' + 'A')) {
			point_set_add(p->memory, set, c, c);
			point_set_add(p->memory, set, c - 'a' + 'A', c - 'a' + 'A');
		}
	point_set_close(set);
}

bool parser_finish_set(struct parser *p, struct point_set *set, bool negated, size_t at)
{
	point_set_close(set);
	if (p->flags & FLAG_I) {
		if (p->flags & FLAG_U)
			pattern_unicode_fold(p->memory, set);
		else
			fold_ascii(p, set);
	}
	if (!negated)
		return true;
	if (!(p->flags & FLAG_U))
		return parser_fail(p, at, "matches bytes that are not UTF-8");
	*set = point_set_not(p->memory, set);
	return true;
}

bool parser_byte_allowed(struct parser *p, const struct primitive *primitive)
{
	if (p->flags & FLAG_U || primitive->point < 0x80)
		return true;
	return parser_fail(p, primitive->at,
		primitive->is_byte && primitive->point <= 0xFF
			? "matches bytes that are not UTF-8"
			: "a character beyond ASCII while the flag u is off");
}
