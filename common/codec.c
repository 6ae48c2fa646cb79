#include "codec.h"

#include "log.h"

#include <msgpack.h>
#include <stdlib.h>

#define MAGIC "postern" /* the first element of every hello */

/* The arguments that actions and statuses are made of; a row of encoders or decoders for each. */
enum arg {
	ARG_NONE,
	ARG_RESOURCE,
	ARG_PAGE,
	ARG_KEY,
	ARG_PARENT,
	ARG_RECORD,
	ARG_MATCH,
	ARG_MORE,
	ARG_ROWS,
	ARG_TOTAL,
	ARG_FAULT,
	ARG_FIELDS,
	ARG__COUNT
};

enum { MAX_ARGS = 4 };

static const enum arg action_args[][MAX_ARGS] = {
#define ACTION(name, text, writes, ...) [ACTION_##name] = { __VA_ARGS__ },
#include "command.def"
#undef ACTION
};

static const enum arg status_args[][MAX_ARGS] = {
#define STATUS(name, text, ...) [STATUS_##name] = { __VA_ARGS__ },
#include "reply.def"
#undef STATUS
};

static uint32_t count_args(const enum arg args[MAX_ARGS])
{
	uint32_t n = 0;

	while (n < MAX_ARGS && args[n] != ARG_NONE)
		n++;
	return n;
}

struct codec {
	msgpack_zone zone;
};

struct codec *codec_new(void)
{
	struct codec *codec = malloc(sizeof(*codec));

	if (!codec || !msgpack_zone_init(&codec->zone, MSGPACK_ZONE_CHUNK_SIZE))
		log_die("out of memory for the codec");
	return codec;
}

void codec_free(struct codec *codec)
{
	if (!codec)
		return;
	msgpack_zone_destroy(&codec->zone);
	free(codec);
}

/* Encoding. Inlined, so that the compiler sees which function msgpack-c calls for each few bytes.
 */

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
	}
}

/* [present, value of each field that is present, in the resource's order] */
static PACKER void pack_record(msgpack_packer *pk, const struct record *r)
{
	msgpack_pack_array(pk, 1 + (size_t)__builtin_popcount(r->present));
	msgpack_pack_uint32(pk, r->present);
	for (unsigned i = 0; i < r->resource->nfields; i++)
		if (record_has(r, i))
			pack_value(pk, &r->values[i]);
}

static void pack_resource_arg(msgpack_packer *pk, const struct command *c)
{
	msgpack_pack_unsigned_int(pk, resource_index(c->resource));
}

static void pack_page_arg(msgpack_packer *pk, const struct command *c)
{
	if (c->page.limit == 0) {
		msgpack_pack_nil(pk);
		return;
	}
	msgpack_pack_array(pk, 3);
	msgpack_pack_int64(pk, c->page.after);
	msgpack_pack_uint32(pk, c->page.limit);
	msgpack_pack_unsigned_int(pk, c->page.count);
}

static void pack_key_arg(msgpack_packer *pk, const struct command *c)
{
	msgpack_pack_int64(pk, c->key);
}

static void pack_parent_arg(msgpack_packer *pk, const struct command *c)
{
	msgpack_pack_int64(pk, c->parent);
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
	[ARG_MATCH] = pack_match_arg,
};

void codec_encode_hello(struct buf *out)
{
	msgpack_packer pk = packer(out);
	size_t begin = frame_begin(out);

	msgpack_pack_array(&pk, 3);
	pack_str(&pk, STR(MAGIC));
	msgpack_pack_unsigned_int(&pk, PROTOCOL_VERSION);
	msgpack_pack_uint64(&pk, resource_fingerprint(resources, nresources));
	frame_end(out, begin);
}

void codec_encode_command(struct buf *out, const struct command *c)
{
	msgpack_packer pk = packer(out);
	const enum arg *args = action_args[c->action];
	uint32_t nargs = count_args(args);
	size_t begin = frame_begin(out);

	msgpack_pack_array(&pk, 3 + nargs + (c->request.len > 0));
	msgpack_pack_uint64(&pk, c->id);
	msgpack_pack_uint64(&pk, c->deadline);
	msgpack_pack_unsigned_int(&pk, c->action);
	for (uint32_t i = 0; i < nargs; i++)
		command_packers[args[i]](&pk, c);
	if (c->request.len > 0)
		pack_str(&pk, c->request);
	frame_end(out, begin);
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

static msgpack_packer begin_reply(struct buf *out, uint64_t id, enum status status)
{
	msgpack_packer pk = packer(out);

	msgpack_pack_array(&pk, 2 + count_args(status_args[status]));
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
	const struct resource *resource, uint32_t fields)
{
	size_t begin = frame_begin(out);
	msgpack_packer pk = begin_reply(out, id, STATUS_FAULT);

	msgpack_pack_unsigned_int(&pk, fault);
	msgpack_pack_unsigned_int(&pk, resource_index(resource));
	msgpack_pack_uint32(&pk, fields);
	frame_end(out, begin);
}

void codec_rows_begin(
	struct rows_writer *w, struct buf *out, uint64_t id, const struct resource *resource)
{
	*w = (struct rows_writer){ .out = out, .frame = frame_begin(out), .total = -1 };
	msgpack_packer pk = begin_reply(out, id, STATUS_ROWS);

	w->more = buf_len(out);
	msgpack_pack_unsigned_int(&pk, MORE_NO);
	msgpack_pack_unsigned_int(&pk, resource_index(resource));
	/* array 32, since the number of rows is not known yet */
	buf_append(out, "\xdd\0\0\0\0", 5);
	w->rows = buf_len(out) - 4;
}

void codec_rows_add(struct rows_writer *w, const struct record *row)
{
	msgpack_packer pk = packer(w->out);

	pack_record(&pk, row);
	w->count++;
}

size_t codec_row_size(const struct record *row)
{
	enum { VALUE_HEAD = 9 }; /* bytes that a value takes at most beside its text */
	size_t size = 0;

	for (unsigned i = 0; i < row->resource->nfields; i++)
		size += VALUE_HEAD +
			(row->values[i].kind == VALUE_STR ? row->values[i].text.len : 0);
	return size;
}

size_t codec_rows_size(const struct rows_writer *w)
{
	return buf_len(w->out) - w->frame;
}

void codec_rows_end(struct rows_writer *w, enum more more)
{
	msgpack_packer pk = packer(w->out);

	msgpack_pack_int64(&pk, w->total);
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

/* Decoding: the shape of a payload, before msgpack-c allocates anything that it declares. */

static uint64_t big_endian(const unsigned char *p, size_t n)
{
	uint64_t value = 0;

	while (n-- > 0)
		value = value << 8 | *p++;
	return value;
}

/* What follows a msgpack tag: bytes of a number or of a length, and what the length counts. */
struct tag {
	enum { TAG_REFUSED, TAG_PLAIN, TAG_STR, TAG_ARRAY } type;
	unsigned bytes;
	uint64_t length; /* of a STR or an ARRAY, when it stands in the tag itself */
};

static struct tag tag_of(unsigned char b)
{
	if (b <= 0x7f || b >= 0xe0) /* fixint */
		return (struct tag){ TAG_PLAIN, 0, 0 };
	if (b >= 0x90 && b <= 0x9f) /* fixarray */
		return (struct tag){ TAG_ARRAY, 0, b & 0x0fu };
	if (b >= 0xa0 && b <= 0xbf) /* fixstr */
		return (struct tag){ TAG_STR, 0, b & 0x1fu };
	if (b == 0xc0 || b == 0xc2 || b == 0xc3) /* nil, false, true */
		return (struct tag){ TAG_PLAIN, 0, 0 };
	if (b >= 0xcc && b <= 0xd3) /* uint 8…64, int 8…64 */
		return (struct tag){ TAG_PLAIN, 1u << ((b - 0xcc) & 3), 0 };
	if (b >= 0xd9 && b <= 0xdb) /* str 8, 16, 32 */
		return (struct tag){ TAG_STR, 1u << (b - 0xd9), 0 };
	if (b == 0xdc || b == 0xdd) /* array 16, 32 */
		return (struct tag){ TAG_ARRAY, b == 0xdc ? 2 : 4, 0 };
	return (struct tag){ TAG_REFUSED, 0,
		0 }; /* the protocol has no maps, floats, binaries, ext */
}

/* Values of a frame. The longest frame that we send has one row for each few bytes of 64 KiB;
 * msgpack-c needs 24 bytes for each. */
enum { VALUES_MAX = 256 * 1024 };

/* Is this one msgpack value of the few types we use, whole, with no byte behind it? Every element
 * that an array declares takes at least a byte, so none may declare more than is left. */
static bool is_well_formed(struct str payload)
{
	const unsigned char *p = (const unsigned char *)payload.ptr;
	const unsigned char *end = p + payload.len;
	uint64_t values = 1; /* still to come */
	size_t seen = 0;

	while (values > 0) {
		if (values > (uint64_t)(end - p) || seen++ > VALUES_MAX)
			return false;
		struct tag tag = tag_of(*p++);
		if (tag.type == TAG_REFUSED || (size_t)(end - p) < tag.bytes)
			return false;
		uint64_t length = tag.bytes ? big_endian(p, tag.bytes) : tag.length;
		p += tag.bytes;
		values--;
		if (tag.type == TAG_PLAIN)
			continue;
		if (length > (uint64_t)(end - p))
			return false;
		if (tag.type == TAG_STR)
			p += length;
		else
			values += length;
	}
	return p == end;
}

/* The elements of the array that the payload is; NULL if it is none of at least n. */
static const msgpack_object_array *unpack_array(
	struct codec *codec, struct str payload, uint32_t at_least, const char **error)
{
	msgpack_object *object;

	*error = "it is not well-formed";
	if (!is_well_formed(payload))
		return NULL;
	msgpack_zone_clear(&codec->zone);
	object = msgpack_zone_malloc(&codec->zone, sizeof(*object));
	if (!object)
		log_die("out of memory to decode a frame");
	size_t offset = 0;
	if (msgpack_unpack(payload.ptr, payload.len, &offset, &codec->zone, object) !=
		MSGPACK_UNPACK_SUCCESS)
		return NULL;
	*error = "it is no array, or too short";
	if (object->type != MSGPACK_OBJECT_ARRAY || object->via.array.size < at_least)
		return NULL;
	return &object->via.array;
}

static bool get_uint(const msgpack_object *o, uint64_t max, uint64_t *value)
{
	if (o->type != MSGPACK_OBJECT_POSITIVE_INTEGER || o->via.u64 > max)
		return false;
	*value = o->via.u64;
	return true;
}

static bool get_int(const msgpack_object *o, int64_t *value)
{
	if (o->type != MSGPACK_OBJECT_NEGATIVE_INTEGER &&
		(o->type != MSGPACK_OBJECT_POSITIVE_INTEGER || o->via.u64 > INT64_MAX))
		return false;
	*value = o->via.i64;
	return true;
}

static bool get_str(const msgpack_object *o, struct str *value)
{
	if (o->type != MSGPACK_OBJECT_STR)
		return false;
	*value = (struct str){ o->via.str.ptr, o->via.str.size };
	return true;
}

static bool get_resource(const msgpack_object *o, const struct resource **resource)
{
	uint64_t index;

	if (!get_uint(o, nresources - 1, &index))
		return false;
	*resource = resources[index];
	return true;
}

/* Null, or a value of the kind that the field's type has. */
static bool get_value(const msgpack_object *o, enum field_type type, struct value *value)
{
	if (o->type == MSGPACK_OBJECT_NIL) {
		value->kind = VALUE_NULL;
		return true;
	}
	value->kind = value_kind_of(type);
	return value->kind == VALUE_INT ? get_int(o, &value->integer) : get_str(o, &value->text);
}

static bool get_record(
	const msgpack_object *o, const struct resource *resource, struct record *record)
{
	uint64_t present;
	uint64_t all = (UINT64_C(1) << resource->nfields) - 1;

	if (o->type != MSGPACK_OBJECT_ARRAY || o->via.array.size < 1 ||
		!get_uint(&o->via.array.ptr[0], all, &present) ||
		o->via.array.size != 1 + (uint32_t)__builtin_popcountll(present))
		return false;
	record->resource = resource;
	record->present = (uint32_t)present;
	const msgpack_object *next = &o->via.array.ptr[1];
	for (unsigned i = 0; i < resource->nfields; i++)
		if (record_has(record, i) &&
			!get_value(next++, resource->fields[i].type, &record->values[i]))
			return false;
	return true;
}

bool codec_decode_hello(struct codec *codec, struct str payload, const char **error)
{
	const msgpack_object_array *a = unpack_array(codec, payload, 3, error);
	struct str name;
	uint64_t version, fingerprint;

	if (!a)
		return false;
	*error = "it is no hello of Postern's";
	if (!get_str(&a->ptr[0], &name) || !str_equal(name, STR(MAGIC)))
		return false;
	*error = "it speaks another version of the protocol";
	if (!get_uint(&a->ptr[1], UINT64_MAX, &version) || version != PROTOCOL_VERSION)
		return false;
	*error = "it was built from other resources";
	return a->size == 3 && get_uint(&a->ptr[2], UINT64_MAX, &fingerprint) &&
	       fingerprint == resource_fingerprint(resources, nresources);
}

static bool get_command_resource(const msgpack_object *o, struct command *c)
{
	return get_resource(o, &c->resource);
}

static bool get_command_page(const msgpack_object *o, struct command *c)
{
	uint64_t limit, count;

	c->page = (struct page){ 0 };
	if (o->type == MSGPACK_OBJECT_NIL)
		return true;
	if (o->type != MSGPACK_OBJECT_ARRAY || o->via.array.size != 3 ||
		!get_int(&o->via.array.ptr[0], &c->page.after) ||
		!get_uint(&o->via.array.ptr[1], UINT32_MAX, &limit) ||
		!get_uint(&o->via.array.ptr[2], 1, &count))
		return false;
	c->page.limit = (uint32_t)limit;
	c->page.count = count > 0;
	return limit > 0;
}

static bool get_command_key(const msgpack_object *o, struct command *c)
{
	return get_int(o, &c->key);
}

static bool get_command_parent(const msgpack_object *o, struct command *c)
{
	return get_int(o, &c->parent) && (c->resource->parent || c->parent == 0);
}

static bool get_command_record(const msgpack_object *o, struct command *c)
{
	return get_record(o, c->resource, &c->record) &&
	       record_is_input(&c->record, c->action == ACTION_CREATE);
}

static bool get_command_match(const msgpack_object *o, struct command *c)
{
	c->match = (struct str){ NULL, 0 };
	if (o->type == MSGPACK_OBJECT_NIL)
		return true;
	return get_str(o, &c->match) && c->match.len % sizeof(uint64_t) == 0;
}

/* Printed in logs, where what is no text is escaped. */
static bool get_command_request(const msgpack_object *o, struct command *c)
{
	return get_str(o, &c->request) && c->request.len > 0 &&
	       c->request.len <= COMMAND_REQUEST_MOST;
}

static bool (*const command_getters[ARG__COUNT])(const msgpack_object *, struct command *) = {
	[ARG_RESOURCE] = get_command_resource,
	[ARG_PAGE] = get_command_page,
	[ARG_KEY] = get_command_key,
	[ARG_PARENT] = get_command_parent,
	[ARG_RECORD] = get_command_record,
	[ARG_MATCH] = get_command_match,
};

bool codec_decode_command(
	struct codec *codec, struct str payload, struct command *command, const char **error)
{
	const msgpack_object_array *a = unpack_array(codec, payload, 3, error);
	uint64_t action;

	if (!a)
		return false;
	*error = "its id, deadline or action is unknown";
	if (!get_uint(&a->ptr[0], UINT64_MAX, &command->id) ||
		!get_uint(&a->ptr[1], UINT64_MAX, &command->deadline) ||
		!get_uint(&a->ptr[2], ACTION__COUNT - 1, &action))
		return false;
	command->action = (enum action)action;
	const enum arg *args = action_args[action];
	uint32_t nargs = count_args(args);
	*error = "its arguments are not those of its action";
	if (a->size != 3 + nargs && a->size != 3 + nargs + 1)
		return false;
	for (uint32_t i = 0; i < nargs; i++)
		if (!command_getters[args[i]](&a->ptr[3 + i], command))
			return false;
	command->request = STR("");
	return a->size == 3 + nargs || get_command_request(&a->ptr[3 + nargs], command);
}

bool codec_is_demand(struct str payload)
{
	return payload.len > 0 && (unsigned char)payload.ptr[0] == 0x92; /* an array of two */
}

bool codec_decode_demand(struct codec *codec, struct str payload, uint64_t *id, enum demand *demand,
	const char **error)
{
	const msgpack_object_array *a = unpack_array(codec, payload, 2, error);
	uint64_t number;

	if (!a)
		return false;
	*error = "its id or demand is unknown";
	if (a->size != 2 || !get_uint(&a->ptr[0], UINT64_MAX, id) ||
		!get_uint(&a->ptr[1], DEMAND__COUNT - 1, &number))
		return false;
	*demand = (enum demand)number;
	return true;
}

static bool get_reply_more(const msgpack_object *o, struct reply *r)
{
	uint64_t more;

	if (!get_uint(o, MORE__COUNT - 1, &more))
		return false;
	r->more = (enum more)more;
	return true;
}

static bool get_reply_resource(const msgpack_object *o, struct reply *r)
{
	return get_resource(o, &r->resource);
}

static bool get_reply_rows(const msgpack_object *o, struct reply *r)
{
	struct record row;

	if (o->type != MSGPACK_OBJECT_ARRAY)
		return false;
	for (uint32_t i = 0; i < o->via.array.size; i++)
		if (!get_record(&o->via.array.ptr[i], r->resource, &row))
			return false;
	r->rows = (struct rows){ r->resource, o->via.array.ptr, o->via.array.size };
	return true;
}

static bool get_reply_total(const msgpack_object *o, struct reply *r)
{
	return get_int(o, &r->total) && r->total >= -1;
}

static bool get_reply_fault(const msgpack_object *o, struct reply *r)
{
	uint64_t fault;

	if (!get_uint(o, FAULT__COUNT - 1, &fault))
		return false;
	r->fault = (enum fault)fault;
	return true;
}

static bool get_reply_fields(const msgpack_object *o, struct reply *r)
{
	uint64_t fields;

	if (!get_uint(o, (UINT64_C(1) << r->resource->nfields) - 1, &fields))
		return false;
	r->fields = (uint32_t)fields;
	return true;
}

static bool (*const reply_getters[ARG__COUNT])(const msgpack_object *, struct reply *) = {
	[ARG_MORE] = get_reply_more,
	[ARG_RESOURCE] = get_reply_resource,
	[ARG_ROWS] = get_reply_rows,
	[ARG_TOTAL] = get_reply_total,
	[ARG_FAULT] = get_reply_fault,
	[ARG_FIELDS] = get_reply_fields,
};

bool codec_decode_reply(
	struct codec *codec, struct str payload, struct reply *reply, const char **error)
{
	const msgpack_object_array *a = unpack_array(codec, payload, 2, error);
	uint64_t status;

	if (!a)
		return false;
	*error = "its id or status is unknown";
	if (!get_uint(&a->ptr[0], UINT64_MAX, &reply->id) ||
		!get_uint(&a->ptr[1], STATUS__COUNT - 1, &status))
		return false;
	reply->status = (enum status)status;
	reply->more = MORE_NO;
	const enum arg *args = status_args[status];
	uint32_t nargs = count_args(args);
	*error = "its arguments are not those of its status";
	if (a->size != 2 + nargs)
		return false;
	for (uint32_t i = 0; i < nargs; i++)
		if (!reply_getters[args[i]](&a->ptr[2 + i], reply))
			return false;
	return true;
}

void codec_next_row(struct rows *rows, struct record *row)
{
	const msgpack_object *o = rows->next;

	if (!get_record(o, rows->resource, row))
		log_die("a row that was checked is not one");
	rows->next = o + 1;
	rows->left--;
}
