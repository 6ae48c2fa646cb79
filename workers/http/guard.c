#include "guard_parts.h"

#include "ascii.h"
#include "target.h"

/* The most bytes that the current line may have, with its CRLF. */
static size_t line_limit(const struct guard_head *head, const struct http_limits *limits)
{
	return head->has_line ? limits->header_bytes - head->header_size : limits->line;
}

/* Sets *line to the next line without its CRLF; line->ptr is NULL if the line is incomplete. came
 * is what has arrived of the line and of the bytes after it, up to the limit of a line. */
static int next_line(struct guard_head *head, size_t limit, struct str came, struct str *line)
{
	*line = (struct str){ NULL, 0 };
	if (came.len == 0)
		return 0;

	const char *start = came.ptr;
	const char *from = start + head->searched;
	const char *end = memchr(from, '\n', came.len - head->searched);
	/* RFC 9112 2.2 allows a recipient to accept a bare LF as the end of a line. Not all do, so
	 * it is refused. */
	if (end == start || (end && end[-1] != '\r'))
		return 400;
	/* RFC 9112 2.2: CR is only valid before LF, which may not have arrived yet. */
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

/* Moves the part of s before its first space into *word. Without a space, *word is all of s, and
 * the result is false. */
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
	int status = guard_method_check(head, word);
	if (status != 0)
		return status;
	bool has_version = cut_word(&line, &target);
	if (!ascii_all(ASCII_VCHAR, target) || !target_valid(target))
		return 400;
	/* RFC 9112 3.2.4. */
	if (target.ptr[0] == '*' && head->method != METHOD_OPTIONS)
		return 400;
	/* A request line without a version is HTTP/0.9 (RFC 1945 4.1). It has no fields, so it is
	 * answered at once. */
	status = has_version ? check_version(head, line) : 505;
	head->has_line = status == 0;
	return status;
}

/* RFC 9112 3.2: exactly one valid Host field. check_end checks that it is present. */
static int check_host(struct guard_head *head, struct str value)
{
	if (head->has_host || !target_host_valid(value))
		return 400;
	head->has_host = true;
	return 0;
}

/* RFC 9110 8.6: digits. A list of equal values may be refused, and is. */
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

/* RFC 9112 6.1: chunked, once, and only in HTTP/1.1. Any other coding is 501, even if chunked
 * follows it. */
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

/* The fields that say where a message ends and which host it is for. "_" does not match "-":
 * Content_Length is an unknown field. */
static const struct {
	struct str name;
	int (*check)(struct guard_head *head, struct str value);
} checked_fields[] = {
	{ STR_INIT("host"), check_host },
	{ STR_INIT("content-length"), check_content_length },
	{ STR_INIT("transfer-encoding"), check_transfer_encoding },
};

/* RFC 9112 6.3: both fields in one message "ought to be handled as an error", because it is a way
 * to smuggle requests. */
static int check_lengths(const struct guard_head *head)
{
	return head->chunked && head->has_length ? 400 : 0;
}

/* field-line = field-name ":" OWS field-value OWS (RFC 9112 5). A space before the colon is refused
 * (5.1), and so are folded lines (5.2): a line that begins with a blank has no name. */
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

/* At the empty line: checks that concern several fields. */
static int check_end(struct guard_head *head, const struct http_limits *limits)
{
	head->complete = true;
	/* RFC 9112 3.2. */
	if (!head->has_host && head->minor > 0)
		return 400;
	/* Not checked earlier, because the answer depends on other fields (Origin, X-Request-ID).
	 */
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

/* Reads the current line, up to its end. */
static int read_line(struct guard_head *head, const struct http_limits *limits, struct str bytes)
{
	size_t limit = line_limit(head, limits), have = bytes.len - head->size;
	struct str line, came = { bytes.ptr + head->size, have < limit ? have : limit };

	/* No room is left for the empty line. */
	if (limit < strlen("\r\n"))
		return 431;
	int status = next_line(head, limit, came, &line);

	if (line.ptr) {
		came.len = line.len + strlen("\r\n");
		status = check_line(head, limits, line);
		if (status == 0)
			return 0;
	}
	int earlier = guard_prefix_check(head, limits, came);
	return earlier != 0 ? earlier : status;
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
