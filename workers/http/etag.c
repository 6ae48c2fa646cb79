#include "etag.h"

#include "ascii.h"

enum { DIGITS = 16 };

#define NAME STR("etag: ")

struct str etag_fields(struct arena *arena, uint64_t digest, struct str suffix, struct str more)
{
	struct str before = STR("etag: \""), after = STR("\"\r\n");
	size_t len = before.len + DIGITS + suffix.len + after.len + more.len;
	char *lines = arena_alloc(arena, len), *place = lines;

	place = mempcpy(place, before.ptr, before.len);
	ascii_write_hex(place, digest);
	place = mempcpy(place + DIGITS, suffix.ptr, suffix.len);
	place = mempcpy(place, after.ptr, after.len);
	memcpy(place, more.ptr, more.len);
	return (struct str){ lines, len };
}

/* Takes the first tag off a list, without W/ but with its quotes. OWS and empty elements may
 * precede it (RFC 9110 5.6.1.2). Returns false if none is left, or what follows is not a tag. */
static bool take_tag(struct str *list, struct str *tag, bool *weak)
{
	struct str s = *list;

	while (s.len > 0 && (s.ptr[0] == ',' || s.ptr[0] == ' ' || s.ptr[0] == '\t'))
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

/* The tag in these header lines, with its quotes. */
static struct str tag_of(struct str fields)
{
	struct str tag = str_from_index(fields, NAME.len);
	const char *end = memchr(tag.ptr, '\r', tag.len);

	return (struct str){ tag.ptr, end ? (size_t)(end - tag.ptr) : tag.len };
}

bool etag_is_listed(struct str list, struct str fields)
{
	struct str own = tag_of(fields), tag;
	bool weak;

	while (take_tag(&list, &tag, &weak))
		if (str_equal(tag, own))
			return true;
	return false;
}

/* Returns false if the tag does not have the form of this server's tags. */
static bool read_digest(struct str tag, uint64_t *digest)
{
	*digest = 0;
	if (tag.len < DIGITS + 2)
		return false;
	struct str suffix = { tag.ptr + 1 + DIGITS, tag.len - DIGITS - 2 };
	if (suffix.len > 0 && !str_equal(suffix, ETAG_GZIP))
		return false;
	for (size_t i = 1; i <= DIGITS; i++) {
		/* Tags are compared byte by byte: upper-case digits make a different tag. */
		if (!ascii_is(ASCII_HEX, tag.ptr[i]) || (tag.ptr[i] >= 'A' && tag.ptr[i] <= 'F'))
			return false;
		*digest = *digest << 4 | ascii_hex_value(tag.ptr[i]);
	}
	return true;
}

uint64_t etag_digest(struct str fields)
{
	uint64_t digest;

	return read_digest(tag_of(fields), &digest) ? digest : 0;
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
