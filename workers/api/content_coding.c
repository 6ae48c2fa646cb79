#include "content_coding.h"

#include "accept_encoding.h"
#include "digest.h"
#include "etag.h"

enum { PART_KEPT = 256 * 1024 /* bytes of x->packed that stay allocated between parts */ };

size_t content_coding_gzip_from(struct exchange *x)
{
	if (!(x->fields.seen & HTTP_ACCEPT_ENCODING))
		return SIZE_MAX;
	struct str field = http_field(&x->fields, HTTP_ACCEPT_ENCODING, &x->arena);
	unsigned identity = accept_encoding_weight(field, STR("identity"));
	unsigned gzip = accept_encoding_weight(field, STR("gzip"));
	if (gzip == 0 || gzip < identity)
		return SIZE_MAX;
	return identity > 0 ? GZIP_LEAST : 0;
}

/* The link to the next page (RFC 8288). Its target is a query alone, so that it holds under any
 * prefix of the path. */
static struct str link_field(struct exchange *x)
{
	return arena_printf(&x->arena, "link: <?after_id=%lld&limit=%u>; rel=\"next\"\r\n",
		(long long)x->rows.page_last, x->page.limit);
}

struct str content_coding_fields(
	struct exchange *x, uint64_t digest, enum coding coding, size_t size)
{
	bool packed = coding == CODING_GZIP, varies = x->service->gzip && size >= GZIP_LEAST;
	struct str further = packed ? GZIP_FIELDS : varies ? GZIP_VARY : STR("");

	/* The count and the link are part of the representation, hence of its ETag. */
	if (x->rows.total >= 0 && x->page.kind == PAGE_AFTER) {
		digest = digest_number(digest, (uint64_t)x->rows.total);
		further = arena_printf(&x->arena, "x-total-count: %lld\r\n%.*s",
			(long long)x->rows.total, STR_ARGS(further));
	}
	if (x->rows.page_more) {
		struct str link = link_field(x);
		digest = digest_bytes(digest, link);
		further = arena_printf(&x->arena, "%.*s%.*s", STR_ARGS(link), STR_ARGS(further));
	}
	return etag_fields(&x->arena, digest, packed ? ETAG_GZIP : STR(""), further);
}

struct str content_coding_pack(struct exchange *x, struct str text, bool last)
{
	buf_reset(&x->packed, PART_KEPT);
	if (!x->parted)
		gzip_begin(&x->member, &x->packed);
	gzip_add(x->service->gzip, &x->member, &x->packed, text);
	if (last)
		gzip_end(&x->member, &x->packed);
	return buf_view(&x->packed);
}
