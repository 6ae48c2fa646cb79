#include "parts.h"

#include "answers.h"
#include "content_coding.h"

bool parts_are_undecided(const struct exchange *x)
{
	return !x->parted && x->pack_from < SIZE_MAX && buf_len(&x->body) < x->pack_from;
}

/* Puts the answer into the cache, or collects its parts until the last one. */
static void collect(struct exchange *x, bool last, struct str fields, struct str part)
{
	struct cache *cache = x->service->cache;

	if (!x->cacheable)
		return;
	if (last && !x->parted) {
		cache_put(cache, &x->command, x->coding, &x->stamp, fields, part);
		return;
	}
	x->cacheable = cache_gather(cache, x, part);
	if (x->cacheable && last)
		cache_put_gathered(cache, x, &x->command, x->coding, &x->stamp, fields);
}

/* The next part of the text. Compression of a part takes at most GZIP_PART_MAX bytes. */
static struct str take_text(struct exchange *x)
{
	struct str part = x->text;

	if (x->coding == CODING_GZIP && part.len > GZIP_PART_MAX)
		part.len = GZIP_PART_MAX;
	x->text = str_from_index(x->text, part.len);
	return part;
}

/* The header lines of the answer. The ETag needs the digest of all rows, which is known only once
 * the last frame has come. */
static struct str fields_of(struct exchange *x)
{
	if (x->more == MORE_NO)
		/* The first of several parts has said Vary already, whatever the size is. */
		return content_coding_fields(
			x, x->rows.digest, x->coding, x->parted ? SIZE_MAX : buf_len(&x->body));
	if (x->coding == CODING_GZIP)
		return GZIP_FIELDS;
	return x->service->gzip ? GZIP_VARY : STR("");
}

static int status_of(const struct exchange *x)
{
	return x->route.operation->status;
}

static bool answer_part(struct exchange *x, struct str fields)
{
	struct str part = take_text(x);
	bool last = x->more == MORE_NO && x->text.len == 0;

	if (x->coding == CODING_GZIP)
		part = content_coding_pack(x, part, last);
	if (x->body.failed || x->packed.failed)
		return answer_internal_error(x);
	collect(x, last, fields, part);
	if (last && !x->parted)
		return answer_shown(x, status_of(x), fields, ANSWER_JSON, part);
	answer(x, status_of(x), fields, ANSWER_JSON, part);
	x->answered = last;
	x->resting = !last;
	x->parted = true;
	return true;
}

bool parts_answer_next(struct exchange *x)
{
	return answer_part(x, fields_of(x));
}

bool parts_answer(struct exchange *x)
{
	bool whole = x->more == MORE_NO && !x->parted;

	x->text = buf_view(&x->body);
	if (!x->parted)
		x->coding = x->text.len >= x->pack_from ? CODING_GZIP : CODING_NONE;
	struct str fields = fields_of(x);
	/* A 304 is possible only before the first part. */
	if (whole && x->coding == CODING_GZIP && x->text.len > GZIP_PART_MAX &&
		answer_is_known(x, fields))
		return answer_shown(x, status_of(x), fields, ANSWER_JSON, STR(""));
	return answer_part(x, fields);
}
