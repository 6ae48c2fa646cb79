/*
 * Uses the input as a declaration. It is accepted or refused with one line. If it is accepted, its
 * canonical form is read back equal.
 */
#include "declaration.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_line(const struct buf *error)
{
	struct str line = buf_view(error);

	require(line.len > 0 && !error->failed);
	require(!memchr(line.ptr, '\n', line.len) && !memchr(line.ptr, '\0', line.len));
	require(str_starts(line, STR("fuzz.json:")));
}

/* Written in one of two forms and read back, it is the same. */
static void check_form(const struct api *once,
	void (*write_form)(struct buf *out, const struct api *a), struct buf *error)
{
	struct buf first, second;

	buf_init(&first, DECLARATION_CANONICAL_MOST);
	buf_init(&second, DECLARATION_CANONICAL_MOST);
	write_form(&first, once);
	require(!first.failed);
	struct api *twice = declaration_read_canonical(buf_view(&first), "canonical", error);
	require(twice != NULL && twice->fingerprint == once->fingerprint);
	write_form(&second, twice);
	require(str_equal(buf_view(&first), buf_view(&second)));
	declaration_free(twice);
	buf_done(&first);
	buf_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf error;

	buf_init(&error, DECLARATION_MOST);
	struct api *api_read =
		declaration_read((struct str){ (const char *)data, size }, "fuzz.json", &error);
	if (api_read) {
		check_form(api_read, declaration_write, &error);
		check_form(api_read, declaration_write_brief, &error);
	} else {
		check_line(&error);
	}
	declaration_free(api_read);
	buf_done(&error);
	return 0;
}
