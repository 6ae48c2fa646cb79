#include "codec.h"
#include "codec_args.h"
#include "table.h"

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
		!str_equal(name, STR(CODEC_MAGIC)))
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
		if (codec_page_sizes[page->kind] == size)
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
	const enum arg *args = codec_action_args[action];
	uint32_t nargs = codec_count_args(args);
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
	       str_equal(word, str_from(CODEC_CONFIRM)) && unpack_is_done(&u);
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
	const enum arg *args = codec_status_args[status];
	uint32_t nargs = codec_count_args(args);
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
