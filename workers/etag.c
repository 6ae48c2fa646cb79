#include "etag.h"

#include "ascii.h"
#include "resource.h"

enum { DIGITS = 16 };

#define BEFORE STR("etag: ")

/* The JSON follows from the declarations as much as from the rows. A worker has one thread. */
static uint64_t of_declarations(void)
{
	static uint64_t fingerprint;

	if (fingerprint == 0)
		fingerprint = resource_fingerprint(resources, nresources);
	return fingerprint;
}

void etag_write(char line[ETAG_LINE], uint64_t digest)
{
	static const char digits[] = "0123456789abcdef";
	const struct str like = STR(ETAG_LIKE);
	uint64_t left = digest ^ of_declarations();

	memcpy(line, like.ptr, like.len);
	for (int i = DIGITS; i-- > 0; left >>= 4)
		line[BEFORE.len + 1 + (size_t)i] = digits[left & 0xf];
}

/* Takes the first tag off a list, without W/ but with its quotes. False: none is left, or what
 * follows is no tag. */
static bool take_tag(struct str *list, struct str *tag, bool *weak)
{
	struct str s = *list;

	while (s.len > 0 && (s.ptr[0] == ',' || s.ptr[0] == ' '))
		s = str_from_index(s, 1);
	*weak = str_starts(s, STR("W/"));
	if (*weak)
		s = str_from_index(s, 2);
	if (!str_starts(s, STR("\"")))
		return false;
	const char *end = memchr(s.ptr + 1, '"', s.len - 1);
	if (!end)
		return false;
	*tag = (struct str){ s.ptr, (size_t)(end + 1 - s.ptr) };
	*list = ascii_trim(str_from_index(s, tag->len));
	return list->len == 0 || list->ptr[0] == ',';
}

bool etag_is_listed(struct str list, struct str line)
{
	struct str own = { line.ptr + BEFORE.len, ETAG_LINE - BEFORE.len - 2 }, tag;
	bool weak;

	while (take_tag(&list, &tag, &weak))
		if (str_equal(tag, own))
			return true;
	return false;
}

/* False: none of ours. */
static bool read_digest(struct str tag, uint64_t *digest)
{
	*digest = 0;
	if (tag.len != DIGITS + 2)
		return false;
	for (size_t i = 1; i <= DIGITS; i++) {
		/* Upper-case digits make another tag. */
		if (!ascii_is(ASCII_HEX, tag.ptr[i]) || (tag.ptr[i] >= 'A' && tag.ptr[i] <= 'F'))
			return false;
		*digest = *digest << 4 | ascii_hex_value(tag.ptr[i]);
	}
	*digest ^= of_declarations();
	return true;
}

struct str etag_digests(struct arena *arena, struct str list)
{
	char *digests = arena_alloc(arena, list.len + 1); /* a tag is longer than a digest */
	size_t len = 0;
	struct str tag;
	uint64_t digest;
	bool weak;

	if (str_equal(list, STR("*")))
		return (struct str){ NULL, 0 };
	while (take_tag(&list, &tag, &weak)) {
		if (weak || !read_digest(tag, &digest))
			continue;
		memcpy(digests + len, &digest, sizeof(digest));
		len += sizeof(digest);
	}
	return (struct str){ digests, len };
}
