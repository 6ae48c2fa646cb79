/*
 * A list of entity tags as If-Match and If-None-Match have it. The input's first eight bytes are a
 * digest; in the rest, P stands for its tag, Z for its tag in gzip. A slower reader that follows
 * RFC 9110's grammar must find the same tags.
 */
#include "ascii.h"
#include "buf.h"
#include "etag.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 1 << 20, TAGS_MAX = 4096 };

struct own {
	uint64_t digest;
	struct str plain, gzip; /* header lines */
};

/* A list, read tag by tag. */
struct tags {
	struct str list[TAGS_MAX]; /* with their quotes */
	bool weak[TAGS_MAX];
	size_t count;
	bool whole; /* all of the text is a list */
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static struct str tag_in(struct str lines)
{
	const char *from = memchr(lines.ptr, '"', lines.len);
	const char *end = memchr(from + 1, '"', lines.len - (size_t)(from + 1 - lines.ptr));

	return (struct str){ from, (size_t)(end + 1 - from) };
}

static struct own make_own(struct arena *arena, uint64_t digest)
{
	return (struct own){ digest, etag_fields(arena, digest, STR(""), STR("vary: x\r\n")),
		etag_fields(arena, digest, ETAG_GZIP, STR("")) };
}

static struct str spell_out(struct arena *arena, struct str pattern, const struct own *own)
{
	struct buf out;

	buf_init(&out, TEXT_MAX);
	for (size_t i = 0; i < pattern.len; i++)
		if (pattern.ptr[i] == 'P')
			buf_str(&out, tag_in(own->plain));
		else if (pattern.ptr[i] == 'Z')
			buf_str(&out, tag_in(own->gzip));
		else
			buf_char(&out, pattern.ptr[i]);
	struct str text = arena_copy(arena, buf_view(&out));
	buf_done(&out);
	return text;
}

/*
 * The slower reader: [ element ] *( OWS "," OWS [ element ] ), RFC 9110 5.6.1.2, up to the first
 * element that is none. An element is [ "W/" ] DQUOTE *( not DQUOTE ) DQUOTE.
 */

static bool is_tag(struct str element)
{
	return element.len >= 2 && element.ptr[0] == '"' &&
	       memchr(element.ptr + 1, '"', element.len - 1) == element.ptr + element.len - 1;
}

/* The length of what stands before the next comma outside of quotes. */
static size_t element_length(struct str text)
{
	bool quoted = false;
	size_t n = 0;

	while (n < text.len && (quoted || text.ptr[n] != ','))
		quoted ^= text.ptr[n++] == '"';
	return n;
}

static void read_tags(struct str text, struct tags *tags)
{
	tags->count = 0;
	tags->whole = false;
	while (text.len > 0) {
		size_t n = element_length(text);
		struct str element = ascii_trim((struct str){ text.ptr, n });
		bool weak = str_starts(element, STR("W/"));
		if (weak)
			element = str_from_index(element, 2);
		if (weak || element.len > 0) {
			if (!is_tag(element) || tags->count == TAGS_MAX)
				return;
			tags->weak[tags->count] = weak;
			tags->list[tags->count++] = element;
		}
		text = str_from_index(text, n < text.len ? n + 1 : n);
	}
	tags->whole = true;
}

/* Comparisons */

static bool has_tag(const struct tags *tags, struct str tag)
{
	for (size_t i = 0; i < tags->count; i++)
		if (str_equal(tags->list[i], tag))
			return true;
	return false;
}

static bool is_of_digest(struct arena *arena, struct str tag, uint64_t digest)
{
	struct own own = make_own(arena, digest);

	return str_equal(tag, tag_in(own.plain)) || str_equal(tag, tag_in(own.gzip));
}

/* Each digest is that of the next strong tag of ours. */
static void check_digests(
	struct arena *arena, const struct tags *tags, struct str digests, uint64_t own)
{
	uint64_t digest;
	size_t at = 0;

	require(digests.len % sizeof(digest) == 0);
	for (size_t i = 0; i < tags->count; i++) {
		if (tags->weak[i])
			continue;
		bool more = at < digests.len;
		if (more)
			memcpy(&digest, digests.ptr + at, sizeof(digest));
		if (more && is_of_digest(arena, tags->list[i], digest))
			at += sizeof(digest);
		else
			require(!is_of_digest(arena, tags->list[i], own));
	}
	require(at == digests.len);
}

static void check_list(struct arena *arena, struct str text, const struct own *own)
{
	static struct tags tags;
	struct str digests = etag_digests(arena, text);

	read_tags(text, &tags);
	if (tags.count == TAGS_MAX)
		return;
	require(etag_is_listed(text, own->plain) == has_tag(&tags, tag_in(own->plain)));
	require(etag_is_listed(text, own->gzip) == has_tag(&tags, tag_in(own->gzip)));
	require((digests.ptr == NULL) == str_equal(text, STR("*")));
	check_digests(arena, &tags, digests, own->digest);
	/* A tag more at the end is read if and only if all before it is a list. */
	struct str longer = spell_out(arena, STR(" ,\tP"), own);
	longer = arena_printf(arena, "%.*s%.*s", STR_ARGS(text), STR_ARGS(longer));
	if (memchr(text.ptr, '\0', text.len) == NULL && !has_tag(&tags, tag_in(own->plain)))
		require(etag_is_listed(longer, own->plain) == tags.whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	uint64_t digest;

	if (size < sizeof(digest))
		return 0;
	memcpy(&digest, data, sizeof(digest));
	struct own own = make_own(&arena, digest);
	require(etag_digest(own.plain) == digest && etag_digest(own.gzip) == digest);
	struct str pattern = { (const char *)data + sizeof(digest), size - sizeof(digest) };
	/* http.h hands out values without surrounding blanks. */
	check_list(&arena, ascii_trim(spell_out(&arena, pattern, &own)), &own);
	arena_done(&arena);
	return 0;
}
