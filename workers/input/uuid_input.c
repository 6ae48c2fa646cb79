#include "uuid_input.h"

#include "ascii.h"
#include "uuid.h"

enum { GROUPS = 5, HYPHENS = GROUPS - 1 };

enum {
	BRACED_LENGTH = UUID_LENGTH + 2,
	LENGTH_MAX = 45 /* of the urn; the crate does not look into longer texts */
};

static const struct group {
	size_t start, length;
} groups[GROUPS] = { { 0, 8 }, { 9, 4 }, { 14, 4 }, { 19, 4 }, { 24, 12 } };

static const struct str urn = STR_INIT("urn:uuid:");

static bool is_in_braces(struct str text)
{
	return text.len >= 2 && text.ptr[0] == '{' && text.ptr[text.len - 1] == '}';
}

/* The part with hyphens of a text that has the length of one in braces or after "urn:uuid:". */
static struct str unwrap(struct str text)
{
	if (text.len == BRACED_LENGTH && is_in_braces(text))
		return (struct str){ text.ptr + 1, UUID_LENGTH };
	if (text.len == LENGTH_MAX && str_starts(text, urn))
		return str_from_index(text, urn.len);
	return text;
}

/* Copies the digits to their places. Returns false if a character is at a wrong one. */
static bool read_digits(struct str text, char uuid[UUID_LENGTH])
{
	size_t from = 0;

	for (size_t i = 0; i < UUID_LENGTH; i++) {
		bool hyphen = uuid_has_hyphen_at(i);
		if (hyphen && text.len == UUID_DIGITS) {
			uuid[i] = '-';
			continue;
		}
		char c = text.ptr[from++];
		if (hyphen ? c != '-' : !ascii_is(ASCII_HEX, c))
			return false;
		uuid[i] = (char)(c | 0x20);
	}
	return true;
}

/* The character at the start of s, in bytes. */
static struct str first_char(struct str s)
{
	size_t n = 1;

	while (n < s.len && ((unsigned char)s.ptr[n] & 0xc0) == 0x80)
		n++;
	return (struct str){ s.ptr, n };
}

struct search {
	size_t hyphens;
	size_t places[HYPHENS]; /* of the first hyphens */
	struct str stranger;    /* a character that no UUID has; len 0: there is none */
	size_t stranger_at;
};

static struct search look_through(struct str text)
{
	struct search s = { .hyphens = 0 };
	struct str c;

	for (size_t i = 0; i < text.len; i += c.len) {
		c = first_char(str_from_index(text, i));
		if (c.ptr[0] == '-') {
			if (s.hyphens < HYPHENS)
				s.places[s.hyphens] = i;
			s.hyphens++;
		} else if (!ascii_is(ASCII_HEX, c.ptr[0])) {
			s.stranger = c;
			s.stranger_at = i;
			break;
		}
	}
	return s;
}

static struct str wrong_group(struct arena *arena, size_t length, const struct search *s)
{
	size_t i = 0, found = length - groups[GROUPS - 1].start;

	while (i < HYPHENS && s->places[i] == groups[i].start + groups[i].length)
		i++;
	if (i < HYPHENS)
		found = s->places[i] - groups[i].start;
	return arena_printf(arena, "invalid group length in group %zu: expected %zu, found %zu", i,
		groups[i].length, found);
}

static struct str strange(struct arena *arena, struct str c, size_t at)
{
	if (c.len == 1) /* it may be NUL */
		return arena_printf(arena, "invalid character: found `%c` at %zu", c.ptr[0], at);
	return arena_printf(arena, "invalid character: found `%.*s` at %zu", STR_ARGS(c), at);
}

/* What is wrong with a text, in which unwrap has found hyphens to be expected, or anything. */
static struct str refusal(struct arena *arena, struct str text, bool hyphenated)
{
	struct str inner = text;
	bool wrapped = true;

	if (text.len == 0 || text.len > LENGTH_MAX)
		return arena_printf(arena, "invalid length: found %zu", text.len);
	if (!hyphenated && is_in_braces(text))
		inner = (struct str){ text.ptr + 1, text.len - 2 };
	else if (!hyphenated && str_starts(text, urn))
		inner = str_from_index(text, urn.len);
	else
		wrapped = false;

	struct search s = look_through(inner);
	if (s.stranger.len > 0)
		return strange(arena, s.stranger, s.stranger_at + (size_t)(inner.ptr - text.ptr));
	if (!hyphenated && !wrapped && s.hyphens == 0)
		return arena_printf(arena, "invalid length: found %zu", text.len);
	if (s.hyphens != HYPHENS)
		return arena_printf(
			arena, "invalid group count: expected 5, found %zu", s.hyphens + 1);
	return wrong_group(arena, text.len, &s);
}

bool uuid_input(struct arena *arena, struct str text, struct str *uuid, struct str *reason)
{
	struct str core = unwrap(text);
	bool hyphenated = core.len == UUID_LENGTH;
	char *out = arena_alloc(arena, UUID_LENGTH);

	if ((hyphenated || text.len == UUID_DIGITS) && read_digits(core, out)) {
		*uuid = (struct str){ out, UUID_LENGTH };
		return true;
	}
	*reason = refusal(arena, core, hyphenated);
	return false;
}
