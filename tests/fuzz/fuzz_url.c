/*
 * Uses the input as a URL. A normal form must be ASCII, accepted again and its own normal form.
 */
#include "url.h"
#include "utf8.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require_normal(struct arena *arena, struct str url)
{
	struct str again;
	const char *reason;

	for (size_t i = 0; i < url.len; i++)
		if (url.ptr[i] <= ' ' || url.ptr[i] > '~')
			abort();
	if (url_parse(arena, url, &again, &reason) != URL_OK || !str_equal(again, url))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct str input = { (const char *)data, size }, url;
	const char *reason = "";

	if (!utf8_valid(input, UTF8_STRICT))
		return -1;
	switch (url_parse(&arena, input, &url, &reason)) {
	case URL_OK:
		require_normal(&arena, url);
		break;
	case URL_INVALID:
		if (*reason == '\0')
			abort();
		break;
	default:
		break;
	}
	arena_done(&arena);
	return 0;
}
