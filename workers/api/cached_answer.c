#include "cached_answer.h"

#include "answers.h"
#include "content_coding.h"
#include "etag.h"

static bool answer_entry(struct exchange *x, struct cache_entry *entry)
{
	answer_shown(
		x, x->route.operation->status, cache_fields(entry), ANSWER_JSON, cache_text(entry));
	x->response.body_owner = cache_pinnable(entry);
	return true;
}

/* Compresses a cached answer and caches the result too. False: out of memory. Not inlined, as it is
 * rare. */
__attribute__((noinline)) static bool answer_packed(
	struct exchange *x, const struct cache_entry *entry)
{
	struct generation_stamp stamp = cache_stamp_of(entry);
	struct str text = cache_text(entry);
	struct str fields =
		content_coding_fields(x, etag_digest(cache_fields(entry)), CODING_GZIP, text.len);
	struct str packed = content_coding_pack(x, text, true);

	if (x->packed.failed)
		return false;
	cache_put(x->service->cache, &x->command, CODING_GZIP, &stamp, fields, packed);
	return answer_shown(x, x->route.operation->status, fields, ANSWER_JSON, packed);
}

/* The entry from which the request is answered, in gzip or to be compressed; NULL: none. */
static struct cache_entry *find(const struct exchange *x)
{
	struct cache *cache = x->service->cache;
	struct cache_entry *entry = NULL;

	if (x->pack_from < SIZE_MAX)
		entry = cache_find(cache, &x->command, CODING_GZIP);
	/* A short text may be cached in gzip, for clients that refuse it uncompressed. */
	if (entry && gzip_text_size(cache_text(entry)) >= x->pack_from)
		return entry;
	entry = cache_find(cache, &x->command, CODING_NONE);
	/* A text that takes too long to compress comes from dbd once more, in parts. */
	if (entry && cache_text(entry).len >= x->pack_from && cache_text(entry).len > GZIP_PART_MAX)
		return NULL;
	return entry;
}

bool cached_answer_exists(const struct exchange *x)
{
	return find(x) != NULL;
}

bool cached_answer(struct exchange *x)
{
	struct cache_entry *entry = find(x);

	if (!entry)
		return false;
	if (cache_coding(entry) == CODING_NONE && cache_text(entry).len >= x->pack_from)
		return answer_packed(x, entry);
	return answer_entry(x, entry);
}
