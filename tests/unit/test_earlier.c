/*
 * Workers that have an earlier declaration: their commands over SQLite, and what they get, while
 * dbd acts by the current one.
 */
#include "earlier.h"

#include "arena.h"
#include "codec.h"
#include "declaration.h"
#include "digest.h"
#include "frame.h"
#include "handlers.h"
#include "sample.h"
#include "showing.h"
#include "sqlite_engine.h"
#include "store.h"
#include "store_changes.h"
#include "store_transaction.h"
#include "suite.h"

#include <unistd.h>

/* The current one has other fields before those of the earlier one, and other choices. */
#define EARLIER                                                                                    \
	"{\"resources\":{"                                                                         \
	"\"author\":{\"fields\":{\"name\":{\"type\":\"text\"}}},"                                  \
	"\"book\":{\"parent\":\"author\",\"embedded\":true,\"fields\":{"                           \
	"\"title\":{\"type\":\"text\"},"                                                           \
	"\"kind\":{\"type\":\"string\",\"enum\":{\"name\":\"Kind\",\"members\":"                   \
	"{\"draft\":\"d\",\"final\":\"f\"}}}}}}}"
#define CURRENT(embedded)                                                                          \
	"{\"resources\":{"                                                                         \
	"\"tag\":{\"fields\":{\"name\":{\"type\":\"text\"}}},"                                     \
	"\"author\":{\"fields\":{\"born\":{\"type\":\"date\",\"nullable\":true},"                  \
	"\"name\":{\"type\":\"text\"},"                                                            \
	"\"made\":{\"type\":\"datetime\",\"set\":\"create\"}}},"                                   \
	"\"book\":{\"parent\":\"author\",\"embedded\":" embedded ",\"fields\":{"                   \
	"\"state\":{\"type\":\"string\",\"default\":\"new\"},"                                     \
	"\"kind\":{\"type\":\"string\",\"enum\":{\"name\":\"Kind\",\"members\":"                   \
	"{\"lost\":\"l\",\"final\":\"f\",\"draft\":\"d\"}}},"                                      \
	"\"title\":{\"type\":\"text\"}}},"                                                         \
	"\"review\":{\"parent\":\"book\",\"embedded\":true,\"fields\":{"                           \
	"\"comment\":{\"type\":\"text\"}}},"                                                       \
	"\"lease\":{\"parent\":\"author\",\"on_delete\":\"restrict\",\"fields\":{"                 \
	"\"street\":{\"type\":\"text\"}}}}}"

/* The indexes of fields. */
enum { EARLIER_TITLE = 1, EARLIER_KIND = 2, EARLIER_AUTHOR = 3 };
enum { STATE = 1, KIND = 2, TITLE = 3 };
enum { EARLIER_DRAFT, EARLIER_FINAL };
enum { LOST, FINAL, DRAFT };

static const struct api *program_api, *earlier, *current;
static struct generations *table;
static struct changes *changes;
static struct store *store;
static struct buf out;
static struct failure failure;

static void begin(const char *text)
{
	const struct api *plain = sample_read_api(str_from(text));
	int fds[GENERATIONS_END__COUNT];
	struct buf error;

	program_api = api;
	earlier = sample_read_api(STR(EARLIER));
	current = declaration_number_like(plain, earlier);
	declaration_free(plain);
	api_use(current);
	earlier_use((const struct api *const[]){ current, earlier }, 2);
	ck_assert_int_eq(generations_create(fds), 0);
	table = generations_map(fds[GENERATIONS_WRITE], GENERATIONS_WRITE);
	close(fds[GENERATIONS_READ]);
	buf_init(&error, 4096);
	store = store_open_writer(NULL, &error);
	ck_assert_msg(store, "%.*s", STR_ARGS(buf_view(&error)));
	buf_done(&error);
	changes = changes_new(table);
	store_publish_changes(store, changes);
	buf_init(&out, SIZE_MAX / 2);
}

static void setup(void)
{
	begin(CURRENT("true"));
}

static void setup_apart(void)
{
	begin(CURRENT("false"));
}

static void teardown(void)
{
	store_close(store);
	changes_free(changes);
	buf_done(&out);
	api_use(program_api);
	earlier_use(&program_api, 1);
	declaration_free(current);
	declaration_free(earlier);
}

/* Commands. */

static struct command command_of(
	const struct api *of, enum action action, const char *name, int64_t key)
{
	const struct resource *r = api_resource_named(of, name);

	return (struct command){ .deadline = UINT64_MAX,
		.action = action,
		.resource = r,
		.api = of,
		.key = key_int(key),
		.record.resource = r };
}

/* As it comes from a worker: encoded and decoded by its declaration. */
static struct rows taken; /* of the frame that was taken last */

static bool run(const struct command *command)
{
	struct command decoded;
	struct str payload;
	struct buf frame;
	size_t size;
	const char *error;

	buf_init(&frame, FRAME_HEADER + FRAME_MAX);
	codec_encode_command(&frame, command);
	ck_assert_int_eq(frame_parse(buf_view(&frame), &payload, &size), FRAME_WHOLE);
	ck_assert_msg(codec_decode_command(payload, command->api, &decoded, &error), "%s", error);
	buf_reset(&out, 0);
	ck_assert_int_eq(store_step(store, ENGINE_BEGIN_WRITE), SQLITE_OK);
	bool done = handlers_run(sqlite_engine_of(store), &decoded, SIZE_MAX / 2, &out, &failure);
	ck_assert_int_eq(store_step(store, done ? ENGINE_COMMIT : ENGINE_ROLLBACK), SQLITE_OK);
	buf_done(&frame);
	return done;
}

static void must_run(struct command command)
{
	taken.left = 0;
	ck_assert_msg(run(&command), "%s: %s", command.resource->name, fault_text(failure.fault));
}

/* The failure is one that the worker can decode. */
static void must_fail(struct command command, enum fault fault, const struct resource *resource)
{
	ck_assert(!run(&command));
	ck_assert_str_eq(fault_text(failure.fault), fault_text(fault));
	ck_assert_ptr_eq(sample_concerned(fault, failure.resource, failure.fields), resource);
}

static void create_author(const struct api *of)
{
	struct command c = command_of(of, ACTION_CREATE, "author", 0);
	const struct resource *r = c.resource;

	if (of == current)
		record_set(&c.record, resource_field_named(r, "born"), value_null());
	record_set(&c.record, resource_field_named(r, "name"), value_text(STR("Ann")));
	must_run(c);
}

static struct command new_book(const struct api *of, const char *title, int kind)
{
	struct command c = command_of(of, ACTION_CREATE, "book", 0);

	c.parent = key_int(1);
	if (of == current)
		record_set(&c.record, STATE, value_text(STR("old")));
	record_set(&c.record, of == current ? TITLE : EARLIER_TITLE, value_text(str_from(title)));
	record_set(&c.record, of == current ? KIND : EARLIER_KIND, value_int(kind));
	return c;
}

static void create_below(const char *name, const char *field, int64_t parent)
{
	struct command c = command_of(current, ACTION_CREATE, name, 0);

	c.parent = key_int(parent);
	record_set(&c.record, resource_field_named(c.resource, field), value_text(STR("x")));
	must_run(c);
}

static struct command change_title(const struct api *of, int64_t key, struct value title)
{
	struct command c = command_of(of, ACTION_UPDATE, "book", key);

	record_set(&c.record, of == current ? TITLE : EARLIER_TITLE, title);
	return c;
}

/* Replies, as the worker decodes them. */

static struct reply take_frame(const struct api *of)
{
	struct reply reply;
	struct str payload;
	size_t size;
	const char *error;

	ck_assert_int_eq(frame_parse(buf_view(&out), &payload, &size), FRAME_WHOLE);
	ck_assert_msg(codec_decode_reply(payload, of, &reply, &error), "%s", error);
	out.start += size;
	return reply;
}

/* The next row of the reply. */
static struct record take_row(const struct api *of)
{
	struct record row;

	if (taken.left == 0)
		taken = take_frame(of).rows;
	ck_assert(codec_next_row(&taken, &row));
	ck_assert_uint_eq(row.present, record_all(row.resource));
	return row;
}

static struct record read_row(const struct api *of, const char *name, int64_t key)
{
	must_run(command_of(of, ACTION_READ, name, key));
	return take_row(of);
}

/* The digest of what a READ shows. */
static uint64_t digest_of(const struct api *of, const char *name, int64_t key)
{
	uint64_t digest = DIGEST_BEGIN;
	struct record row;
	enum more more;

	const struct schema *shown = sample_shown(api_resource_named(of, name), ACTION_READ);

	must_run(command_of(of, ACTION_READ, name, key));
	do {
		struct reply reply = take_frame(of);
		more = reply.more;
		while (reply.rows.left > 0) {
			ck_assert(codec_next_row(&reply.rows, &row));
			digest = digest_row(
				digest, sample_shape(&reply.rows, shown), reply.rows.row);
		}
	} while (more != MORE_NO);
	return digest;
}

static void is_text(const struct value *v, const char *text)
{
	ck_assert_int_eq(v->kind, VALUE_STR);
	ck_assert(str_equal(v->text, str_from(text)));
}

START_TEST(the_declarations_are_found_by_their_fingerprints)
{
	ck_assert_ptr_eq(earlier_find(current->fingerprint), current);
	ck_assert_ptr_eq(earlier_find(earlier->fingerprint), earlier);
	ck_assert_ptr_null(earlier_find(earlier->fingerprint + 1));
	ck_assert_ptr_eq(earlier_current(api_resource_named(earlier, "book")),
		api_resource_named(current, "book"));
}
END_TEST

START_TEST(a_command_is_decoded_by_its_declaration)
{
	struct command c = command_of(current, ACTION_LIST, "lease", 0), decoded;
	struct str payload;
	size_t size;
	const char *error;

	codec_encode_command(&out, &c);
	ck_assert_int_eq(frame_parse(buf_view(&out), &payload, &size), FRAME_WHOLE);
	ck_assert(codec_decode_command(payload, current, &decoded, &error));
	ck_assert_ptr_eq(decoded.resource, c.resource);
	ck_assert_ptr_eq(decoded.api, current);
	ck_assert(!codec_decode_command(payload, earlier, &decoded, &error));
}
END_TEST

START_TEST(an_earlier_worker_creates_rows_with_defaults_for_what_is_new)
{
	create_author(earlier);
	must_run(new_book(earlier, "Emma", EARLIER_DRAFT));
	struct record shown = take_row(earlier);
	ck_assert_ptr_eq(shown.resource, api_resource_named(earlier, "book"));
	is_text(&shown.values[EARLIER_TITLE], "Emma");
	ck_assert_int_eq(shown.values[EARLIER_KIND].integer, EARLIER_DRAFT);
	ck_assert_int_eq(shown.values[EARLIER_AUTHOR].integer, 1);

	struct record stored = read_row(current, "book", 1);
	is_text(&stored.values[STATE], "new");
	is_text(&stored.values[TITLE], "Emma");
	ck_assert_int_eq(stored.values[KIND].integer, DRAFT);

	struct record author = read_row(current, "author", 1);
	const struct resource *r = author.resource;
	ck_assert_int_eq(author.values[resource_field_named(r, "born")].kind, VALUE_NULL);
	ck_assert_int_eq(author.values[resource_field_named(r, "made")].kind, VALUE_INT);
}
END_TEST

START_TEST(an_earlier_worker_changes_what_it_knows_and_nothing_else)
{
	create_author(current);
	must_run(new_book(current, "Emma", FINAL));
	must_run(change_title(earlier, 1, value_text(STR("Persuasion"))));
	struct record shown = take_row(earlier);
	is_text(&shown.values[EARLIER_TITLE], "Persuasion");
	ck_assert_int_eq(shown.values[EARLIER_KIND].integer, EARLIER_FINAL);
	is_text(&read_row(current, "book", 1).values[STATE], "old");
}
END_TEST

START_TEST(an_earlier_worker_reads_rows_as_it_declares_them)
{
	create_author(current);
	must_run(new_book(current, "Emma", FINAL));
	create_below("review", "comment", 1);
	create_below("lease", "street", 1);
	is_text(&read_row(earlier, "author", 1).values[1], "Ann");
	struct record book = take_row(earlier);
	is_text(&book.values[EARLIER_TITLE], "Emma");
	ck_assert_int_eq(book.values[EARLIER_KIND].integer, EARLIER_FINAL);
	ck_assert_uint_eq(buf_len(&out), 0);
	must_run(command_of(earlier, ACTION_LIST, "book", 0));
	is_text(&take_row(earlier).values[EARLIER_TITLE], "Emma");
}
END_TEST

/* The worker cannot show the row; nothing is written. */
START_TEST(a_choice_that_a_worker_does_not_know_is_a_reason_to_try_again)
{
	const struct resource *book = api_resource_named(earlier, "book");

	create_author(current);
	must_run(new_book(current, "Emma", LOST));
	must_fail(command_of(earlier, ACTION_READ, "book", 1), FAULT_UNAVAILABLE, book);
	must_fail(command_of(earlier, ACTION_LIST, "book", 0), FAULT_UNAVAILABLE, book);
	must_fail(change_title(earlier, 1, value_text(STR("x"))), FAULT_UNAVAILABLE, book);
	is_text(&read_row(current, "book", 1).values[TITLE], "Emma");
}
END_TEST

START_TEST(deletions_follow_the_current_relations)
{
	const struct resource *author = api_resource_named(earlier, "author");

	create_author(earlier);
	must_run(new_book(earlier, "Emma", EARLIER_DRAFT));
	create_below("review", "comment", 1);
	create_below("lease", "street", 1);
	/* It does not know leases. */
	must_fail(command_of(earlier, ACTION_DELETE, "author", 1), FAULT_IN_USE, author);
	must_run(command_of(current, ACTION_DELETE, "lease", 1));
	must_run(command_of(earlier, ACTION_DELETE, "author", 1));
	must_fail(command_of(current, ACTION_READ, "review", 1), FAULT_NOT_FOUND,
		api_resource_named(current, "review"));
}
END_TEST

START_TEST(faults_have_the_fields_of_the_worker)
{
	create_author(earlier);
	must_run(new_book(earlier, "Emma", EARLIER_DRAFT));
	must_fail(change_title(earlier, 1, value_null()), FAULT_REFUSED,
		api_resource_named(earlier, "book"));
	ck_assert_uint_eq(failure.fields, 1 << EARLIER_TITLE);
	must_fail(change_title(current, 1, value_null()), FAULT_REFUSED,
		api_resource_named(current, "book"));
	ck_assert_uint_eq(failure.fields, 1 << TITLE);
	must_fail(command_of(earlier, ACTION_READ, "book", 9), FAULT_NOT_FOUND,
		api_resource_named(earlier, "book"));
}
END_TEST

START_TEST(a_condition_holds_for_what_the_worker_shows)
{
	create_author(earlier);
	must_run(new_book(earlier, "Emma", EARLIER_DRAFT));
	create_below("review", "comment", 1);
	uint64_t digests[] = { digest_of(earlier, "book", 1), digest_of(current, "book", 1) };
	ck_assert_uint_ne(digests[0], digests[1]);

	struct command change = change_title(earlier, 1, value_text(STR("Lady Susan")));
	change.match = (struct str){ (const char *)&digests[0], sizeof(digests[0]) };
	must_run(change);
	/* Neither digest holds any more. */
	must_fail(change, FAULT_CHANGED, api_resource_named(earlier, "book"));
	struct command delete = command_of(current, ACTION_DELETE, "book", 1);
	delete.match = (struct str){ (const char *)&digests[1], sizeof(digests[1]) };
	must_fail(delete, FAULT_CHANGED, api_resource_named(current, "book"));
	digests[1] = digest_of(current, "book", 1);
	must_run(delete);
}
END_TEST

/* The worker's cache. */

static struct generation_stamp stamp_of(const struct api *of, const char *name, int64_t key)
{
	struct generation_stamp stamp;

	ck_assert(generations_stamp(
		table, generations_row(api_resource_named(of, name), key_int(key)), &stamp));
	return stamp;
}

START_TEST(workers_share_the_counters_of_a_row)
{
	create_author(earlier);
	must_run(new_book(earlier, "Emma", EARLIER_DRAFT));
	struct generation_stamp stamps[] = { stamp_of(earlier, "book", 1),
		stamp_of(current, "book", 1), stamp_of(earlier, "author", 1),
		stamp_of(current, "author", 1) };
	must_run(change_title(_i ? current : earlier, 1, value_text(STR("Persuasion"))));
	for (size_t i = 0; i < NITEMS(stamps); i++)
		ck_assert(!generations_hold(table, &stamps[i]));
}
END_TEST

/* Books are no longer shown in their author, except by earlier workers. */
START_TEST(what_an_earlier_worker_shows_is_invalidated)
{
	create_author(current);
	must_run(new_book(current, "Emma", FINAL));
	ck_assert_ptr_nonnull(showing_of(api_resource_named(current, "book"))->owners);
	struct generation_stamp stamp = stamp_of(earlier, "author", 1);
	must_run(change_title(current, 1, value_text(STR("Persuasion"))));
	ck_assert(!generations_hold(table, &stamp));
	is_text(&read_row(earlier, "author", 1).values[1], "Ann");
	is_text(&take_row(earlier).values[EARLIER_TITLE], "Persuasion");
}
END_TEST

/* A resource of n inputs and the key. */
static const struct api *api_of_inputs(unsigned n)
{
	struct buf text;

	buf_init(&text, DECLARATION_MOST);
	buf_printf(&text, "{\"resources\":{\"wide\":{\"fields\":{");
	for (unsigned i = 0; i < n; i++)
		buf_printf(&text, "%s\"f%u\":{\"type\":\"integer\",\"nullable\":true}",
			i ? "," : "", i);
	buf_printf(&text, "}}}}");
	const struct api *read = sample_read_api(buf_view(&text));
	buf_done(&text);
	return read;
}

START_TEST(all_fields_may_be_new_but_one)
{
	const struct api *before = api, *narrow = api_of_inputs(1);
	const struct api *wide = api_of_inputs(RESOURCE_MAX_FIELDS - 1);
	struct record from = { .resource = narrow->resources[0] }, to;

	api_use(wide);
	earlier_use((const struct api *const[]){ wide, narrow }, 2);
	record_set(&from, 1, value_int(7));
	earlier_to_current(&to, &from);
	ck_assert_ptr_eq(to.resource, wide->resources[0]);
	ck_assert_uint_eq(to.present, 1 << 1);
	ck_assert_int_eq(to.values[1].integer, 7);
	api_use(before);
	earlier_use(&before, 1);
	declaration_free(narrow);
	declaration_free(wide);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("earlier");
	TCase *tc = tcase_create("earlier"), *apart = tcase_create("apart");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_declarations_are_found_by_their_fingerprints);
	tcase_add_test(tc, a_command_is_decoded_by_its_declaration);
	tcase_add_test(tc, an_earlier_worker_creates_rows_with_defaults_for_what_is_new);
	tcase_add_test(tc, an_earlier_worker_changes_what_it_knows_and_nothing_else);
	tcase_add_test(tc, an_earlier_worker_reads_rows_as_it_declares_them);
	tcase_add_test(tc, a_choice_that_a_worker_does_not_know_is_a_reason_to_try_again);
	tcase_add_test(tc, deletions_follow_the_current_relations);
	tcase_add_test(tc, faults_have_the_fields_of_the_worker);
	tcase_add_test(tc, a_condition_holds_for_what_the_worker_shows);
	tcase_add_loop_test(tc, workers_share_the_counters_of_a_row, 0, 2);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(apart, setup_apart, teardown);
	tcase_add_test(apart, what_an_earlier_worker_shows_is_invalidated);
	TCase *wide = tcase_create("wide");
	tcase_add_test(wide, all_fields_may_be_new_but_one);
	suite_add_tcase(suite, wide);
	suite_add_tcase(suite, apart);
	return suite;
}
