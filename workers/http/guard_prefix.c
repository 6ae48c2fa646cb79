#include "guard_parts.h"

#include "ascii.h"
#include "target.h"

/* The part of the request line that the next byte belongs to. */
enum place {
	PLACE_METHOD,
	PLACE_TARGET, /* the first byte of the target */
	PLACE_ASTERISK,
	PLACE_SCHEME,
	PLACE_SLASH, /* the first of "//" */
	PLACE_SLASHES,
	PLACE_AUTHORITY,
	PLACE_PATH, /* path, query and fragment */
	PLACE_VERSION,
	PLACE_OLD_LF, /* the LF after a target without version (HTTP/0.9) */
	PLACE_NONE    /* the byte is refused */
};

static enum place after_target(char c)
{
	return c == ' ' ? PLACE_VERSION : c == '\r' ? PLACE_OLD_LF : PLACE_NONE;
}

static enum place first_of_target(enum method method, char c)
{
	if (c == '*')
		return method == METHOD_OPTIONS ? PLACE_ASTERISK : PLACE_NONE;
	return c == '/' ? PLACE_PATH : ascii_is(ASCII_ALPHA, c) ? PLACE_SCHEME : PLACE_NONE;
}

/* The place after the byte c of the target. */
static enum place next_place(const struct guard_head *head, char c)
{
	switch ((enum place)head->place) {
	case PLACE_TARGET:
		return first_of_target(head->method, c);
	case PLACE_SCHEME:
		if (ascii_is(ASCII_ALPHA, c))
			return PLACE_SCHEME;
		return c == ':' ? PLACE_SLASH : PLACE_NONE;
	case PLACE_SLASH:
		return c == '/' ? PLACE_SLASHES : PLACE_NONE;
	case PLACE_SLASHES:
		return c == '/' ? PLACE_AUTHORITY : PLACE_NONE;
	case PLACE_AUTHORITY:
		if (ascii_is(ASCII_HOST, c) || strchr("%:[]", c))
			return PLACE_AUTHORITY;
		return c == '/' || c == '?' ? PLACE_PATH : after_target(c);
	case PLACE_PATH:
		return ascii_is(ASCII_VCHAR, c) ? PLACE_PATH : after_target(c);
	default:
		return after_target(c);
	}
}

/* Checks the last byte of word, which is what has arrived of the method, perhaps with the space
 * after it. */
static int check_method(struct guard_head *head, struct str word)
{
	if (word.ptr[word.len - 1] != ' ')
		return method_begins(word) || str_starts(STR("CONNECT"), word) ? 0 : 400;
	head->place = PLACE_TARGET;
	return guard_method_check(head, (struct str){ word.ptr, word.len - 1 });
}

/* Checks the last byte of version, which is what has arrived of the version, CR and LF. */
static int check_version(struct str version)
{
	static const char form[] = "HTTP/0.0\r\n";
	size_t at = version.len - 1, minor = strlen("HTTP/0.");
	char c = version.ptr[at];

	if (form[at] == '0' ? !ascii_is(ASCII_DIGIT, c) : c != form[at])
		return 400;
	/* RFC 9110 15.6.6. */
	return at == minor && (version.ptr[strlen("HTTP/")] != '1' || c > '1') ? 505 : 0;
}

/* Checks the last byte of line. */
static int check_request_line(struct guard_head *head, struct str line)
{
	char c = line.ptr[line.len - 1];

	if (head->place == PLACE_METHOD)
		return check_method(head, line);
	if (head->place == PLACE_VERSION)
		return check_version(str_from_index(line, head->part));
	if (head->place == PLACE_OLD_LF)
		return c == '\n' ? 505 : 400;
	enum place next = next_place(head, c);
	if (head->place == PLACE_AUTHORITY && next != PLACE_AUTHORITY &&
		!target_authority_valid(
			(struct str){ line.ptr + head->part, line.len - 1 - head->part }))
		return 400;
	if (next != head->place)
		head->part = line.len;
	head->place = (uint8_t)next;
	return next == PLACE_NONE ? 400 : 0;
}

static int check_field_line(struct guard_head *head, const struct http_limits *limits, char c)
{
	enum syntax syntax = head->place == SYNTAX_NONE ? FIELD_FIRST : head->place;

	if (syntax == FIELD_FIRST && c != '\r' && head->fields == limits->headers)
		return 431;
	head->place = (uint8_t)guard_syntax_next(syntax, c);
	return head->place == SYNTAX_NONE ? 400 : 0;
}

int guard_prefix_check(struct guard_head *head, const struct http_limits *limits, struct str came)
{
	int status = 0;

	while (head->judged < came.len && status == 0) {
		struct str line = { came.ptr, ++head->judged };
		status = head->has_line ? check_field_line(head, limits, came.ptr[line.len - 1])
					: check_request_line(head, line);
	}
	return status;
}
