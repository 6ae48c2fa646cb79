/* A dbd that was started by a reload: its clients have the current or an earlier declaration. */
#include "dbd_process.h"
#include "declaration.h"
#include "process.h"
#include "sample.h"
#include "scratch.h"
#include "suite.h"

#define EARLIER "{\"resources\":{\"note\":{\"fields\":{\"text\":{\"type\":\"text\"}}}}}"
#define CURRENT                                                                                    \
	"{\"resources\":{\"tag\":{\"fields\":{\"word\":{\"type\":\"text\"}}},"                     \
	"\"note\":{\"fields\":{\"mark\":{\"type\":\"integer\",\"default\":5},"                     \
	"\"text\":{\"type\":\"text\"}}}}}"

static struct dbd dbd;
static const struct api *program_api, *earlier, *current;

static void setup(void)
{
	const struct api *plain = sample_read_api(STR(CURRENT));

	scratch_setup();
	program_api = api;
	earlier = sample_read_api(STR(EARLIER));
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

static struct command command_for(const struct api *of, enum action action, int64_t key)
{
	const struct resource *r = api_resource_named(of, "note");

	return (struct command){ .id = 7,
		.action = action,
		.resource = r,
		.key = key_int(key),
		.record = { .resource = r } };
}

static void create(struct client *client, const char *text)
{
	struct command c = command_for(client->api, ACTION_CREATE, 0);
	const struct resource *r = c.resource;

	if (client->api == current)
		record_set(&c.record, resource_field_named(r, "mark"), value_int(9));
	record_set(&c.record, resource_field_named(r, "text"), value_text(str_from(text)));
	ck_assert_int_eq(client_ask(client, &c).status, STATUS_ROWS);
}

static struct record read_row(struct client *client, int64_t key)
{
	struct command c = command_for(client->api, ACTION_READ, key);
	struct reply reply = client_ask(client, &c);
	struct record row;

	ck_assert_int_eq(reply.status, STATUS_ROWS);
	ck_assert(codec_next_row(&reply.rows, &row));
	ck_assert_ptr_eq(row.resource, api_resource_named(client->api, "note"));
	return row;
}

static void shows(const struct record *row, const char *text)
{
	struct str shown = row->values[resource_field_named(row->resource, "text")].text;

	ck_assert_slice_eq(shown, str_from(text));
}

static void has_mark(const struct record *row, int64_t mark)
{
	ck_assert_int_eq(row->values[resource_field_named(row->resource, "mark")].integer, mark);
}

START_TEST(clients_of_both_declarations_see_each_others_rows)
{
	struct client old, new;
	struct record row;

	client_open_as(&old, &dbd, earlier);
	client_open(&new, &dbd);
	create(&old, "one");
	create(&new, "two");
	row = read_row(&new, 1);
	shows(&row, "one");
	has_mark(&row, 5);
	row = read_row(&new, 2);
	has_mark(&row, 9);
	row = read_row(&old, 2);
	shows(&row, "two");
	client_close(&old);
	client_close(&new);
	ck_assert_int_eq(dbd_stop(&dbd), EXIT_CLEAN);
}
END_TEST

START_TEST(long_lists_of_an_earlier_client_are_streamed_as_it_declares_them)
{
	enum { ROWS = 3000 };
	struct client old;
	struct command list = command_for(earlier, ACTION_LIST, 0);
	struct reply reply;
	struct record row;
	uint32_t rows = 0;
	char text[200];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	client_open_as(&old, &dbd, earlier);
	for (unsigned i = 0; i < ROWS; i++)
		create(&old, text);
	reply = client_ask(&old, &list);
	for (;;) {
		for (; reply.rows.left > 0; rows++) {
			ck_assert(codec_next_row(&reply.rows, &row));
			shows(&row, text);
		}
		if (reply.more == MORE_NO)
			break;
		if (reply.more == MORE_WAITS)
			client_demand(&old, list.id, DEMAND_NEXT);
		reply = client_take_reply(&old);
	}
	ck_assert_uint_eq(rows, ROWS);
	client_close(&old);
}
END_TEST

START_TEST(a_client_of_another_declaration_is_refused)
{
	const struct api *other = sample_read_api(
		STR("{\"resources\":{\"other\":{\"fields\":{\"text\":{\"type\":\"text\"}}}}}"));
	struct client client;

	client_connect(&client, &dbd);
	codec_encode_hello(&client.link.out, other->fingerprint, 0);
	client_flush(&client);
	client_must_be_closed(&client);
	ck_assert_ptr_nonnull(strstr(dbd_log(&dbd), "another declaration of the API"));
	client_close(&client);
	declaration_free(other);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("declarations");
	TCase *tc = tcase_create("declarations");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, clients_of_both_declarations_see_each_others_rows);
	tcase_add_test(tc, long_lists_of_an_earlier_client_are_streamed_as_it_declares_them);
	tcase_add_test(tc, a_client_of_another_declaration_is_refused);
	suite_add_tcase(suite, tc);
	return suite;
}
