/*
 * The first line of the input is a pattern, the rest a text. The pattern is refused with one line
 * or compiled. A compiled one gives the same answer twice, from a fresh automaton and from one that
 * has states, with no more work than before. In a group it matches the same texts, and as an option
 * all.
 */
#include "pattern.h"
#include "utf8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ERROR_MAX = 256, SOURCE_MAX = 1 << 20 };

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* NULL: refused, with one line. */
static struct pattern *compile(struct str source)
{
	struct buf error;

	buf_init(&error, ERROR_MAX);
	struct pattern *p = pattern_compile(source, &error);
	require(!error.failed && (p != NULL) == (buf_len(&error) == 0));
	require(!memchr(buf_view(&error).ptr, '\n', buf_len(&error)));
	buf_done(&error);
	return p;
}

/* Puts the pattern into a group. That may be refused: it nests more, and a comment at its end takes
 * in what is behind it. */
static void check_group(struct str source, const char *behind, struct str text, bool matches)
{
	struct buf group;

	buf_init(&group, SOURCE_MAX);
	buf_str(&group, STR("(?:"));
	buf_str(&group, source);
	buf_str(&group, str_from(behind));
	require(!group.failed);
	struct pattern *p = compile(buf_view(&group));
	require(!p || pattern_matches(p, text) == matches);
	pattern_free(p);
	buf_done(&group);
}

static void check_text(struct str source, struct pattern *p, struct str text)
{
	bool matches = pattern_matches(p, text);
	uint64_t work = pattern_work(p);

	require(pattern_matches(p, text) == matches);
	require(pattern_work(p) <= 2 * work);
	check_group(source, ")", text, matches);
	check_group(source, ")?", text, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str input = { (const char *)data, size };
	const char *end = size > 0 ? memchr(input.ptr, '\n', size) : NULL;
	struct str source = { input.ptr, end ? (size_t)(end - input.ptr) : size };
	struct str text = end ? str_from_index(input, source.len + 1) : STR("");
	struct pattern *p = compile(source);

	if (p && utf8_valid(text, UTF8_STRICT))
		check_text(source, p, text);
	pattern_free(p);
	return 0;
}
