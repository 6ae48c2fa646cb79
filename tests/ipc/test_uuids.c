/* The real dbd with keys that are UUIDs: over its restart, and with a client of an earlier
 * declaration. */
#include "dbd_process.h"
#include "declaration.h"
#include "process.h"
#include "sample.h"
#include "scratch.h"
#include "suite.h"

/* A tag, notes below it, and what follows a note's text. */
#define NOTES(fields)                                                                              \
	"{\"resources\":{\"tag\":{\"key\":{\"type\":\"uuid\"},\"fields\":{\"text\":{\"type\":"     \
	"\"text\"}}},\"note\":{\"key\":{\"type\":\"uuid\",\"index\":false},\"parent\":\"tag\","    \
	"\"embedded\":true,\"fields\":{\"text\":{\"type\":\"text\"}," fields                       \
	"\"like\":{\"type\":\"reference\",\"to\":\"note\",\"nullable\":true}}}}}"

static struct dbd dbd;
static const struct api *program_api, *earlier, *current;

static void setup(void)
{
	const struct api *plain =
		sample_read_api(STR(NOTES("\"mark\":{\"type\":\"integer\",\"default\":5},")));

	scratch_setup();
	program_api = api;
	earlier = sample_read_api(STR(NOTES("")));
	current = declaration_number_like(plain, earlier);
	declaration_free(plain);
	api_use(current);
	dbd_init(&dbd, scratch_url("app.db"));
	dbd.earlier = earlier;
	dbd_start(&dbd);
}

static void teardown(void)
{
	dbd_done(&dbd);
	api_use(program_api);
	declaration_free(earlier);
	declaration_free(current);
	scratch_teardown();
}

static struct command command_for(
	const struct client *client, enum action action, const char *name, struct key key)
{
	const struct resource *r = api_resource_named(client->api, name);

	return (struct command){ .id = 7,
		.action = action,
		.resource = r,
		.key = key,
		.parent = key,
		.record = { .resource = r } };
}

static struct record next_row(struct reply *reply)
{
	struct record row;

	ck_assert_msg(reply->status == STATUS_ROWS, "%s", fault_text(reply->fault));
	ck_assert(codec_next_row(&reply->rows, &row));
	return row;
}

static struct key ask_for_key(struct client *client, const struct command *c)
{
	struct reply reply = client_ask(client, c);
	const struct record row = next_row(&reply);

	return key_of_value(&row.values[RESOURCE_KEY]);
}

static void set(struct command *c, const char *field, struct value value)
{
	record_set(&c->record, resource_field_named(c->resource, field), value);
}

static struct key add_tag(struct client *client)
{
	struct command c = command_for(client, ACTION_CREATE, "tag", key_none());

	set(&c, "text", value_text(STR("tag")));
	return ask_for_key(client, &c);
}

/* Like the note with this key; NULL: like none. */
static struct key add_note(struct client *client, struct key tag, const struct key *like)
{
	struct command c = command_for(client, ACTION_CREATE, "note", tag);
	const struct field *f = &c.resource->fields[resource_field_named(c.resource, "like")];
	char text[UUID_LENGTH];

	set(&c, "text", value_text(STR("note")));
	set(&c, "like", like ? key_value(f, *like, text) : value_null());
	if (client->api == current)
		set(&c, "mark", value_int(9));
	return ask_for_key(client, &c);
}

/* The notes that a tag is shown with. */
static unsigned count_notes(struct client *client, struct key tag)
{
	struct command c = command_for(client, ACTION_READ, "tag", tag);
	struct reply reply = client_ask(client, &c);
	unsigned count = 0;

	ck_assert_int_eq(reply.more, MORE_NO);
	for (next_row(&reply); reply.rows.left > 0; count++) {
		const struct record row = next_row(&reply);
		ck_assert_ptr_eq(row.resource, api_resource_named(client->api, "note"));
	}
	return count;
}

static enum fault delete_row(struct client *client, const char *name, struct key key)
{
	struct command c = command_for(client, ACTION_DELETE, name, key);
	struct reply reply = client_ask(client, &c);

	return reply.status == STATUS_DONE ? FAULT_NONE : reply.fault;
}

START_TEST(rows_are_there_after_a_restart)
{
	struct client client;

	client_open(&client, &dbd);
	struct key tag = add_tag(&client), note = add_note(&client, tag, NULL);
	add_note(&client, tag, &note);
	client_close(&client);
	dbd_kill(&dbd);
	dbd_start(&dbd);
	client_open(&client, &dbd);
	ck_assert_uint_eq(count_notes(&client, tag), 2);
	ck_assert_int_eq(delete_row(&client, "note", note), FAULT_NONE);
	ck_assert_uint_eq(count_notes(&client, tag), 0);
	ck_assert_int_eq(delete_row(&client, "note", note), FAULT_NOT_FOUND);
	client_close(&client);
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
}
END_TEST

START_TEST(clients_of_both_declarations_use_each_others_keys)
{
	struct client old, new;

	client_open_as(&old, &dbd, earlier);
	client_open(&new, &dbd);
	struct key tag = add_tag(&old), note = add_note(&new, tag, NULL);
	add_note(&old, tag, &note);
	ck_assert_uint_eq(count_notes(&old, tag), 2);
	ck_assert_uint_eq(count_notes(&new, tag), 2);
	ck_assert_int_eq(delete_row(&old, "tag", tag), FAULT_NONE);
	ck_assert_int_eq(delete_row(&new, "note", note), FAULT_NOT_FOUND);
	client_close(&old);
	client_close(&new);
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
}
END_TEST

/* An integer, where the key is a UUID. */
START_TEST(a_key_of_another_type_closes_the_connection)
{
	struct client bad, good;

	client_open(&bad, &dbd);
	client_open(&good, &dbd);
	size_t begin = frame_begin(&bad.link.out);
	buf_append(&bad.link.out, "\x95\x07\xcf\xff\xff\xff\xff\xff\xff\xff\xff\x02\0\x07", 14);
	frame_end(&bad.link.out, begin);
	client_flush(&bad);
	client_must_be_closed(&bad);
	ck_assert_ptr_nonnull(strstr(dbd_log(&dbd), "invalid arguments of a command"));
	add_tag(&good);
	client_close(&bad);
	client_close(&good);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("uuids");
	TCase *tc = tcase_create("uuids");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, rows_are_there_after_a_restart);
	tcase_add_test(tc, clients_of_both_declarations_use_each_others_keys);
	tcase_add_test(tc, a_key_of_another_type_closes_the_connection);
	suite_add_tcase(suite, tc);
	return suite;
}
