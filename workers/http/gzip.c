#include "gzip.h"

#include "log.h"

#include <assert.h>
#include <stdlib.h>
#include <zlib.h>

enum {
	LEVEL = 1,
	WINDOW_BITS = -15, /* raw deflate, window of 32 KiB */
	MEM_LEVEL = 8,
	FLUSH_MAX = 16 /* most bytes of a sync flush; zlib needs some unused space after it */
};

struct gzip {
	z_stream stream;
};

struct gzip *gzip_new(void)
{
	struct gzip *g = calloc(1, sizeof(*g));

	if (!g || deflateInit2(&g->stream, LEVEL, Z_DEFLATED, WINDOW_BITS, MEM_LEVEL,
			  Z_DEFAULT_STRATEGY) != Z_OK)
		log_die("out of memory for gzip");
	return g;
}

void gzip_free(struct gzip *g)
{
	if (!g)
		return;
	deflateEnd(&g->stream);
	free(g);
}

void gzip_begin(struct gzip_member *m, struct buf *out)
{
	/* RFC 1952 2.3: deflate, no flags, no time, fastest algorithm, Unix. */
	static const unsigned char header[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 3 };

	*m = (struct gzip_member){ 0 };
	buf_append(out, header, sizeof(header));
}

void gzip_add(struct gzip *g, struct gzip_member *m, struct buf *out, struct str part)
{
	z_stream *z = &g->stream;

	if (part.len == 0)
		return;
	size_t room = deflateBound(z, part.len) + FLUSH_MAX;
	char *place = buf_reserve(out, room);
	if (!place)
		return;
	deflateReset(z);
	z->next_in = (Bytef *)(uintptr_t)part.ptr;
	z->avail_in = (uInt)part.len;
	z->next_out = (Bytef *)place;
	z->avail_out = (uInt)room;
	deflate(z, Z_SYNC_FLUSH);
	assert(z->avail_in == 0 && z->avail_out > 0);
	buf_commit(out, room - z->avail_out);
	m->crc = (uint32_t)crc32(m->crc, (const Bytef *)part.ptr, (uInt)part.len);
	m->size += (uint32_t)part.len;
}

static void put_little_endian(struct buf *out, uint32_t number)
{
	for (int i = 0; i < 4; i++, number >>= 8)
		buf_char(out, (char)(number & 0xff));
}

void gzip_end(const struct gzip_member *m, struct buf *out)
{
	/* An empty last block. */
	buf_append(out, "\x03", 2);
	put_little_endian(out, m->crc);
	put_little_endian(out, m->size);
}

uint32_t gzip_text_size(struct str member)
{
	const unsigned char *size = (const unsigned char *)member.ptr + member.len - 4;

	return size[0] | (uint32_t)size[1] << 8 | (uint32_t)size[2] << 16 | (uint32_t)size[3] << 24;
}
