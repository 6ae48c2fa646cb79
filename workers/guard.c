#include "guard.h"

#include "ascii.h"
#include "target.h"

/*
 * The head: lines, then what each must be, then what they must be together.
 */

/* The bytes that the current line may take, its CRLF included. */
static size_t line_limit(const struct guard_head *head, const struct http_limits *limits)
{
	return head->has_line ? limits->header_bytes - head->header_size : limits->line;
}

/* The next line without its CRLF; line->ptr is NULL while it has not all come. */
static int next_line(struct guard_head *head, const struct http_limits *limits, struct str bytes,
	struct str *line)
{
	*line = (struct str){ NULL, 0 };
	size_t limit = line_limit(head, limits);
	size_t have = bytes.len - head->size;
	size_t window = have < limit ? have : limit;
	if (window == 0)
		return have > 0 ? 431 : 0;

	const char *start = bytes.ptr + head->size;
	const char *from = start + head->searched;
	const char *end = memchr(from, '\n', window - head->searched);
	/* RFC 9112 2.2 lets us take a bare LF for a line's end; not all do, so we don't. */
	if (end == start || (end && end[-1] != '\r'))
		return 400;
	/* The same section: a CR is invalid but before LF, which may be yet to come. */
	const char *last = end ? end - 1 : start + window - 1;
	if (last > from && memchr(from, '\r', (size_t)(last - from)))
		return 400;
	if (!end) {
		head->searched = window - 1;
		return have < limit ? 0 : head->has_line ? 431 : 414;
	}
	*line = (struct str){ start, (size_t)(last - start) };
	size_t size = line->len + strlen("\r\n");
	head->size += size;
	head->searched = 0;
	head->header_size += head->has_line ? size : 0;
	return 0;
}

/* Cuts s at its first space; false if it has none, and all of s is the word. */
static bool cut_word(struct str *s, struct str *word)
{
	const char *space = memchr(s->ptr, ' ', s->len);

	*word = (struct str){ s->ptr, space ? (size_t)(space - s->ptr) : s->len };
	*s = str_from_index(*s, space ? word->len + 1 : s->len);
	return space != NULL;
}

/* HTTP-version = "HTTP/" DIGIT "." DIGIT, in upper case (RFC 9112 2.3). */
static int check_version(struct guard_head *head, struct str version)
{
	const struct str name = STR("HTTP/");

	if (version.len != name.len + 3 || !str_starts(version, name))
		return 400;
	const char *digits = version.ptr + name.len;
	if (!ascii_is(ASCII_DIGIT, digits[0]) || digits[1] != '.' ||
		!ascii_is(ASCII_DIGIT, digits[2]))
		return 400;
	/* RFC 9110 15.6.6. */
	if (digits[0] != '1' || digits[2] > '1')
		return 505;
	head->minor = digits[2] - '0';
	return 0;
}

/* request-line = method SP request-target SP HTTP-version (RFC 9112 3), with single spaces. */
static int check_request_line(struct guard_head *head, struct str line)
{
	struct str word, target;

	if (!cut_word(&line, &word))
		return 400;
	/* RFC 9110 9.3.6: its target would be an authority, and nothing here is a tunnel. */
	if (str_equal(word, STR("CONNECT")))
		return 405;
	head->method = method_find(word);
	if (head->method == METHOD__COUNT)
		return 400;
	bool has_version = cut_word(&line, &target);
	if (!ascii_all(ASCII_VCHAR, target) || !target_valid(target))
		return 400;
	/* RFC 9112 3.2.4. */
	if (target.ptr[0] == '*' && head->method != METHOD_OPTIONS)
		return 400;
	head->has_line = true;
	/* Without one it is HTTP/0.9 (RFC 1945 4.1), which has no fields: answer at once. */
	return has_version ? check_version(head, line) : 505;
}

/* RFC 9112 3.2: exactly one, valid; check_end looks whether it is there. */
static int check_host(struct guard_head *head, struct str value)
{
	if (head->has_host || !target_host_valid(value))
		return 400;
	head->has_host = true;
	return 0;
}

/* RFC 9110 8.6: digits. A list, even of equal values, may be refused, and is. */
static int check_content_length(struct guard_head *head, struct str value)
{
	if (head->has_length || value.len == 0 || !ascii_all(ASCII_DIGIT, value))
		return 400;
	head->has_length = true;
	for (size_t i = 0; i < value.len; i++) {
		uint64_t digit = (uint64_t)(value.ptr[i] - '0');
		if (__builtin_mul_overflow(head->length, 10, &head->length) ||
			__builtin_add_overflow(head->length, digit, &head->length)) {
			head->length = UINT64_MAX;
			return 0;
		}
	}
	return 0;
}

/* RFC 9112 6.1: chunked, once, and not of a client that says HTTP/1.0. Any other coding is 501,
 * also where chunked follows it. */
static int check_transfer_encoding(struct guard_head *head, struct str value)
{
	if (head->minor == 0 || head->chunked)
		return 400;
	head->chunked = true;
	if (ascii_equal_nocase(value, STR("chunked")))
		return 0;
	while (value.len > 0) {
		const char *comma = memchr(value.ptr, ',', value.len);
		struct str item = { value.ptr, comma ? (size_t)(comma - value.ptr) : value.len };
		value = str_from_index(value, comma ? item.len + 1 : item.len);
		item = ascii_trim(item);
		struct str coding = { item.ptr, ascii_span(ASCII_TOKEN, item) };
		if (coding.len == 0)
			return 400;
		if (!ascii_equal_nocase(coding, STR("chunked")))
			return 501;
	}
	return 400;
}

/* The fields that say where a message ends and whom it is for. Names are compared whole: "_" is
 * never "-" (Content_Length is just another field). */
static const struct {
	struct str name;
	int (*check)(struct guard_head *head, struct str value);
} checked_fields[] = {
	{ STR_INIT("host"), check_host },
	{ STR_INIT("content-length"), check_content_length },
	{ STR_INIT("transfer-encoding"), check_transfer_encoding },
};

/* field-line = field-name ":" OWS field-value OWS (RFC 9112 5). No space before the colon (5.1), no
 * folded lines (5.2): a line that begins with a blank has no name. */
static int check_field(struct guard_head *head, const struct http_limits *limits, struct str line)
{
	if (++head->fields > limits->headers)
		return 431;
	struct str name = { line.ptr, ascii_span(ASCII_TOKEN, line) };
	if (name.len == 0 || name.len == line.len || line.ptr[name.len] != ':')
		return 400;
	struct str value = str_from_index(line, name.len + 1);
	if (!ascii_all(ASCII_FIELD, value))
		return 400;
	for (size_t i = 0; i < NITEMS(checked_fields); i++)
		if (ascii_equal_nocase(name, checked_fields[i].name))
			return checked_fields[i].check(head, ascii_trim(value));
	return 0;
}

/* The empty line: what the fields must be together. */
static int check_end(struct guard_head *head, const struct http_limits *limits)
{
	head->complete = true;
	/* RFC 9112 3.2. */
	if (!head->has_host && head->minor > 0)
		return 400;
	/* RFC 9112 6.3: "ought to be handled as an error", as it is how requests are smuggled. */
	if (head->chunked && head->has_length)
		return 400;
	return head->length > limits->body ? 413 : 0;
}

int guard_line_check(struct guard_head *head, const struct http_limits *limits, struct str bytes)
{
	struct str line;
	int status = head->has_line ? 0 : next_line(head, limits, bytes, &line);

	return status != 0 || head->has_line || !line.ptr ? status : check_request_line(head, line);
}

int guard_head_check(struct guard_head *head, const struct http_limits *limits, struct str bytes)
{
	int status = guard_line_check(head, limits, bytes);

	while (status == 0 && head->has_line && !head->complete) {
		struct str line;
		status = next_line(head, limits, bytes, &line);
		if (status != 0 || !line.ptr)
			return status;
		status = line.len > 0 ? check_field(head, limits, line) : check_end(head, limits);
	}
	return status;
}

/*
 * Chunks: a state machine over the framing's bytes; the content between them is skipped.
 */

enum chunk_state {
	CHUNK_NONE, /* the start; in the table, where it stands for all that isn't named: refused */
	CHUNK_SIZE_FIRST,
	CHUNK_SIZE,
	CHUNK_BLANK, /* BWS before an extension */
	CHUNK_EXTENSION,
	CHUNK_SIZE_LF,
	CHUNK_DATA, /* left to guard_chunks_check */
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	TRAILER_FIRST,
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF,
	TRAILER_END_LF,
	CHUNKS_DONE,
	CHUNK_STATE__COUNT,
};

enum chunk_class {
	CLASS_CONTROL, /* not allowed anywhere */
	CLASS_HEX,
	CLASS_TOKEN, /* the other token characters */
	CLASS_COLON,
	CLASS_SEMICOLON,
	CLASS_SPACE,
	CLASS_TEXT, /* the rest of what a field value may hold */
	CLASS_CR,
	CLASS_LF,
	CLASS__COUNT,
};

/* RFC 9112 7.1 and 5. An extension is not looked into (7.1.1), but for the bytes that end lines:
 * only CRLF does. BWS may be a tab by the grammar; http-parser takes spaces alone. */
static const uint8_t next_state[CHUNK_STATE__COUNT][CLASS__COUNT] = {
	[CHUNK_SIZE_FIRST] = { [CLASS_HEX] = CHUNK_SIZE },
	[CHUNK_SIZE] = { [CLASS_HEX] = CHUNK_SIZE,
		[CLASS_SPACE] = CHUNK_BLANK,
		[CLASS_SEMICOLON] = CHUNK_EXTENSION,
		[CLASS_CR] = CHUNK_SIZE_LF },
	[CHUNK_BLANK] = { [CLASS_SPACE] = CHUNK_BLANK, [CLASS_SEMICOLON] = CHUNK_EXTENSION },
	[CHUNK_EXTENSION] = { [CLASS_HEX] = CHUNK_EXTENSION,
		[CLASS_TOKEN] = CHUNK_EXTENSION,
		[CLASS_COLON] = CHUNK_EXTENSION,
		[CLASS_SEMICOLON] = CHUNK_EXTENSION,
		[CLASS_SPACE] = CHUNK_EXTENSION,
		[CLASS_TEXT] = CHUNK_EXTENSION,
		[CLASS_CR] = CHUNK_SIZE_LF },
	[CHUNK_SIZE_LF] = { [CLASS_LF] = CHUNK_DATA },
	[CHUNK_DATA_CR] = { [CLASS_CR] = CHUNK_DATA_LF },
	[CHUNK_DATA_LF] = { [CLASS_LF] = CHUNK_SIZE_FIRST },
	[TRAILER_FIRST] = { [CLASS_HEX] = TRAILER_NAME,
		[CLASS_TOKEN] = TRAILER_NAME,
		[CLASS_CR] = TRAILER_END_LF },
	[TRAILER_NAME] = { [CLASS_HEX] = TRAILER_NAME,
		[CLASS_TOKEN] = TRAILER_NAME,
		[CLASS_COLON] = TRAILER_VALUE },
	[TRAILER_VALUE] = { [CLASS_HEX] = TRAILER_VALUE,
		[CLASS_TOKEN] = TRAILER_VALUE,
		[CLASS_COLON] = TRAILER_VALUE,
		[CLASS_SEMICOLON] = TRAILER_VALUE,
		[CLASS_SPACE] = TRAILER_VALUE,
		[CLASS_TEXT] = TRAILER_VALUE,
		[CLASS_CR] = TRAILER_LF },
	[TRAILER_LF] = { [CLASS_LF] = TRAILER_FIRST },
	[TRAILER_END_LF] = { [CLASS_LF] = CHUNKS_DONE },
};

static enum chunk_class class_of(char c)
{
	switch (c) {
	case '\r':
		return CLASS_CR;
	case '\n':
		return CLASS_LF;
	case ' ':
		return CLASS_SPACE;
	case ':':
		return CLASS_COLON;
	case ';':
		return CLASS_SEMICOLON;
	default:
		break;
	}
	if (ascii_is(ASCII_HEX, c))
		return CLASS_HEX;
	if (ascii_is(ASCII_TOKEN, c))
		return CLASS_TOKEN;
	return ascii_is(ASCII_FIELD, c) ? CLASS_TEXT : CLASS_CONTROL;
}

/* One more digit of a chunk's size; the sum of all sizes never passes the limit. */
static int add_digit(struct guard_chunks *chunks, const struct http_limits *limits, char digit)
{
	uint64_t room = limits->body - chunks->total;

	if (chunks->left > room / 16)
		return 413;
	uint64_t size = chunks->left * 16 + ascii_hex_value(digit);
	if (size > room)
		return 413;
	chunks->left = size;
	return 0;
}

/* A size line is complete. A size of 0 is the last chunk's. */
static enum chunk_state begin_chunk(struct guard_chunks *chunks)
{
	chunks->total += chunks->left;
	if (chunks->left > 0)
		return CHUNK_DATA;
	chunks->part = GUARD_PART_TRAILER;
	return TRAILER_FIRST;
}

/* Bounds the bytes that make a message long and its content no longer (RFC 9112 7.1.1). */
static int count_excess(
	struct guard_chunks *chunks, const struct http_limits *limits, enum chunk_state state)
{
	bool leading_zero = state == CHUNK_SIZE && chunks->left == 0;
	bool extension = state == CHUNK_BLANK || state == CHUNK_EXTENSION;
	bool trailer = chunks->part == GUARD_PART_TRAILER;

	if ((leading_zero || extension || trailer) && ++chunks->excess > limits->header_bytes)
		return trailer ? 431 : 413;
	return 0;
}

/* One byte of the framing. */
static int step(struct guard_chunks *chunks, const struct http_limits *limits, char c)
{
	enum chunk_state state = chunks->state == CHUNK_NONE ? CHUNK_SIZE_FIRST : chunks->state;

	state = next_state[state][class_of(c)];
	if (state == CHUNK_NONE)
		return 400;
	int status = state == CHUNK_SIZE ? add_digit(chunks, limits, c) : 0;
	if (status == 0)
		status = count_excess(chunks, limits, state);
	if (state == CHUNK_DATA)
		state = begin_chunk(chunks);
	if (state == CHUNKS_DONE)
		chunks->part = GUARD_PART_END;
	chunks->state = (uint8_t)state;
	return status;
}

int guard_chunks_check(struct guard_chunks *chunks, const struct http_limits *limits,
	struct str bytes, size_t *used)
{
	enum guard_part part = chunks->part;
	size_t i = 0;
	int status = 0;

	while (i < bytes.len && chunks->part == part && status == 0) {
		if (chunks->state != CHUNK_DATA) {
			status = step(chunks, limits, bytes.ptr[i++]);
			continue;
		}
		size_t here = bytes.len - i < chunks->left ? bytes.len - i : (size_t)chunks->left;
		i += here;
		chunks->left -= here;
		if (chunks->left == 0)
			chunks->state = CHUNK_DATA_CR;
	}
	*used = i;
	return status;
}
