#include "codec.h"
#include "codec_args.h"

#include <msgpack.h>

/* Inlined, so that the compiler can inline the callback of msgpack-c, which is called for
 * every few bytes. */

#define PACKER inline __attribute__((always_inline))

static PACKER int pack_bytes(void *out, const char *bytes, size_t n)
{
	buf_append(out, bytes, n);
	return 0; /* the buffer's failure is sticky */
}

static msgpack_packer packer(struct buf *out)
{
	return (msgpack_packer){ .data = out, .callback = pack_bytes };
}

static PACKER void pack_str(msgpack_packer *pk, struct str s)
{
	msgpack_pack_str(pk, s.len);
	msgpack_pack_str_body(pk, s.ptr, s.len);
}

static PACKER void pack_value(msgpack_packer *pk, const struct value *v)
{
	switch (v->kind) {
	case VALUE_NULL:
		msgpack_pack_nil(pk);
		break;
	case VALUE_INT:
		msgpack_pack_int64(pk, v->integer);
		break;
	case VALUE_STR:
		pack_str(pk, v->text);
		break;
	case VALUE_NUMBER:
		msgpack_pack_double(pk, v->number);
		break;
	case VALUE_ZONED:
		msgpack_pack_array(pk, 2);
		msgpack_pack_int64(pk, v->integer);
		msgpack_pack_int32(pk, v->offset);
		break;
	case VALUE_REFUSED:
		msgpack_pack_false(pk);
		break;
	}
}

/* Writes without checks: the caller has reserved the room. */
static PACKER int put_bytes(void *next, const char *bytes, size_t n)
{
	char **place = next;

	if (n > 0)
		memcpy(*place, bytes, n);
	*place += n;
	return 0;
}

/* The common case, a record with all fields, avoids counting bits. */
static PACKER uint32_t count_present(const struct record *r)
{
	return r->present == record_all(r->resource) ? resource_columns(r->resource)
						     : (uint32_t)__builtin_popcountll(r->present);
}

/* [present, value of each present field, in the resource's order] */
static PACKER void pack_values(msgpack_packer *pk, const struct record *r, uint32_t count)
{
	msgpack_pack_array(pk, 1 + count);
	msgpack_pack_uint64(pk, r->present);
	const struct value *v = r->values;
	for (uint64_t present = r->present; present != 0; present >>= 1, v++)
		if (present & 1)
			pack_value(pk, v);
}

static PACKER void pack_record(msgpack_packer *pk, const struct record *r)
{
	pack_values(pk, r, count_present(r));
}

static void pack_resource_arg(msgpack_packer *pk, const struct command *c)
{
	msgpack_pack_unsigned_int(pk, c->resource->number);
}

static void pack_page_arg(msgpack_packer *pk, const struct command *c)
{
	if (c->page.kind == PAGE_WHOLE) {
		msgpack_pack_nil(pk);
		return;
	}
	msgpack_pack_array(pk, codec_page_sizes[c->page.kind]);
	msgpack_pack_int64(pk, c->page.after);
	msgpack_pack_uint32(pk, c->page.limit);
	if (c->page.kind != PAGE_SLICE)
		msgpack_pack_unsigned_int(pk, c->page.count);
	if (c->page.kind == PAGE_FILTERED)
		pack_values(pk, &c->record, (uint32_t)__builtin_popcountll(c->record.present));
}

/* Of a row of r; NULL: there is none. */
static void pack_key(msgpack_packer *pk, const struct resource *r, struct key key)
{
	char bytes[KEY_BYTES];

	if (!r || !resource_has_uuids(r)) {
		msgpack_pack_int64(pk, key_integer(key));
		return;
	}
	key_put(key, bytes);
	msgpack_pack_bin(pk, sizeof(bytes));
	msgpack_pack_bin_body(pk, bytes, sizeof(bytes));
}

static void pack_key_arg(msgpack_packer *pk, const struct command *c)
{
	pack_key(pk, c->resource, c->key);
}

static void pack_parent_arg(msgpack_packer *pk, const struct command *c)
{
	pack_key(pk, c->resource->parent, c->parent);
}

static void pack_links_arg(msgpack_packer *pk, const struct command *c)
{
	msgpack_pack_unsigned_int(pk, c->links);
}

static void pack_linked_arg(msgpack_packer *pk, const struct command *c)
{
	const struct links *links = c->resource->fields[c->links].links;

	pack_key(pk, links ? links->to : NULL, c->linked);
}

static void pack_record_arg(msgpack_packer *pk, const struct command *c)
{
	pack_record(pk, &c->record);
}

static void pack_match_arg(msgpack_packer *pk, const struct command *c)
{
	if (c->match.ptr)
		pack_str(pk, c->match);
	else
		msgpack_pack_nil(pk);
}

static void (*const command_packers[ARG__COUNT])(msgpack_packer *, const struct command *) = {
	[ARG_RESOURCE] = pack_resource_arg,
	[ARG_PAGE] = pack_page_arg,
	[ARG_KEY] = pack_key_arg,
	[ARG_PARENT] = pack_parent_arg,
	[ARG_RECORD] = pack_record_arg,
	[ARG_LINKS] = pack_links_arg,
	[ARG_LINKED] = pack_linked_arg,
	[ARG_MATCH] = pack_match_arg,
};

void codec_encode_hello(struct buf *out, uint64_t fingerprint, uint32_t readers)
{
	msgpack_packer pk = packer(out);
	size_t begin = frame_begin(out);

	msgpack_pack_array(&pk, 4);
	pack_str(&pk, STR(CODEC_MAGIC));
	msgpack_pack_unsigned_int(&pk, PROTOCOL_VERSION);
	msgpack_pack_uint64(&pk, fingerprint);
	msgpack_pack_uint32(&pk, readers);
	frame_end(out, begin);
}

void codec_encode_call(struct buf *out, const struct command *c, uint64_t id, uint64_t deadline)
{
	msgpack_packer pk = packer(out);
	const enum arg *args = codec_action_args[c->action];
	uint32_t nargs = codec_count_args(args);
	size_t begin = frame_begin(out);

	msgpack_pack_array(&pk, 3 + nargs + (c->request.len > 0));
	msgpack_pack_uint64(&pk, id);
	msgpack_pack_uint64(&pk, deadline);
	msgpack_pack_unsigned_int(&pk, c->action);
	for (uint32_t i = 0; i < nargs; i++)
		command_packers[args[i]](&pk, c);
	if (c->request.len > 0)
		pack_str(&pk, c->request);
	frame_end(out, begin);
}

void codec_encode_command(struct buf *out, const struct command *c)
{
	codec_encode_call(out, c, c->id, c->deadline);
}

void codec_encode_demand(struct buf *out, uint64_t id, enum demand demand)
{
	msgpack_packer pk = packer(out);
	size_t begin = frame_begin(out);

	msgpack_pack_array(&pk, 2);
	msgpack_pack_uint64(&pk, id);
	msgpack_pack_unsigned_int(&pk, demand);
	frame_end(out, begin);
}

void codec_encode_confirm(struct buf *out, uint64_t id, uint64_t deadline)
{
	msgpack_packer pk = packer(out);
	size_t begin = frame_begin(out);

	msgpack_pack_array(&pk, 3);
	msgpack_pack_uint64(&pk, id);
	msgpack_pack_uint64(&pk, deadline);
	msgpack_pack_str(&pk, sizeof(CODEC_CONFIRM) - 1);
	msgpack_pack_str_body(&pk, CODEC_CONFIRM, sizeof(CODEC_CONFIRM) - 1);
	frame_end(out, begin);
}

static msgpack_packer begin_reply(struct buf *out, uint64_t id, enum status status)
{
	msgpack_packer pk = packer(out);

	msgpack_pack_array(&pk, 2 + codec_count_args(codec_status_args[status]));
	msgpack_pack_uint64(&pk, id);
	msgpack_pack_unsigned_int(&pk, status);
	return pk;
}

void codec_encode_done(struct buf *out, uint64_t id)
{
	size_t begin = frame_begin(out);

	begin_reply(out, id, STATUS_DONE);
	frame_end(out, begin);
}

void codec_encode_bye(struct buf *out)
{
	size_t begin = frame_begin(out);

	begin_reply(out, 0, STATUS_BYE);
	frame_end(out, begin);
}

void codec_encode_fault(struct buf *out, uint64_t id, enum fault fault,
	const struct resource *resource, uint64_t fields)
{
	size_t begin = frame_begin(out);
	msgpack_packer pk = begin_reply(out, id, STATUS_FAULT);

	msgpack_pack_unsigned_int(&pk, fault);
	msgpack_pack_unsigned_int(&pk, resource->number);
	msgpack_pack_uint64(&pk, fields);
	frame_end(out, begin);
}

void codec_rows_begin(struct rows_writer *w, struct buf *out, uint64_t id,
	const struct resource *resource, int64_t total)
{
	*w = (struct rows_writer){ .out = out, .frame = frame_begin(out) };
	msgpack_packer pk = begin_reply(out, id, STATUS_ROWS);

	w->more = buf_len(out);
	msgpack_pack_unsigned_int(&pk, MORE_NO);
	msgpack_pack_unsigned_int(&pk, resource->number);
	msgpack_pack_int64(&pk, total);
	/* an array 32, because the number of rows is not known yet */
	buf_append(out, "\xdd\0\0\0\0", 5);
	w->rows = buf_len(out) - 4;
}

size_t codec_row_size(const struct record *row)
{
	/* The most bytes of the head of a row, and of a value without its text. The longest value
	 * is a date with a zone, which is an array of two numbers. */
	enum { ROW_HEAD = 12, VALUE_HEAD = 15 };
	size_t size = ROW_HEAD;
	const struct value *v = row->values;

	for (uint64_t present = row->present; present != 0; present >>= 1, v++) {
		size += VALUE_HEAD;
		if (present & 1 && v->kind == VALUE_STR)
			size += v->text.len;
	}
	return size;
}

void codec_encode_row(struct buf *out, const struct record *row)
{
	char *room = buf_reserve(out, codec_row_size(row)), *next = room;
	msgpack_packer pk = { .data = &next, .callback = put_bytes };

	if (!room)
		return;
	pack_record(&pk, row);
	buf_commit(out, (size_t)(next - room));
}

/* A mark among the rows says whose those are that follow. Not inlined, as it is rare. */
__attribute__((noinline)) static void put_mark(struct rows_writer *w, const struct member *embed)
{
	msgpack_packer pk = packer(w->out);

	if (embed)
		msgpack_pack_unsigned_int(&pk, embed->number);
	else
		msgpack_pack_nil(&pk);
	w->embed = embed;
	w->count++;
}

void codec_rows_add(struct rows_writer *w, const struct member *embed, const struct record *row)
{
	if (embed != w->embed)
		put_mark(w, embed);
	codec_encode_row(w->out, row);
	w->count++;
}

size_t codec_rows_size(const struct rows_writer *w)
{
	return buf_len(w->out) - w->frame;
}

void codec_rows_end(struct rows_writer *w, enum more more)
{
	if (w->out->failed)
		return;
	unsigned char *p = (unsigned char *)w->out->data + w->out->start;
	p[w->more] = (unsigned char)more;
	p[w->rows] = (unsigned char)(w->count >> 24);
	p[w->rows + 1] = (unsigned char)(w->count >> 16);
	p[w->rows + 2] = (unsigned char)(w->count >> 8);
	p[w->rows + 3] = (unsigned char)w->count;
	frame_end(w->out, w->frame);
}

void codec_rows_abandon(struct rows_writer *w)
{
	buf_truncate(w->out, w->frame);
}
