/*
 * Uses the input as a body: decodes, reads and writes it. The written text must be valid JSON, and
 * reading and writing it again must not change it.
 */
#include "json_read.h"
#include "json_text.h"
#include "json_write.h"
#include "utf8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str write_again(struct arena *arena, struct str text)
{
	const struct json *root;
	struct json_error error;
	struct buf out;

	if (!json_text_decode(arena, text, &text))
		abort();
	if (json_read(arena, text, &root, &error) != JSON_OK)
		abort();
	buf_init(&out, SIZE_MAX / 2);
	json_write(&out, root);
	if (out.failed || !utf8_valid(buf_view(&out), UTF8_STRICT))
		abort();
	struct str written = arena_copy(arena, buf_view(&out));
	buf_done(&out);
	return written;
}

static void check_error(struct str text, const struct json_error *error)
{
	if (!error->message || error->position > text.len)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct str body = { (const char *)data, size };
	struct str text;
	const struct json *root;
	struct json_error error = { 0 };

	arena_init(&arena);
	if (json_text_decode(&arena, body, &text)) {
		enum json_outcome outcome = json_read(&arena, text, &root, &error);
		if (outcome == JSON_SYNTAX)
			check_error(text, &error);
		if (outcome == JSON_OK) {
			struct str first = write_again(&arena, body);
			struct str second = write_again(&arena, first);
			/* Two adjacent escaped lone surrogates are read as one character. */
			if (!memmem(first.ptr, first.len, "\\ud", 3) && !str_equal(first, second))
				abort();
			if (!str_equal(second, write_again(&arena, second)))
				abort();
		}
	}
	arena_done(&arena);
	return 0;
}
