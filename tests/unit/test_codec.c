/* Encodes and decodes every action with every resource, and decodes invalid payloads. */
#include "body.h"
#include "codec.h"
#include "declaration.h"
#include "frame.h"
#include "sample.h"
#include "suite.h"

#include <stdlib.h>

static struct buf out;

static void setup(void)
{
	buf_init(&out, FRAME_MAX);
}

static void teardown(void)
{
	buf_done(&out);
}

/* Consumes the first frame of out. Its payload stays valid. */
static struct str payload(void)
{
	struct str p;
	size_t size;

	ck_assert(!out.failed);
	ck_assert_int_eq(frame_parse(buf_view(&out), &p, &size), FRAME_WHOLE);
	out.start += size;
	return p;
}

static struct value sample(const struct field *f, unsigned i)
{
	if (f->type == FIELD_DATETIME)
		return value_int(-INT64_C(1234567890123456) * i);
	if (value_kind_of(f->type) == VALUE_INT)
		return value_int(i % 2 ? INT64_MIN + i : INT64_MAX - i);
	return value_text(STR("a\0\xc3\xa9"));
}

static struct record whole_input(const struct resource *r)
{
	struct record record = { .resource = r };

	for (unsigned i = 0; i < r->nfields; i++)
		if (r->fields[i].flags & FIELD_INPUT)
			record_set(&record, i, sample(&r->fields[i], i));
	return record;
}

static void same_record(const struct record *a, const struct record *b)
{
	ck_assert_ptr_eq(a->resource, b->resource);
	ck_assert_uint_eq(a->present, b->present);
	for (unsigned i = 0; i < a->resource->nfields; i++) {
		if (!record_has(a, i))
			continue;
		ck_assert_int_eq(a->values[i].kind, b->values[i].kind);
		if (a->values[i].kind == VALUE_INT || a->values[i].kind == VALUE_ZONED)
			ck_assert_int_eq(a->values[i].integer, b->values[i].integer);
		if (a->values[i].kind == VALUE_ZONED)
			ck_assert_int_eq(a->values[i].offset, b->values[i].offset);
		if (a->values[i].kind == VALUE_STR)
			ck_assert_slice_eq(b->values[i].text, a->values[i].text);
	}
}

/* What dbd is told with an action. */
static bool has_changes(enum action action)
{
	return action == ACTION_UPDATE || action == ACTION_REPLACE;
}

static bool has_parent(enum action action)
{
	return action == ACTION_CREATE || action == ACTION_CHILDREN;
}

/* The action that a resource has at this place of its operations. */
static enum action action_of(const struct resource *r, unsigned operation)
{
	return r->operations[operation].action;
}

static struct command sample_command(const struct resource *r, enum action action)
{
	return (struct command){
		.id = UINT64_MAX,
		.deadline = 1234567890123,
		.action = action,
		.resource = r,
		.key = key_int(INT64_MIN),
		.parent = key_int(r->parent ? 7 : 0),
		.record = whole_input(r),
		.match = has_changes(action) ? STR("12345678") : (struct str){ NULL, 0 },
	};
}

START_TEST(commands_are_decoded_as_encoded)
{
	for (unsigned i = 0; i < api->nresources; i++) {
		for (unsigned o = 0; o < api->resources[i]->noperations; o++) {
			enum action action = action_of(api->resources[i], o);
			struct command sent = sample_command(api->resources[i], action);
			struct command got = { 0 };
			const char *error;
			codec_encode_command(&out, &sent);
			ck_assert_msg(codec_decode_command(payload(), api, &got, &error),
				"%s %s: %s", action_name(sent.action), api->resources[i]->name,
				error);
			ck_assert(got.id == sent.id && got.deadline == sent.deadline);
			ck_assert_int_eq(got.action, action);
			ck_assert_ptr_eq(got.resource, sent.resource);
			if (sent.action == ACTION_CREATE || has_changes(sent.action))
				same_record(&sent.record, &got.record);
			if (has_changes(sent.action))
				ck_assert_slice_eq(got.match, sent.match);
			else
				ck_assert_ptr_null(got.match.ptr);
			if (has_parent(sent.action))
				ck_assert(key_equal(got.parent, sent.parent));
			else if (action != ACTION_LIST)
				ck_assert(key_equal(got.key, sent.key));
		}
	}
}
END_TEST

/* Keys that are UUIDs. */

static const char marked[] =
	"{\"resources\":{\"tag\":{\"key\":{\"type\":\"uuid\"},\"fields\":{\"f\":{\"type\":\"text\"}"
	"}},"
	"\"mark\":{\"parent\":\"tag\",\"fields\":{\"f\":{\"type\":\"text\"}}}}}";

static const char uuid[] = "\xc4\x10\xff\xff\xff\xff\xff\xff\xff\xfe\0\0\0\0\0\0\0\1";

/* The payload of a command for a row, or for one below it, with this key. */
static struct str encode_key(const struct api *declared, enum action action)
{
	static const struct key key = { UINT64_MAX - 1, 1 };
	const struct resource *r =
		declared->resources[action == ACTION_CREATE || action == ACTION_CHILDREN];
	struct command c = { .action = action, .resource = r, .key = key, .parent = key };

	c.record = whole_input(r);
	codec_encode_command(&out, &c);
	return payload();
}

static const enum action of_uuids[] = { ACTION_READ, ACTION_DELETE, ACTION_CREATE };

START_TEST(uuids_are_keys_of_16_bytes)
{
	const struct api *declared = sample_read_api(str_from(marked));
	struct str encoded = encode_key(declared, of_uuids[_i]);
	struct command got;
	const char *error;

	ck_assert_ptr_nonnull(memmem(encoded.ptr, encoded.len, uuid, sizeof(uuid) - 1));
	ck_assert_msg(codec_decode_command(encoded, declared, &got, &error), "%s", error);
	struct key key = of_uuids[_i] == ACTION_CREATE ? got.parent : got.key;
	ck_assert_uint_eq(key.high, UINT64_MAX - 1);
	ck_assert_uint_eq(key.low, 1);
	declaration_free(declared);
}
END_TEST

/* Another type, another length, and the key of another resource. */
START_TEST(keys_have_the_type_of_their_resource)
{
	const struct api *declared = sample_read_api(str_from(marked));
	struct str encoded = encode_key(declared, ACTION_READ);
	char *bytes = malloc(encoded.len);
	struct command got;
	const char *error;

	memcpy(bytes, encoded.ptr, encoded.len);
	char *key = memmem(bytes, encoded.len, uuid, sizeof(uuid) - 1);
	ck_assert_ptr_nonnull(key);
	key[0] = (char)0xd9; /* str 8 */
	ck_assert(
		!codec_decode_command((struct str){ bytes, encoded.len }, declared, &got, &error));
	key[0] = (char)0xc4;
	key[1] = 15;
	ck_assert(!codec_decode_command(
		(struct str){ bytes, encoded.len - 1 }, declared, &got, &error));
	key[0] = 7;
	ck_assert(!codec_decode_command(
		(struct str){ bytes, encoded.len - 17 }, declared, &got, &error));
	key[-1] = 1; /* the resource */
	ck_assert(codec_decode_command(
		(struct str){ bytes, encoded.len - 17 }, declared, &got, &error));
	free(bytes);
	declaration_free(declared);
}
END_TEST

START_TEST(pages_are_decoded_as_encoded)
{
	static const struct page pages[] = { { 0 }, { 0, 1, false, PAGE_AFTER },
		{ 0, 1, true, PAGE_AFTER }, { INT64_MIN, UINT32_MAX, true, PAGE_AFTER },
		{ INT64_MAX, 7, false, PAGE_AFTER }, { 0, 0, false, PAGE_SLICE },
		{ INT64_MAX, UINT32_MAX, false, PAGE_SLICE } };

	for (size_t i = 0; i < NITEMS(pages); i++) {
		struct command got = { .page = { 3, 3, true, PAGE_AFTER } };
		struct command sent = sample_command(api->resources[0], ACTION_LIST);
		const char *error;
		sent.page = pages[i];
		codec_encode_command(&out, &sent);
		ck_assert(codec_decode_command(payload(), api, &got, &error));
		ck_assert_int_eq(got.page.after, pages[i].after);
		ck_assert_uint_eq(got.page.limit, pages[i].limit);
		ck_assert_int_eq(got.page.count, pages[i].count);
		ck_assert_int_eq(got.page.kind, pages[i].kind);
	}
}
END_TEST

/* Filters. */

static const char filtered_text[] =
	"{\"resources\":{\"a\":{\"fields\":{\"f\":{\"type\":\"text\"}}},\"b\":{\"list\":{"
	"\"filters\":{"
	"\"word\":{\"field\":\"f\",\"op\":\"contains\",\"max_length\":3},\"done\":{},\"color\":{},"
	"\"least\":{\"field\":\"id\",\"op\":\"ge\"},\"more\":{\"field\":\"id\"}},\"skip\":{}},"
	"\"fields\":{"
	"\"f\":{\"type\":\"text\"},\"done\":{\"type\":\"boolean\"},\"color\":{\"type\":\"string\","
	"\"enum\":{\"name\":\"Color\",\"members\":{\"r\":\"red\",\"b\":\"blue\"}}}}}}}";

static const struct filter_case {
	unsigned parameter;
	struct value value;
	bool valid;
} filter_cases[] = {
	{ 0, { .kind = VALUE_STR, .text = STR_INIT("a%b") }, true },
	{ 0, { .kind = VALUE_STR, .text = STR_INIT("abcd") }, false },
	{ 0, { .kind = VALUE_STR, .text = STR_INIT("\xff") }, false },
	{ 0, { .kind = VALUE_INT, .integer = 1 }, false }, { 0, { .kind = VALUE_NULL }, false },
	{ 0, { .kind = VALUE_REFUSED }, true }, { 1, { .kind = VALUE_INT, .integer = 1 }, true },
	{ 1, { .kind = VALUE_INT, .integer = 2 }, false },
	{ 2, { .kind = VALUE_INT, .integer = 1 }, true },
	{ 2, { .kind = VALUE_INT, .integer = 2 }, false },
	{ 3, { .kind = VALUE_INT, .integer = INT64_MIN }, true },
	{ 3, { .kind = VALUE_NUMBER, .number = 1 }, false },
	{ 4, { .kind = VALUE_INT, .integer = INT64_MAX }, true },
	{ 5, { .kind = VALUE_INT, .integer = 1 }, false }, /* skip is no filter */
	{ 6, { .kind = VALUE_INT, .integer = 1 }, false }, /* there is no such parameter */
};

static bool decode_filtered(const struct api *a, const struct command *sent, struct command *got)
{
	const char *error;

	buf_reset(&out, FRAME_MAX);
	codec_encode_command(&out, sent);
	return codec_decode_command(payload(), a, got, &error);
}

START_TEST(a_filter_is_decoded_if_it_is_of_its_type)
{
	const struct filter_case *t = &filter_cases[_i];
	const struct api *a = sample_read_api(str_from(filtered_text));
	struct command got, sent = {
		.resource = a->resources[1],
		.page = { 3, 5, true, PAGE_FILTERED },
		.record.resource = a->resources[1],
	};

	record_set(&sent.record, t->parameter, t->value);
	ck_assert_int_eq(decode_filtered(a, &sent, &got), t->valid);
	if (t->valid) {
		ck_assert_uint_eq(got.page.kind, PAGE_FILTERED);
		ck_assert(got.page.count && got.page.after == 3 && got.page.limit == 5);
		same_record(&sent.record, &got.record);
	}
	declaration_free(a);
}
END_TEST

/* More filters than the resource has fields: all of them are copied with the command. */
START_TEST(all_filters_are_decoded)
{
	const struct api *a = sample_read_api(str_from(filtered_text));
	struct command got, copy,
		sent = {
			.resource = a->resources[1],
			.page = { 0, 0, false, PAGE_FILTERED },
			.record.resource = a->resources[1],
		};

	ck_assert(decode_filtered(a, &sent, &got));
	ck_assert_uint_eq(got.record.present, 0);
	for (unsigned i = 0; i < 5; i++)
		record_set(&sent.record, i, i ? value_int(1) : value_text(STR("")));
	ck_assert(decode_filtered(a, &sent, &got));
	command_copy(&copy, &got);
	same_record(&sent.record, &copy.record);
	/* A list without rules has no filters. */
	sent.resource = sent.record.resource = a->resources[0];
	ck_assert(!decode_filtered(a, &sent, &got));
	sent.record.present = 0;
	ck_assert(decode_filtered(a, &sent, &got));
	declaration_free(a);
}
END_TEST

/* The rows below a row are no page after a key, and need a parent. */
START_TEST(children_have_a_parent)
{
	static const struct page pages[PAGE__COUNT] = {
		[PAGE_WHOLE] = { 0 },
		[PAGE_AFTER] = { 0, 1, false, PAGE_AFTER },
		[PAGE_SLICE] = { 3, 1, false, PAGE_SLICE },
		[PAGE_FILTERED] = { 3, 1, true, PAGE_FILTERED },
	};
	struct command got;

	for (unsigned i = 0; i < api->nresources; i++) {
		for (unsigned kind = 0; kind < PAGE__COUNT; kind++) {
			struct command sent = {
				.action = ACTION_CHILDREN,
				.resource = api->resources[i],
				.page = pages[kind],
			};
			bool valid = sent.resource->parent && kind != PAGE_AFTER;
			ck_assert_int_eq(decode_filtered(api, &sent, &got), valid);
		}
	}
}
END_TEST

START_TEST(request_ids_are_decoded_as_encoded)
{
	static char id[COMMAND_REQUEST_MOST + 1];

	memset(id, 'x', sizeof(id));
	const struct resource *r = api->resources[0];

	for (unsigned o = 0; o < r->noperations; o++) {
		for (size_t n = 0; n <= COMMAND_REQUEST_MOST + 1; n++) {
			struct command sent = sample_command(r, action_of(r, o));
			struct command got = { .request = STR("stale") };
			const char *error;
			sent.request = (struct str){ id, n };
			codec_encode_command(&out, &sent);
			bool accepted = codec_decode_command(payload(), api, &got, &error);
			ck_assert_int_eq(accepted, n <= COMMAND_REQUEST_MOST);
			if (accepted)
				ck_assert_slice_eq(got.request, sent.request);
		}
	}
}
END_TEST

/* Any number of whole digests, including none. */
START_TEST(digests_have_eight_bytes)
{
	for (size_t n = 0; n <= 17; n++) {
		struct command got = { 0 }, sent = sample_command(api->resources[0], ACTION_DELETE);
		const char *error;
		sent.match = (struct str){ "12345678ABCDEFGH!", n };
		codec_encode_command(&out, &sent);
		ck_assert_int_eq(codec_decode_command(payload(), api, &got, &error), n % 8 == 0);
		if (n % 8 == 0)
			ck_assert_slice_eq(got.match, sent.match);
	}
}
END_TEST

/* A command without its last bytes, or with a byte after it, is invalid. */
START_TEST(cut_and_extended_commands_are_refused)
{
	const struct resource *r = api->resources[0];

	for (unsigned o = 0; o < r->noperations; o++) {
		struct command sent = sample_command(r, action_of(r, o)), got;
		const char *error;
		codec_encode_command(&out, &sent);
		struct str whole = payload();
		char bytes[512];
		ck_assert_uint_lt(whole.len, sizeof(bytes));
		memcpy(bytes, whole.ptr, whole.len);
		bytes[whole.len] = '\0';
		for (size_t n = 0; n <= whole.len + 1; n++) {
			bool accepted =
				codec_decode_command((struct str){ bytes, n }, api, &got, &error);
			ck_assert_msg(
				accepted == (n == whole.len), "%zu of %zu bytes", n, whole.len);
		}
	}
}
END_TEST

START_TEST(rows_are_decoded_as_encoded)
{
	for (unsigned i = 0; i < api->nresources; i++) {
		const struct resource *r = api->resources[i];
		struct record row = { .resource = r };
		struct rows_writer w;
		struct reply reply;
		const char *error;
		for (unsigned j = 0; j < r->nfields; j++)
			record_set(&row, j, j ? sample(&r->fields[j], j) : value_null());
		codec_rows_begin(&w, &out, 42, r, 7 * _i - 1);
		codec_rows_add(&w, NULL, &row);
		codec_rows_add(&w, NULL, &row);
		codec_rows_end(&w, (enum more)_i);
		ck_assert_msg(codec_decode_reply(payload(), api, &reply, &error), "%s", error);
		ck_assert_uint_eq(reply.id, 42);
		ck_assert_int_eq(reply.status, STATUS_ROWS);
		ck_assert_int_eq(reply.more, _i);
		ck_assert_int_eq(reply.total, 7 * _i - 1);
		ck_assert_uint_eq(reply.rows.left, 2);
		while (reply.rows.left > 0) {
			struct record got;
			ck_assert(codec_next_row(&reply.rows, &got));
			same_record(&row, &got);
		}
	}
}
END_TEST

/* True if the bytes are a valid reply, including all of its rows. */
static bool is_reply(struct str bytes)
{
	struct reply reply;
	struct record row;
	const char *error;

	if (!codec_decode_reply(bytes, api, &reply, &error))
		return false;
	while (reply.rows.left > 0)
		if (!codec_next_row(&reply.rows, &row))
			return false;
	return true;
}

START_TEST(cut_and_extended_rows_are_refused)
{
	struct record row = whole_input(api->resources[0]);
	struct rows_writer w;
	char bytes[512];

	codec_rows_begin(&w, &out, 42, api->resources[0], 7);
	for (int i = 0; i < _i; i++)
		codec_rows_add(&w, NULL, &row);
	codec_rows_end(&w, MORE_NO);
	struct str whole = payload();
	ck_assert_uint_lt(whole.len, sizeof(bytes));
	memcpy(bytes, whole.ptr, whole.len);
	bytes[whole.len] = '\0';
	for (size_t n = 0; n <= whole.len + 1; n++)
		ck_assert_msg(is_reply((struct str){ bytes, n }) == (n == whole.len),
			"%zu of %zu bytes", n, whole.len);
}
END_TEST

static const struct field dated_fields[] = {
	{ .name = "id", .type = FIELD_INT, .flags = FIELD_KEY },
	{ .name = "made", .type = FIELD_DATETIME, .flags = FIELD_NOW },
};

static const struct resource dated = { .fields = dated_fields, .nfields = 2 };

/* Decodes the only row in these bytes. */
static bool is_dated(struct str bytes, struct record *row)
{
	struct rows rows = { .resource = &dated, .left = 1, .rest = unpack_from(bytes) };

	return codec_next_row(&rows, row);
}

START_TEST(dates_with_a_zone_are_decoded_as_encoded)
{
	static const int32_t offsets[] = { 0, 1, -1, 7200, 86400, -86400 };
	static const int64_t moments[] = { 0, -1, INT64_MIN, INT64_MAX };

	for (size_t i = 0; i < NITEMS(offsets) * NITEMS(moments); i++) {
		struct record row = { .resource = &dated }, got;
		record_set(&row, 0, value_int(INT64_MIN));
		record_set(&row, 1,
			value_zoned(moments[i / NITEMS(offsets)], offsets[i % NITEMS(offsets)]));
		buf_reset(&out, FRAME_MAX);
		codec_encode_row(&out, &row);
		struct str bytes = buf_view(&out);
		ck_assert_uint_le(bytes.len, codec_row_size(&row));
		ck_assert(is_dated(bytes, &got));
		same_record(&row, &got);
		for (size_t n = 0; n < bytes.len; n++)
			ck_assert(!is_dated((struct str){ bytes.ptr, n }, &got));
	}
}
END_TEST

#define DATED "\x93\x03\x01"

static const struct {
	const char *what;
	struct str row;
} hostile_dates[] = {
	{ "no elements", STR_INIT(DATED "\x90") },
	{ "no offset", STR_INIT(DATED "\x91\x01") },
	{ "an element too many", STR_INIT(DATED "\x93\x01\x01\x01") },
	{ "an offset of text", STR_INIT(DATED "\x92\x01\xa1x") },
	{ "a moment of text", STR_INIT(DATED "\x92\xa1x\x01") },
	{ "nested", STR_INIT(DATED "\x92\x92\x01\x01\x01") },
	{ "an offset over a day", STR_INIT(DATED "\x92\x01\xce\x00\x01\x51\x81") },
	{ "an offset under a day", STR_INIT(DATED "\x92\x01\xd2\xff\xfe\xae\x7f") },
	{ "an offset of 64 bits", STR_INIT(DATED "\x92\x01\xcf\x00\x00\x00\x01\x00\x00\x00\x00") },
	{ "an integer beyond 64 bits, then one with a zone",
		STR_INIT(DATED "\xcf\xff\xff\xff\xff\xff\xff\xff\xff\x92\x01\x01") },
	{ "a zone where the key is due", STR_INIT("\x93\x03\x92\x01\x01\x01") },
};

START_TEST(hostile_dates_are_refused)
{
	struct record row;

	ck_assert_msg(!is_dated(hostile_dates[_i].row, &row), "%s", hostile_dates[_i].what);
}
END_TEST

/* Every kind of value, in the last field of as many as there may be. */

static const struct choice colors[] = { { STR_INIT("red"), STR_INIT("Red"), 0 },
	{ STR_INIT("blue"), STR_INIT("Blue"), 0 } };
static const struct choices two_colors = { .schema = "Color", .count = 2, .list = colors };

static struct field wide_fields[RESOURCE_MAX_FIELDS];
static struct resource wide = { .fields = wide_fields, .nfields = RESOURCE_MAX_FIELDS };

static void make_wide(enum field_type type)
{
	for (unsigned i = 0; i < RESOURCE_MAX_FIELDS; i++)
		wide_fields[i] = (struct field){
			.name = "v", .type = type, .flags = FIELD_NULLABLE, .choices = &two_colors
		};
}

static const struct {
	enum field_type type;
	struct value value;
	bool valid;
} kinds[] = {
	{ FIELD_INT, { VALUE_INT, 0, { .integer = INT64_MIN } }, true },
	{ FIELD_INT, { VALUE_ZONED, 0, { .integer = 1 } }, false },
	{ FIELD_INT, { VALUE_NUMBER, 0, { .number = 1 } }, false },
	{ FIELD_NUMBER, { VALUE_NUMBER, 0, { .number = -0.1 } }, true },
	{ FIELD_NUMBER, { VALUE_INT, 0, { .integer = 1 } }, false },
	{ FIELD_DECIMAL, { VALUE_STR, 0, { .text = STR_INIT("1.50") } }, true },
	{ FIELD_DECIMAL, { VALUE_NUMBER, 0, { .number = 1.5 } }, false },
	{ FIELD_BOOL, { VALUE_INT, 0, { .integer = 1 } }, true },
	{ FIELD_STR, { VALUE_STR, 0, { .text = STR_INIT("x") } }, true },
	{ FIELD_STR, { VALUE_INT, 0, { .integer = 1 } }, false },
	{ FIELD_TEXT, { VALUE_STR, 0, { .text = STR_INIT("") } }, true },
	{ FIELD_EMAIL, { VALUE_STR, 0, { .text = STR_INIT("a@b.de") } }, true },
	{ FIELD_URL, { VALUE_STR, 0, { .text = STR_INIT("http://a/") } }, true },
	{ FIELD_UUID, { VALUE_STR, 0, { .text = STR_INIT("0") } }, true },
	{ FIELD_DATE, { VALUE_INT, 0, { .integer = -719162 } }, true },
	{ FIELD_DATE, { VALUE_ZONED, 60, { .integer = 1 } }, false },
	{ FIELD_TIME, { VALUE_INT, 0, { .integer = INT64_C(86399999999) } }, true },
	{ FIELD_TIME, { VALUE_ZONED, -86400, { .integer = INT64_C(86399999999) } }, true },
	{ FIELD_DATETIME, { VALUE_ZONED, 86400, { .integer = INT64_MIN } }, true },
	{ FIELD_ENUM, { VALUE_INT, 0, { .integer = 1 } }, true },
	{ FIELD_ENUM, { VALUE_INT, 0, { .integer = 2 } }, false },
	{ FIELD_LITERAL, { VALUE_INT, 0, { .integer = 0 } }, true },
	{ FIELD_LITERAL, { VALUE_INT, 0, { .integer = -1 } }, false },
	{ FIELD_OBJECT, { VALUE_STR, 0, { .text = STR_INIT("{}") } }, true },
	{ FIELD_ARRAY, { VALUE_STR, 0, { .text = STR_INIT("[]") } }, true },
};

START_TEST(values_are_of_their_fields_kind)
{
	struct record row = { .resource = &wide }, got;

	make_wide(kinds[_i].type);
	for (unsigned i = 0; i < RESOURCE_MAX_FIELDS - 1; i += 2)
		record_set(&row, i, value_null());
	record_set(&row, RESOURCE_MAX_FIELDS - 1, kinds[_i].value);
	codec_encode_row(&out, &row);
	ck_assert_uint_le(buf_len(&out), codec_row_size(&row));
	struct rows rows = { .resource = &wide, .left = 1, .rest = unpack_from(buf_view(&out)) };
	ck_assert_int_eq(codec_next_row(&rows, &got), kinds[_i].valid);
	if (!kinds[_i].valid)
		return;
	same_record(&row, &got);
	if (kinds[_i].value.kind == VALUE_NUMBER)
		ck_assert(value_equal(&kinds[_i].value, &got.values[RESOURCE_MAX_FIELDS - 1]));
}
END_TEST

/* Rows of several resources in one frame. */

static struct record row_of(const struct resource *r)
{
	struct record row = { .resource = r };

	for (unsigned i = 0; i < r->nfields; i++)
		record_set(&row, i, value_null());
	return row;
}

/* The command's own rows, and rows that are embedded in them. */
START_TEST(a_frame_may_have_rows_of_several_resources)
{
	static const bool embedded[] = { true, true, false, true, false, false };
	const struct member *embed = api->embeds[0];
	struct rows_writer w;
	struct reply reply;
	const char *error;

	codec_rows_begin(&w, &out, 42, api->resources[0], -1);
	for (size_t i = 0; i < NITEMS(embedded); i++) {
		struct record row = row_of(embedded[i] ? embed->of : api->resources[0]);
		codec_rows_add(&w, embedded[i] ? embed : NULL, &row);
	}
	codec_rows_end(&w, MORE_NO);
	struct str whole = payload();
	ck_assert_msg(codec_decode_reply(whole, api, &reply, &error), "%s", error);
	for (size_t i = 0; i < NITEMS(embedded); i++) {
		struct record got, row = row_of(embedded[i] ? embed->of : api->resources[0]);
		ck_assert(codec_next_row(&reply.rows, &got));
		ck_assert_ptr_eq(reply.rows.resource, row.resource);
		ck_assert_ptr_eq(reply.rows.embed, embedded[i] ? embed : NULL);
		same_record(&row, &got);
	}
	ck_assert_uint_eq(reply.rows.left, 0);
}
END_TEST

static const struct {
	const char *what;
	struct str rows;
	uint32_t count;
} hostile_rows[] = {
	{ "a mark without a row", STR_INIT("\x00"), 1 },
	{ "two marks in a row", STR_INIT("\x00\x00\x91\x00"), 3 },
	{ "two marks of the command's own rows", STR_INIT("\xc0\xc0\x91\x00"), 3 },
	{ "an embed that there is not", STR_INIT("\x7f\x91\x00"), 2 },
	{ "a negative embed", STR_INIT("\xff\x91\x00"), 2 },
	{ "a text", STR_INIT("\xa1x\x91\x00"), 2 },
	{ "a row that is cut short", STR_INIT("\x00\x92\x01"), 2 },
};

START_TEST(hostile_rows_are_refused)
{
	struct rows rows = { .api = api,
		.own = api->resources[0],
		.resource = api->resources[0],
		.left = hostile_rows[_i].count,
		.rest = unpack_from(hostile_rows[_i].rows) };
	struct record row;
	bool fine = true;

	while (fine && rows.left > 0)
		fine = codec_next_row(&rows, &row);
	ck_assert_msg(!fine, "%s", hostile_rows[_i].what);
}
END_TEST

START_TEST(demands_are_decoded_as_encoded)
{
	for (int i = 0; i < DEMAND__COUNT; i++) {
		enum demand demand;
		uint64_t id;
		const char *error;
		codec_encode_demand(&out, UINT64_MAX, (enum demand)i);
		struct str p = payload();
		ck_assert(codec_is_demand(p));
		ck_assert_msg(codec_decode_demand(p, &id, &demand, &error), "%s", error);
		ck_assert(id == UINT64_MAX);
		ck_assert_int_eq(demand, i);
		p.len--;
		ck_assert(!codec_decode_demand(p, &id, &demand, &error));
	}
}
END_TEST

START_TEST(confirms_are_decoded_as_encoded)
{
	uint64_t id, deadline;
	const char *error;

	codec_encode_confirm(&out, UINT64_MAX, 86410000);
	struct str p = payload();
	ck_assert(codec_is_confirm(p) && !codec_is_demand(p));
	ck_assert_msg(codec_decode_confirm(p, &id, &deadline, &error), "%s", error);
	ck_assert(id == UINT64_MAX);
	ck_assert_uint_eq(deadline, 86410000);
	for (size_t len = 0; len < p.len; len++) {
		struct str cut = { p.ptr, len };
		ck_assert(!codec_decode_confirm(cut, &id, &deadline, &error));
	}
	ck_assert(!codec_is_confirm(STR("")));
}
END_TEST

START_TEST(commands_are_not_demands)
{
	for (int action = 0; action < ACTION__COUNT; action++) {
		struct command c = sample_command(api->resources[0], (enum action)action);
		enum demand demand;
		uint64_t id;
		const char *error;
		codec_encode_command(&out, &c);
		struct str p = payload();
		ck_assert(!codec_is_demand(p) && !codec_is_confirm(p));
		ck_assert(!codec_decode_demand(p, &id, &demand, &error));
	}
	ck_assert(!codec_is_demand(STR("")));
}
END_TEST

START_TEST(abandoned_rows_leave_nothing)
{
	struct rows_writer w;

	codec_encode_done(&out, 1);
	size_t before = buf_len(&out);
	codec_rows_begin(&w, &out, 2, api->resources[0], -1);
	codec_rows_abandon(&w);
	ck_assert_uint_eq(buf_len(&out), before);
}
END_TEST

START_TEST(faults_are_decoded_as_encoded)
{
	for (int fault = 0; fault < FAULT__COUNT; fault++) {
		struct reply reply;
		const char *error;
		codec_encode_fault(&out, 9, (enum fault)fault, api->resources[1], 5);
		ck_assert_msg(codec_decode_reply(payload(), api, &reply, &error), "%s", error);
		ck_assert_int_eq(reply.status, STATUS_FAULT);
		ck_assert_int_eq(reply.fault, fault);
		ck_assert_ptr_eq(reply.resource, api->resources[1]);
		ck_assert_uint_eq(reply.fields, 5);
	}
}
END_TEST

START_TEST(a_bye_has_no_id)
{
	struct reply reply;
	const char *error;

	codec_encode_bye(&out);
	ck_assert_msg(codec_decode_reply(payload(), api, &reply, &error), "%s", error);
	ck_assert_uint_eq(reply.id, 0);
	ck_assert_int_eq(reply.status, STATUS_BYE);
	ck_assert(!reply.more);
}
END_TEST

START_TEST(a_handshake_says_how_many_readers_there_are)
{
	static const uint32_t numbers[] = { 0, 1, 200, UINT32_MAX };
	uint32_t readers = 7;
	const char *error;

	codec_encode_hello(&out, 5, numbers[_i]);
	ck_assert_msg(codec_check_hello(payload(), 5, &readers, &error), "%s", error);
	ck_assert_uint_eq(readers, numbers[_i]);
}
END_TEST

START_TEST(any_changed_byte_of_a_handshake_is_refused)
{
	const char *error;

	codec_encode_hello(&out, api->fingerprint, 0);
	struct str hello = payload();
	ck_assert_msg(codec_check_hello(hello, api->fingerprint, NULL, &error), "%s", error);
	char bytes[64];
	memcpy(bytes, hello.ptr, hello.len);
	/* The last byte is the number of readers. */
	for (size_t i = 0; i < hello.len - 1; i++) {
		bytes[i] ^= 1;
		ck_assert_msg(!codec_check_hello((struct str){ bytes, hello.len }, api->fingerprint,
				      NULL, &error),
			"byte %zu changed", i);
		bytes[i] ^= 1;
	}
}
END_TEST

/* A client's input may have values that dbd is to refuse, a row may not. */
START_TEST(refused_values_are_input_only)
{
	static const enum action writes[] = { ACTION_CREATE, ACTION_UPDATE };
	static struct body body;

	for (size_t a = 0; a < NITEMS(writes); a++) {
		struct command got, sent = sample_command(&wide, writes[a]);
		const char *error;
		make_wide((enum field_type)_i);
		const struct resource *numbered[] = { &wide };
		const struct api one = { .numbered = numbered, .nnumbers = 1 }, *before = api;
		api = &one;
		sent.record = (struct record){ .resource = &wide };
		for (unsigned i = 0; i < RESOURCE_MAX_FIELDS; i++) {
			wide_fields[i].flags |= FIELD_INPUT;
			record_set(&sent.record, i, i % 2 ? value_refused() : value_null());
		}
		body_init(&body, &wide, writes[a] == ACTION_UPDATE);
		wide.by_action[writes[a]] = &body.operation;
		codec_encode_command(&out, &sent);
		bool decoded = codec_decode_command(payload(), api, &got, &error);
		api = before;
		ck_assert_msg(decoded, "%s", error);
		same_record(&sent.record, &got.record);
		buf_reset(&out, FRAME_MAX);
		codec_encode_row(&out, &sent.record);
		struct rows rows = {
			.resource = &wide, .left = 1, .rest = unpack_from(buf_view(&out))
		};
		ck_assert(!codec_next_row(&rows, &got.record));
		buf_reset(&out, FRAME_MAX);
	}
}
END_TEST

/* Payloads that a hostile or broken peer may send instead of a command. */
static const struct {
	const char *what;
	struct str payload;
} hostile[] = {
	{ "nothing", { "", 0 } },
	{ "nil", { "\xc0", 1 } },
	{ "an empty array", { "\x90", 1 } },
	{ "an array that declares 4 G elements", { "\xdd\xff\xff\xff\xff", 5 } },
	{ "a string that declares 4 GiB", { "\x94\x01\x01\x02\xdb\xff\xff\xff\xff", 9 } },
	{ "a map", { "\x81\x01\x01", 3 } },
	{ "a float as id", { "\x94\xca\0\0\0\0\x01\x02\0", 9 } },
	{ "a negative id", { "\x94\xff\x01\x00\x00", 5 } },
	{ "an unknown action", { "\x95\x01\x01\x7f\x00\x00", 6 } },
	{ "an unknown resource", { "\x94\x01\x01\x00\x7f", 5 } },
	{ "a list with one argument too many", { "\x95\x01\x01\x00\x00\x00", 6 } },
	{ "a read with an empty request id", { "\x96\x01\x01\x02\x00\x01\xa0", 7 } },
	{ "a read with a request id that is not text", { "\x96\x01\x01\x02\x00\x01\x01", 7 } },
	{ "a read with two request ids", { "\x97\x01\x01\x02\x00\x01\xa1x\xa1x", 10 } },
	{ "a read without its key", { "\x94\x01\x01\x02\x00", 5 } },
	{ "a key that is not an integer", { "\x95\x01\x01\x02\x00\xa1z", 7 } },
	{ "a key beyond 64 bits signed",
		{ "\x95\x01\x01\x02\x00\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 14 } },
	{ "a user with a parent", { "\x96\x01\x01\x01\x00\x05\x93\x06\xa1x\xa1y", 12 } },
	{ "a record that lacks a field", { "\x96\x01\x01\x01\x00\x00\x92\x02\xa1x", 10 } },
	{ "a record with a field that clients do not write",
		{ "\x96\x01\x01\x03\x00\x01\x92\x01\x05", 9 } },
	{ "a record with a field beyond the last",
		{ "\x96\x01\x01\x03\x00\x01\x92\x10\xa1x", 10 } },
	{ "a record with fewer values than it says",
		{ "\x96\x01\x01\x03\x00\x01\x92\x06\xa1x", 10 } },
	{ "an integer where text is due", { "\x96\x01\x01\x03\x00\x01\x92\x02\x05", 9 } },
	{ "null on create", { "\x96\x01\x01\x01\x00\x00\x93\x06\xc0\xa1y", 11 } },
	{ "true, where text is due", { "\x96\x01\x01\x03\x00\x01\x92\x02\xc3", 9 } },
	{ "a refused value of a field that clients do not write",
		{ "\x96\x01\x01\x03\x00\x01\x92\x01\xc2", 9 } },
	{ "text that is not UTF-8", { "\x96\x01\x01\x03\x00\x01\x92\x02\xa1\xff", 10 } },
	{ "text shorter than its bound", { "\x96\x01\x01\x03\x00\x01\x92\x02\xa0", 9 } },
	{ "deep nesting", { "\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91"
			    "\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91"
			    "\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x90",
				  48 } },
};

START_TEST(hostile_payloads_are_refused)
{
	struct command command;
	struct reply reply;
	const char *error = NULL;

	ck_assert_msg(!codec_decode_command(hostile[_i].payload, api, &command, &error), "%s",
		hostile[_i].what);
	ck_assert_ptr_nonnull(error);
	/* Some of them are valid replies, so only the absence of a crash is tested. */
	(void)!codec_decode_reply(hostile[_i].payload, api, &reply, &error);
}
END_TEST

START_TEST(text_over_its_bound_is_refused)
{
	struct command c = sample_command(api->resources[0], ACTION_CREATE), got;
	char text[64];
	const char *error;

	memset(text, 'x', sizeof(text));
	for (size_t n = 50; n <= 51; n++) {
		c.record.values[1] = value_text((struct str){ text, n });
		codec_encode_command(&out, &c);
		ck_assert_int_eq(codec_decode_command(payload(), api, &got, &error), n == 50);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("codec");
	TCase *tc = tcase_create("codec");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, commands_are_decoded_as_encoded);
	tcase_add_test(tc, keys_have_the_type_of_their_resource);
	tcase_add_loop_test(tc, uuids_are_keys_of_16_bytes, 0, NITEMS(of_uuids));
	tcase_add_test(tc, pages_are_decoded_as_encoded);
	tcase_add_loop_test(tc, a_filter_is_decoded_if_it_is_of_its_type, 0, NITEMS(filter_cases));
	tcase_add_test(tc, all_filters_are_decoded);
	tcase_add_test(tc, children_have_a_parent);
	tcase_add_test(tc, request_ids_are_decoded_as_encoded);
	tcase_add_test(tc, digests_have_eight_bytes);
	tcase_add_test(tc, cut_and_extended_commands_are_refused);
	tcase_add_loop_test(tc, rows_are_decoded_as_encoded, 0, MORE__COUNT);
	tcase_add_loop_test(tc, cut_and_extended_rows_are_refused, 0, 3);
	tcase_add_test(tc, dates_with_a_zone_are_decoded_as_encoded);
	tcase_add_loop_test(tc, hostile_dates_are_refused, 0, NITEMS(hostile_dates));
	tcase_add_loop_test(tc, values_are_of_their_fields_kind, 0, (int)NITEMS(kinds));
	tcase_add_test(tc, a_frame_may_have_rows_of_several_resources);
	tcase_add_loop_test(tc, hostile_rows_are_refused, 0, (int)NITEMS(hostile_rows));
	tcase_add_test(tc, demands_are_decoded_as_encoded);
	tcase_add_test(tc, confirms_are_decoded_as_encoded);
	tcase_add_test(tc, commands_are_not_demands);
	tcase_add_test(tc, abandoned_rows_leave_nothing);
	tcase_add_test(tc, faults_are_decoded_as_encoded);
	tcase_add_test(tc, a_bye_has_no_id);
	tcase_add_loop_test(tc, a_handshake_says_how_many_readers_there_are, 0, 4);
	tcase_add_test(tc, any_changed_byte_of_a_handshake_is_refused);
	tcase_add_loop_test(tc, refused_values_are_input_only, 0, FIELD_TYPE__COUNT);
	tcase_add_loop_test(tc, hostile_payloads_are_refused, 0, (int)NITEMS(hostile));
	tcase_add_test(tc, text_over_its_bound_is_refused);
	suite_add_tcase(suite, tc);
	return suite;
}
