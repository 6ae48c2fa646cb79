#include "gunzip.h"

#include "buf.h"
#include "suite.h"

#include <zlib.h>

enum { STEP = 64 * 1024, GZIP_ONLY = 15 + 16 };

struct str gunzip(struct arena *arena, struct str packed)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)packed.ptr, .avail_in = (uInt)packed.len };
	struct buf text;
	int rc;

	buf_init(&text, SIZE_MAX / 2);
	ck_assert_int_eq(inflateInit2(&z, GZIP_ONLY), Z_OK);
	do {
		z.next_out = (Bytef *)buf_reserve(&text, STEP);
		z.avail_out = STEP;
		ck_assert_ptr_nonnull(z.next_out);
		rc = inflate(&z, Z_NO_FLUSH);
		buf_commit(&text, STEP - z.avail_out);
	} while (rc == Z_OK);
	inflateEnd(&z);
	ck_assert_int_eq(rc, Z_STREAM_END);
	ck_assert_uint_eq(z.avail_in, 0);
	struct str copy = arena_copy(arena, buf_view(&text));
	buf_done(&text);
	return copy;
}
