#include "guard.h"

#include "ascii.h"
#include "target.h"

/*
 * Fields and chunks: a state machine over the bytes of field lines and of what stands around the
 * content of chunks, which is skipped.
 */

enum syntax {
	SYNTAX_NONE, /* the start; in the table, where it stands for all that isn't named: refused
		      */
	CHUNK_SIZE_FIRST,
	CHUNK_SIZE,
	CHUNK_BLANK, /* BWS before an extension */
	CHUNK_EXTENSION,
	CHUNK_SIZE_LF,
	CHUNK_DATA, /* left to guard_chunks_check */
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	FIELD_FIRST,
	FIELD_NAME,
	FIELD_VALUE,
	FIELD_LF,
	FIELDS_END_LF,
	CHUNKS_DONE,
	SYNTAX__COUNT,
};

enum byte_class {
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
static const uint8_t next_state[SYNTAX__COUNT][CLASS__COUNT] = {
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
	[FIELD_FIRST] = { [CLASS_HEX] = FIELD_NAME,
		[CLASS_TOKEN] = FIELD_NAME,
		[CLASS_CR] = FIELDS_END_LF },
	[FIELD_NAME] = { [CLASS_HEX] = FIELD_NAME,
		[CLASS_TOKEN] = FIELD_NAME,
		[CLASS_COLON] = FIELD_VALUE },
	[FIELD_VALUE] = { [CLASS_HEX] = FIELD_VALUE,
		[CLASS_TOKEN] = FIELD_VALUE,
		[CLASS_COLON] = FIELD_VALUE,
		[CLASS_SEMICOLON] = FIELD_VALUE,
		[CLASS_SPACE] = FIELD_VALUE,
		[CLASS_TEXT] = FIELD_VALUE,
		[CLASS_CR] = FIELD_LF },
	[FIELD_LF] = { [CLASS_LF] = FIELD_FIRST },
	[FIELDS_END_LF] = { [CLASS_LF] = CHUNKS_DONE },
};

static enum byte_class class_of(char c)
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

/*
 * The head: lines, then what each must be, then what they must be together.
 */

/* The bytes that the current line may take, its CRLF included. */
static size_t line_limit(const struct guard_head *head, const struct http_limits *limits)
{
	return head->has_line ? limits->header_bytes - head->header_size : limits->line;
}

/* The next line without its CRLF; line->ptr is NULL while it has not all come. came is what has
 * come of it and of what follows, up to the limit of a line. */
static int next_line(struct guard_head *head, size_t limit, struct str came, struct str *line)
{
	*line = (struct str){ NULL, 0 };
	if (came.len == 0)
		return 0;

	const char *start = came.ptr;
	const char *from = start + head->searched;
	const char *end = memchr(from, '\n', came.len - head->searched);
	/* RFC 9112 2.2 lets us take a bare LF for a line's end; not all do, so we don't. */
	if (end == start || (end && end[-1] != '\r'))
		return 400;
	/* The same section: a CR is invalid but before LF, which may be yet to come. */
	const char *last = end ? end - 1 : start + came.len - 1;
	if (last > from && memchr(from, '\r', (size_t)(last - from)))
		return 400;
	if (!end) {
		head->searched = came.len - 1;
		return came.len < limit ? 0 : head->has_line ? 431 : 414;
	}
	*line = (struct str){ start, (size_t)(last - start) };
	size_t size = line->len + strlen("\r\n");
	head->size += size;
	head->searched = head->judged = 0;
	head->place = 0;
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

static int check_method(struct guard_head *head, struct str word)
{
	/* RFC 9110 9.3.6: its target would be an authority, and nothing here is a tunnel. */
	if (str_equal(word, STR("CONNECT")))
		return 405;
	head->method = method_find(word);
	return head->method == METHOD__COUNT ? 400 : 0;
}

/* request-line = method SP request-target SP HTTP-version (RFC 9112 3), with single spaces. */
static int check_request_line(struct guard_head *head, struct str line)
{
	struct str word, target;

	if (!cut_word(&line, &word))
		return 400;
	int status = check_method(head, word);
	if (status != 0)
		return status;
	bool has_version = cut_word(&line, &target);
	if (!ascii_all(ASCII_VCHAR, target) || !target_valid(target))
		return 400;
	/* RFC 9112 3.2.4. */
	if (target.ptr[0] == '*' && head->method != METHOD_OPTIONS)
		return 400;
	/* Without one it is HTTP/0.9 (RFC 1945 4.1), which has no fields: answer at once. */
	status = has_version ? check_version(head, line) : 505;
	head->has_line = status == 0;
	return status;
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

/* RFC 9112 6.3: "ought to be handled as an error", as it is how requests are smuggled. */
static int check_lengths(const struct guard_head *head)
{
	return head->chunked && head->has_length ? 400 : 0;
}

/* field-line = field-name ":" OWS field-value OWS (RFC 9112 5). No space before the colon (5.1), no
 * folded lines (5.2): a line that begins with a blank has no name. */
static int check_field(struct guard_head *head, const struct http_limits *limits, struct str line)
{
	if (head->fields == limits->headers)
		return 431;
	struct str name = { line.ptr, ascii_span(ASCII_TOKEN, line) };
	if (name.len == 0 || name.len == line.len || line.ptr[name.len] != ':')
		return 400;
	struct str value = str_from_index(line, name.len + 1);
	if (!ascii_all(ASCII_FIELD, value))
		return 400;
	for (size_t i = 0; i < NITEMS(checked_fields); i++) {
		if (!ascii_equal_nocase(name, checked_fields[i].name))
			continue;
		int status = checked_fields[i].check(head, ascii_trim(value));
		return status != 0 ? status : check_lengths(head);
	}
	return 0;
}

/* The empty line: what the fields must be together. */
static int check_end(struct guard_head *head, const struct http_limits *limits)
{
	head->complete = true;
	/* RFC 9112 3.2. */
	if (!head->has_host && head->minor > 0)
		return 400;
	/* Only now, since the answer depends on other fields (Origin, X-Request-ID). */
	return head->length > limits->body ? 413 : 0;
}

static int check_line(struct guard_head *head, const struct http_limits *limits, struct str line)
{
	if (!head->has_line)
		return check_request_line(head, line);
	if (line.len == 0)
		return check_end(head, limits);
	int status = check_field(head, limits, line);
	head->fields += status == 0;
	return status;
}

/*
 * Judging the bytes of a line that has not all come, or is refused: the first one that cannot stand
 * where it does decides, so that the outcome depends neither on how the line was cut nor on what
 * follows. It takes whatever the checks above take.
 */

/* What the next byte of the request line belongs to. */
enum place {
	PLACE_METHOD,
	PLACE_TARGET, /* its first byte */
	PLACE_ASTERISK,
	PLACE_SCHEME,
	PLACE_SLASH, /* the first of "//" */
	PLACE_SLASHES,
	PLACE_AUTHORITY,
	PLACE_PATH, /* and query and fragment */
	PLACE_VERSION,
	PLACE_OLD_LF, /* of HTTP/0.9, which has no version */
	PLACE_NONE
};

static enum place behind_target(char c)
{
	return c == ' ' ? PLACE_VERSION : c == '\r' ? PLACE_OLD_LF : PLACE_NONE;
}

static enum place first_of_target(enum method method, char c)
{
	if (c == '*')
		return method == METHOD_OPTIONS ? PLACE_ASTERISK : PLACE_NONE;
	return c == '/' ? PLACE_PATH : ascii_is(ASCII_ALPHA, c) ? PLACE_SCHEME : PLACE_NONE;
}

/* Of a byte in a target. */
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
		return c == '/' || c == '?' ? PLACE_PATH : behind_target(c);
	case PLACE_PATH:
		return ascii_is(ASCII_VCHAR, c) ? PLACE_PATH : behind_target(c);
	default:
		return behind_target(c);
	}
}

/* word ends with the byte. */
static int judge_method(struct guard_head *head, struct str word)
{
	if (word.ptr[word.len - 1] != ' ')
		return method_begins(word) || str_starts(STR("CONNECT"), word) ? 0 : 400;
	head->place = PLACE_TARGET;
	return check_method(head, (struct str){ word.ptr, word.len - 1 });
}

/* version ends with the byte, at the latest with the line's LF. */
static int judge_version(struct str version)
{
	static const char form[] = "HTTP/0.0\r\n";
	size_t at = version.len - 1, minor = strlen("HTTP/0.");
	char c = version.ptr[at];

	if (form[at] == '0' ? !ascii_is(ASCII_DIGIT, c) : c != form[at])
		return 400;
	/* RFC 9110 15.6.6. */
	return at == minor && (version.ptr[strlen("HTTP/")] != '1' || c > '1') ? 505 : 0;
}

/* line ends with the byte. */
static int judge_request_line(struct guard_head *head, struct str line)
{
	char c = line.ptr[line.len - 1];

	if (head->place == PLACE_METHOD)
		return judge_method(head, line);
	if (head->place == PLACE_VERSION)
		return judge_version(str_from_index(line, head->part));
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

static int judge_field_line(struct guard_head *head, const struct http_limits *limits, char c)
{
	enum syntax syntax = head->place == SYNTAX_NONE ? FIELD_FIRST : head->place;

	if (syntax == FIELD_FIRST && c != '\r' && head->fields == limits->headers)
		return 431;
	head->place = next_state[syntax][class_of(c)];
	return head->place == SYNTAX_NONE ? 400 : 0;
}

/* came begins with the line, and may have more than it only if something in it is wrong. */
static int judge_line(struct guard_head *head, const struct http_limits *limits, struct str came)
{
	int status = 0;

	while (head->judged < came.len && status == 0) {
		struct str line = { came.ptr, ++head->judged };
		status = head->has_line ? judge_field_line(head, limits, came.ptr[line.len - 1])
					: judge_request_line(head, line);
	}
	return status;
}

/* Goes on with the current line, up to its end. */
static int read_line(struct guard_head *head, const struct http_limits *limits, struct str bytes)
{
	size_t limit = line_limit(head, limits), have = bytes.len - head->size;
	struct str line, came = { bytes.ptr + head->size, have < limit ? have : limit };

	/* The empty line has no room any more. */
	if (limit < strlen("\r\n"))
		return 431;
	int status = next_line(head, limit, came, &line);

	if (line.ptr) {
		came.len = line.len + strlen("\r\n");
		status = check_line(head, limits, line);
		if (status == 0)
			return 0;
	}
	int sooner = judge_line(head, limits, came);
	return sooner != 0 ? sooner : status;
}

int guard_line_check(struct guard_head *head, const struct http_limits *limits, struct str bytes)
{
	return head->has_line ? 0 : read_line(head, limits, bytes);
}

int guard_head_check(struct guard_head *head, const struct http_limits *limits, struct str bytes)
{
	int status = guard_line_check(head, limits, bytes);

	while (status == 0 && head->has_line && !head->complete) {
		size_t before = head->size;
		status = read_line(head, limits, bytes);
		if (head->size == before)
			break;
	}
	return status;
}

/*
 * Chunks
 */

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
static enum syntax begin_chunk(struct guard_chunks *chunks)
{
	chunks->total += chunks->left;
	if (chunks->left > 0)
		return CHUNK_DATA;
	chunks->part = GUARD_PART_TRAILER;
	return FIELD_FIRST;
}

/* Bounds the bytes that make a message long and its content no longer (RFC 9112 7.1.1). */
static int count_excess(
	struct guard_chunks *chunks, const struct http_limits *limits, enum syntax state)
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
	enum syntax state = chunks->state == SYNTAX_NONE ? CHUNK_SIZE_FIRST : chunks->state;

	state = next_state[state][class_of(c)];
	if (state == SYNTAX_NONE)
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
