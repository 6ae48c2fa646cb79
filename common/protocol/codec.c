#include "codec.h"

#include "table.h"

#include <msgpack.h>

#define MAGIC "postern" /* the first element of a handshake */

/* The arguments of actions and statuses. Each has a function in the tables of packers and getters.
 */
enum arg {
	ARG_NONE,
	ARG_RESOURCE,
	ARG_PAGE,
	ARG_KEY,
	ARG_PARENT,
	ARG_RECORD,
	ARG_LINKS,
	ARG_LINKED,
	ARG_MATCH,
	ARG_MORE,
	ARG_TOTAL,
	ARG_ROWS,
	ARG_FAULT,
	ARG_FIELDS,
	ARG__COUNT
};

enum { MAX_ARGS = 5 };

static const enum arg action_args[][MAX_ARGS] = {
#define ACTION(name, text, writes, ...) [ACTION_##name] = { __VA_ARGS__ },
#include "action.def"
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

/* Encoding. Inlined, so that the compiler can inline the callback of msgpack-c, which is called for
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

static const uint32_t page_sizes[PAGE__COUNT] = {
	[PAGE_SLICE] = 2,    /* after, limit */
	[PAGE_AFTER] = 3,    /* after, limit, count */
	[PAGE_FILTERED] = 4, /* after, limit, count, values of the filters */
};

static void pack_page_arg(msgpack_packer *pk, const struct command *c)
{
	if (c->page.kind == PAGE_WHOLE) {
		msgpack_pack_nil(pk);
		return;
	}
	msgpack_pack_array(pk, page_sizes[c->page.kind]);
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
	pack_str(&pk, STR(MAGIC));
	msgpack_pack_unsigned_int(&pk, PROTOCOL_VERSION);
	msgpack_pack_uint64(&pk, fingerprint);
	msgpack_pack_uint32(&pk, readers);
	frame_end(out, begin);
}

void codec_encode_call(struct buf *out, const struct command *c, uint64_t id, uint64_t deadline)
{
	msgpack_packer pk = packer(out);
	const enum arg *args = action_args[c->action];
	uint32_t nargs = count_args(args);
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

static const char confirm_word[] = "confirm";

void codec_encode_confirm(struct buf *out, uint64_t id, uint64_t deadline)
{
	msgpack_packer pk = packer(out);
	size_t begin = frame_begin(out);

	msgpack_pack_array(&pk, 3);
	msgpack_pack_uint64(&pk, id);
	msgpack_pack_uint64(&pk, deadline);
	msgpack_pack_str(&pk, sizeof(confirm_word) - 1);
	msgpack_pack_str_body(&pk, confirm_word, sizeof(confirm_word) - 1);
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

/*
 * Decoding reads the bytes of a payload directly into the structs (unpack.h). msgpack-c would first
 * build a tree, whose memory a hostile payload can make as large as it likes. Checking the payload
 * for that and reading the tree took as long as all other work of a worker on a row.
 */

static bool get_resource(
	struct unpack *u, const struct api *declared, const struct resource **resource)
{
	uint64_t number;

	if (!unpack_uint(u, RESOURCES_MAX - 1, &number) || number >= declared->nnumbers)
		return false;
	*resource = declared->numbered[number];
	return *resource != NULL;
}

/* How the values of a type are encoded. */
enum form {
	FORM_INT,
	FORM_MOMENT, /* an integer, or [moment, offset] with a zone */
	FORM_CHOICE, /* an integer, below the number of the field's choices */
	FORM_NUMBER,
	FORM_STR
};

/* clang-format off */
#define FORMS(ROW) \
	ROW(FIELD_INT,       FORM_INT) \
	ROW(FIELD_NUMBER,    FORM_NUMBER) \
	ROW(FIELD_DECIMAL,   FORM_STR) \
	ROW(FIELD_BOOL,      FORM_INT) \
	ROW(FIELD_STR,       FORM_STR) \
	ROW(FIELD_TEXT,      FORM_STR) \
	ROW(FIELD_EMAIL,     FORM_STR) \
	ROW(FIELD_URL,       FORM_STR) \
	ROW(FIELD_UUID,      FORM_STR) \
	ROW(FIELD_DATE,      FORM_INT) \
	ROW(FIELD_TIME,      FORM_MOMENT) \
	ROW(FIELD_DATETIME,  FORM_MOMENT) \
	ROW(FIELD_ENUM,      FORM_CHOICE) \
	ROW(FIELD_LITERAL,   FORM_CHOICE) \
	ROW(FIELD_OBJECT,    FORM_STR) \
	ROW(FIELD_ARRAY,     FORM_STR) \
	ROW(FIELD_LINKS,     FORM_STR)
/* clang-format on */

static const struct {
	enum form form;
} forms[] = { FORMS(TABLE_ROW) };
TABLE_IS_WHOLE(FORMS, FIELD_TYPE__COUNT);

/* Not inlined, as zones are rare. */
__attribute__((noinline)) static bool get_zoned(struct unpack *u, struct value *value)
{
	uint32_t elements;
	int64_t offset;

	if (!unpack_array(u, &elements) || elements != 2 || !unpack_int(u, &value->integer) ||
		!unpack_int(u, &offset) || offset < -VALUE_OFFSET_MOST ||
		offset > VALUE_OFFSET_MOST)
		return false;
	value->kind = VALUE_ZONED;
	value->offset = (int32_t)offset;
	return true;
}

/* Null, or a value of the field's type. Inlined, as every value of a row needs it. */
static inline __attribute__((always_inline)) bool get_value(
	struct unpack *u, const struct field *f, struct value *value)
{
	if (unpack_nil(u)) {
		value->kind = VALUE_NULL;
		return true;
	}
	value->kind = VALUE_INT;
	switch (forms[f->type].form) {
	case FORM_INT:
		return unpack_int(u, &value->integer);
	case FORM_MOMENT:
		return unpack_int(u, &value->integer) || get_zoned(u, value);
	case FORM_CHOICE:
		return unpack_int(u, &value->integer) && value->integer >= 0 &&
		       value->integer < f->choices->count;
	case FORM_NUMBER:
		value->kind = VALUE_NUMBER;
		return unpack_double(u, &value->number);
	default:
		value->kind = VALUE_STR;
		return unpack_str(u, &value->text);
	}
}

/* Of a value that is none of its field's type. Not inlined, as these are rare. */
__attribute__((noinline)) static bool get_refused(
	struct unpack *u, const unsigned char *begin, struct value *value)
{
	u->next = begin;
	value->kind = VALUE_REFUSED;
	return unpack_false(u);
}

/* Inlined, as the two uses differ in what they do for each value. */
static inline __attribute__((always_inline)) bool get_values(
	struct unpack *u, const struct resource *resource, struct record *record, bool is_input)
{
	const uint64_t most = is_input ? record_fields(resource) : record_all(resource);
	const struct field *f = resource->fields;
	uint64_t present;
	uint32_t elements, seen = 1;

	if (!unpack_array(u, &elements) || !unpack_uint(u, most, &present))
		return false;
	record->resource = resource;
	record->present = present;
	for (struct value *v = record->values; present != 0; present >>= 1, f++, v++) {
		if (!(present & 1))
			continue;
		const unsigned char *begin = u->next;
		if (!get_value(u, f, v) && !(is_input && get_refused(u, begin, v)))
			return false;
		seen++;
	}
	return seen == elements;
}

static bool get_row(struct unpack *u, const struct resource *resource, struct record *record)
{
	return get_values(u, resource, record, false);
}

const char *const codec_other_declaration = "another declaration of the API";

/* The version is looked at first: another one may have other elements. */
bool codec_decode_hello(
	struct str payload, uint64_t *fingerprint, uint32_t *readers, const char **error)
{
	struct unpack u = unpack_from(payload);
	struct str name;
	uint64_t version, count;
	uint32_t elements;

	*error = "not a Postern handshake";
	if (!unpack_array(&u, &elements) || elements < 3 || !unpack_str(&u, &name) ||
		!str_equal(name, STR(MAGIC)))
		return false;
	*error = "another version of the protocol";
	if (!unpack_uint(&u, PROTOCOL_VERSION, &version) || version != PROTOCOL_VERSION)
		return false;
	*error = "not a Postern handshake";
	if (elements != 4 || !unpack_uint(&u, UINT64_MAX, fingerprint) ||
		!unpack_uint(&u, UINT32_MAX, &count) || !unpack_is_done(&u))
		return false;
	*readers = (uint32_t)count;
	return true;
}

bool codec_check_hello(struct str payload, uint64_t wanted, uint32_t *readers, const char **error)
{
	uint64_t fingerprint;
	uint32_t count;

	if (!codec_decode_hello(payload, &fingerprint, &count, error))
		return false;
	*error = codec_other_declaration;
	if (readers)
		*readers = count;
	return fingerprint == wanted;
}

static bool get_command_resource(struct unpack *u, struct command *c)
{
	return get_resource(u, c->api, &c->resource);
}

/* The value of a parameter that is present; no filter has null. */
static bool get_filter(struct unpack *u, const struct parameter *p, struct value *value)
{
	const unsigned char *begin = u->next;

	if (!parameter_is_filter(p) ||
		(!get_value(u, &p->field, value) && !get_refused(u, begin, value)))
		return false;
	return value_is_input(value, &p->field);
}

static bool get_filters(struct unpack *u, struct command *c)
{
	const struct list_rules *rules = c->resource->list;
	uint32_t elements, seen = 1;
	uint64_t present;

	if (!unpack_array(u, &elements) || !unpack_uint(u, UINT64_MAX, &present) ||
		present >> (rules ? rules->nparameters : 0) != 0)
		return false;
	c->record.resource = c->resource;
	c->record.present = present;
	for (; present != 0; present &= present - 1, seen++) {
		unsigned i = (unsigned)__builtin_ctzll(present);
		if (!get_filter(u, &rules->parameters[i], &c->record.values[i]))
			return false;
	}
	return seen == elements;
}

static bool get_page_kind(struct unpack *u, struct page *page)
{
	uint32_t size;

	if (!unpack_array(u, &size))
		return false;
	for (page->kind = PAGE_AFTER; page->kind < PAGE__COUNT; page->kind++)
		if (page_sizes[page->kind] == size)
			return true;
	return false;
}

static bool get_command_page(struct unpack *u, struct command *c)
{
	uint64_t limit, count = 0;

	c->page = (struct page){ 0 };
	if (unpack_nil(u))
		return true;
	if (!get_page_kind(u, &c->page) || !unpack_int(u, &c->page.after) ||
		!unpack_uint(u, UINT32_MAX, &limit) ||
		(c->page.kind != PAGE_SLICE && !unpack_uint(u, 1, &count)))
		return false;
	c->page.limit = (uint32_t)limit;
	c->page.count = count > 0;
	if (c->page.kind == PAGE_AFTER)
		return limit > 0 && c->action == ACTION_LIST && !resource_has_uuids(c->resource);
	return c->page.after >= 0 && (c->page.kind == PAGE_SLICE || get_filters(u, c));
}

/* Of a row of r; NULL: there is none. */
static bool get_key(struct unpack *u, const struct resource *r, struct key *key)
{
	struct str bytes;
	int64_t integer;

	if (r && resource_has_uuids(r)) {
		if (!unpack_bin(u, &bytes) || bytes.len != KEY_BYTES)
			return false;
		*key = key_get(bytes.ptr);
		return true;
	}
	if (!unpack_int(u, &integer))
		return false;
	*key = key_int(integer);
	return true;
}

static bool get_command_key(struct unpack *u, struct command *c)
{
	return get_key(u, c->resource, &c->key);
}

static bool get_command_parent(struct unpack *u, struct command *c)
{
	if (!get_key(u, c->resource->parent, &c->parent))
		return false;
	return c->resource->parent ||
	       (c->action != ACTION_CHILDREN && key_equal(c->parent, key_none()));
}

static bool get_command_links(struct unpack *u, struct command *c)
{
	uint64_t field;

	if (!unpack_uint(u, RESOURCE_MAX_FIELDS - 1, &field) ||
		field < resource_columns(c->resource) || field >= c->resource->nfields)
		return false;
	c->links = (unsigned)field;
	return command_operation(c) != NULL;
}

static bool get_command_linked(struct unpack *u, struct command *c)
{
	return get_key(u, c->resource->fields[c->links].links->to, &c->linked);
}

/* Only a client's input may have values that are refused. */
static bool get_command_record(struct unpack *u, struct command *c)
{
	const struct operation *operation = c->resource->by_action[c->action];

	return operation && operation->body && get_values(u, c->resource, &c->record, true) &&
	       record_is_input(&c->record, operation);
}

static bool get_command_match(struct unpack *u, struct command *c)
{
	c->match = (struct str){ NULL, 0 };
	return unpack_nil(u) || (unpack_str(u, &c->match) && c->match.len % sizeof(uint64_t) == 0);
}

/* Any bytes are valid: the log escapes them. */
static bool get_command_request(struct unpack *u, struct command *c)
{
	return unpack_str(u, &c->request) && c->request.len > 0 &&
	       c->request.len <= COMMAND_REQUEST_MOST;
}

static bool (*const command_getters[ARG__COUNT])(struct unpack *, struct command *) = {
	[ARG_RESOURCE] = get_command_resource,
	[ARG_PAGE] = get_command_page,
	[ARG_KEY] = get_command_key,
	[ARG_PARENT] = get_command_parent,
	[ARG_RECORD] = get_command_record,
	[ARG_LINKS] = get_command_links,
	[ARG_LINKED] = get_command_linked,
	[ARG_MATCH] = get_command_match,
};

bool codec_decode_command(
	struct str payload, const struct api *declared, struct command *command, const char **error)
{
	struct unpack u = unpack_from(payload);
	uint32_t elements;
	uint64_t action;

	*error = "invalid id, deadline or action of a command";
	if (!unpack_array(&u, &elements) || !unpack_uint(&u, UINT64_MAX, &command->id) ||
		!unpack_uint(&u, UINT64_MAX, &command->deadline) ||
		!unpack_uint(&u, ACTION__COUNT - 1, &action))
		return false;
	command->action = (enum action)action;
	command->api = declared;
	command->links = 0;
	command->match = (struct str){ NULL, 0 };
	command->record.present = 0;
	const enum arg *args = action_args[action];
	uint32_t nargs = count_args(args);
	*error = "invalid arguments of a command";
	if (elements != 3 + nargs && elements != 3 + nargs + 1)
		return false;
	for (uint32_t i = 0; i < nargs; i++)
		if (!command_getters[args[i]](&u, command))
			return false;
	command->request = STR("");
	if (elements > 3 + nargs && !get_command_request(&u, command))
		return false;
	return unpack_is_done(&u);
}

bool codec_is_demand(struct str payload)
{
	return payload.len > 0 && (unsigned char)payload.ptr[0] == 0x92; /* an array of two */
}

bool codec_decode_demand(struct str payload, uint64_t *id, enum demand *demand, const char **error)
{
	struct unpack u = unpack_from(payload);
	uint32_t elements;
	uint64_t number;

	*error = "invalid demand";
	if (!unpack_array(&u, &elements) || elements != 2 || !unpack_uint(&u, UINT64_MAX, id) ||
		!unpack_uint(&u, DEMAND__COUNT - 1, &number))
		return false;
	*demand = (enum demand)number;
	return unpack_is_done(&u);
}

bool codec_is_confirm(struct str payload)
{
	return payload.len > 0 && (unsigned char)payload.ptr[0] == 0x93; /* an array of three */
}

bool codec_decode_confirm(struct str payload, uint64_t *id, uint64_t *deadline, const char **error)
{
	struct unpack u = unpack_from(payload);
	uint32_t elements;
	struct str word;

	*error = "invalid confirm";
	return unpack_array(&u, &elements) && elements == 3 && unpack_uint(&u, UINT64_MAX, id) &&
	       unpack_uint(&u, UINT64_MAX, deadline) && unpack_str(&u, &word) &&
	       str_equal(word, str_from(confirm_word)) && unpack_is_done(&u);
}

static bool get_reply_more(struct unpack *u, struct reply *r)
{
	uint64_t more;

	if (!unpack_uint(u, MORE__COUNT - 1, &more))
		return false;
	r->more = (enum more)more;
	return true;
}

static bool get_reply_resource(struct unpack *u, struct reply *r)
{
	return get_resource(u, r->rows.api, &r->resource);
}

static bool get_reply_total(struct unpack *u, struct reply *r)
{
	return unpack_int(u, &r->total) && r->total >= -1;
}

/* Rows are the last argument; codec_next_row decodes them. */
static bool get_reply_rows(struct unpack *u, struct reply *r)
{
	r->rows.own = r->rows.resource = r->resource;
	r->rows.embed = NULL;
	if (!unpack_array(u, &r->rows.left))
		return false;
	r->rows.rest = *u;
	if (r->rows.left > 0)
		u->next = u->end;
	return true;
}

static bool get_reply_fault(struct unpack *u, struct reply *r)
{
	uint64_t fault;

	if (!unpack_uint(u, FAULT__COUNT - 1, &fault))
		return false;
	r->fault = (enum fault)fault;
	return true;
}

static bool get_reply_fields(struct unpack *u, struct reply *r)
{
	uint64_t fields;

	if (!unpack_uint(u, record_fields(r->resource), &fields))
		return false;
	r->fields = fields;
	return true;
}

static bool (*const reply_getters[ARG__COUNT])(struct unpack *, struct reply *) = {
	[ARG_MORE] = get_reply_more,
	[ARG_RESOURCE] = get_reply_resource,
	[ARG_TOTAL] = get_reply_total,
	[ARG_ROWS] = get_reply_rows,
	[ARG_FAULT] = get_reply_fault,
	[ARG_FIELDS] = get_reply_fields,
};

bool codec_decode_reply(
	struct str payload, const struct api *declared, struct reply *reply, const char **error)
{
	struct unpack u = unpack_from(payload);
	uint32_t elements;
	uint64_t status;

	*error = "invalid id or status of a reply";
	if (!unpack_array(&u, &elements) || !unpack_uint(&u, UINT64_MAX, &reply->id) ||
		!unpack_uint(&u, STATUS__COUNT - 1, &status))
		return false;
	reply->status = (enum status)status;
	reply->more = MORE_NO;
	reply->rows.api = declared;
	const enum arg *args = status_args[status];
	uint32_t nargs = count_args(args);
	*error = "invalid arguments of a reply";
	if (elements != 2 + nargs)
		return false;
	for (uint32_t i = 0; i < nargs; i++)
		if (!reply_getters[args[i]](&u, reply))
			return false;
	return unpack_is_done(&u);
}

/* A row was read, from here on. */
static inline bool end_row(struct rows *rows, const unsigned char *begin)
{
	rows->row = (struct str){ (const char *)begin, (size_t)(rows->rest.next - begin) };
	rows->left--;
	return rows->left > 0 || unpack_is_done(&rows->rest);
}

static bool get_mark(struct rows *rows)
{
	uint64_t number;

	rows->embed = NULL;
	rows->resource = rows->own;
	if (unpack_nil(&rows->rest))
		return true;
	if (!unpack_uint(&rows->rest, UINT32_MAX, &number) || number >= rows->api->nembeds)
		return false;
	rows->embed = rows->api->embeds[number];
	rows->resource = rows->embed->of;
	return true;
}

/* The next element is not a row like the one before: it may be a mark, and then a row follows. Not
 * inlined, as it is rare. */
__attribute__((noinline)) static bool next_row_of_another(
	struct rows *rows, const unsigned char *begin, struct record *row)
{
	rows->rest.next = begin;
	if (!get_mark(rows) || --rows->left == 0)
		return false;
	begin = rows->rest.next;
	return get_row(&rows->rest, rows->resource, row) && end_row(rows, begin);
}

bool codec_next_row(struct rows *rows, struct record *row)
{
	const unsigned char *begin = rows->rest.next;

	if (!get_row(&rows->rest, rows->resource, row))
		return next_row_of_another(rows, begin, row);
	return end_row(rows, begin);
}
