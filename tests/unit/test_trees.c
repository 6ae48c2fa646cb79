/*
 * Answers that show rows within rows, by the schemas of tests/apis/library.json: commands over
 * SQLite, their replies as a worker writes them, and the worker's cache.
 */
#include "cache.h"
#include "codec.h"
#include "digest.h"
#include "group.h"
#include "handlers.h"
#include "record_json.h"
#include "rows_body.h"
#include "sample.h"
#include "source_file.h"
#include "sqlite_engine.h"
#include "store.h"
#include "store_changes.h"
#include "suite.h"

#include <stdlib.h>
#include <unistd.h>

enum { CACHE_BYTES = 1024 * 1024 };

static const struct resource *author, *book, *review, *person;
static struct generations *table;
static struct changes *changes;
static struct store *store;
static struct cache *cache;
static struct arena arena;
static struct buf json, frames;
static struct rows_body body;

static void use_api(void)
{
	static const struct api *library;

	if (!library)
		library = sample_read_api(source_file_read(&arena, "tests/apis/library.json"));
	api_use(library);
	author = sample_resource("author");
	book = sample_resource("book");
	review = sample_resource("review");
	person = sample_resource("person");
}

static void setup(void)
{
	int fds[GENERATIONS_END__COUNT];
	struct buf error;

	use_api();
	record_json_prepare(&arena);
	ck_assert_int_eq(generations_create(fds), 0);
	table = generations_map(fds[GENERATIONS_WRITE], GENERATIONS_WRITE);
	ck_assert_ptr_nonnull(table);
	close(fds[GENERATIONS_READ]);
	buf_init(&error, 4096);
	store = store_open_writer(NULL, &error);
	ck_assert_msg(store, "%.*s", STR_ARGS(buf_view(&error)));
	buf_done(&error);
	changes = changes_new(table);
	store_publish_changes(store, changes);
	cache = cache_new(table, CACHE_BYTES);
	buf_init(&json, SIZE_MAX / 2);
	buf_init(&frames, SIZE_MAX / 2);
	rows_body_init(&body, SIZE_MAX / 2);
}

static void teardown(void)
{
	cache_free(cache);
	store_close(store);
	changes_free(changes);
	arena_done(&arena);
	buf_done(&json);
	buf_done(&frames);
	rows_body_done(&body);
}

/* Commands. */

static struct command command_for(enum action action, const struct resource *r, int64_t key)
{
	return (struct command){ .deadline = UINT64_MAX,
		.action = action,
		.resource = r,
		.key = key_int(key),
		.record.resource = r };
}

static struct value reference(int64_t key)
{
	return key == 0 ? value_null() : value_int(key);
}

static void set(struct command *c, const char *field, struct value value)
{
	record_set(&c->record, resource_field_named(c->resource, field), value);
}

static struct reply take_frame(void)
{
	struct reply got;
	struct str payload;
	size_t size;
	const char *error;

	ck_assert_int_eq(frame_parse(buf_view(&frames), &payload, &size), FRAME_WHOLE);
	ck_assert_msg(codec_decode_reply(payload, api, &got, &error), "%s", error);
	frames.start += size;
	return got;
}

/* The answer in the frames; "" if it has no rows, or the text of the fault. */
static struct str take_answer(const struct command *command)
{
	enum more more;

	buf_reset(&json, 0);
	rows_body_begin(&body, 0);
	do {
		struct reply got = take_frame();
		more = got.more;
		if (got.status == STATUS_FAULT)
			return str_from(fault_text(got.fault));
		if (got.status == STATUS_DONE)
			return STR("");
		ck_assert(rows_body_take(&body, &json, command, &got));
	} while (more != MORE_NO);
	ck_assert(!json.failed);
	return buf_view(&json);
}

static struct str run_write(struct command command)
{
	struct job_list jobs = { 0 };
	struct group_counts counts = { 0 };

	job_append(&jobs, job_new(JOB_WRITE, &command, NULL));
	group_run(sqlite_engine_of(store), &jobs, &counts);
	buf_reset(&frames, 0);
	buf_str(&frames, buf_view(&jobs.first->reply));
	job_free(job_take(&jobs));
	return take_answer(&command);
}

static struct str run_read(const struct command *command)
{
	struct failure failure;

	buf_reset(&frames, 0);
	if (!handlers_run(sqlite_engine_of(store), command, SIZE_MAX / 2, &frames, &failure))
		return str_from(fault_text(failure.fault));
	return take_answer(command);
}

static struct str create_author(const char *name)
{
	struct command c = command_for(ACTION_CREATE, author, 0);

	set(&c, "name", value_text(str_from(name)));
	set(&c, "born", value_null());
	set(&c, "password", value_text(STR("x")));
	return run_write(c);
}

static struct str create_book(const char *title, int64_t author_id, int64_t editor_id)
{
	struct command c = command_for(ACTION_CREATE, book, 0);

	set(&c, "title", value_text(str_from(title)));
	set(&c, "author_id", value_int(author_id));
	set(&c, "editor_id", reference(editor_id));
	return run_write(c);
}

static struct str create_review(int64_t book_id, int stars)
{
	struct command c = command_for(ACTION_CREATE, review, 0);

	c.parent = key_int(book_id);
	set(&c, "stars", value_int(stars));
	return run_write(c);
}

static struct str create_person(const char *name, int64_t manager_id)
{
	struct command c = command_for(ACTION_CREATE, person, 0);

	set(&c, "name", value_text(str_from(name)));
	set(&c, "manager_id", reference(manager_id));
	return run_write(c);
}

static struct str change(
	const struct resource *r, int64_t key, const char *field, struct value value)
{
	struct command c = command_for(ACTION_UPDATE, r, key);

	set(&c, field, value);
	return run_write(c);
}

static void shows(struct str got, const char *expected)
{
	ck_assert_slice_eq(got, str_from(expected));
}

static void read_shows(const struct resource *r, int64_t key, const char *expected)
{
	const struct command c = command_for(ACTION_READ, r, key);

	shows(run_read(&c), expected);
}

static void list_shows(const struct resource *r, const char *expected)
{
	const struct command c = command_for(ACTION_LIST, r, 0);

	shows(run_read(&c), expected);
}

/* Schemas. */

START_TEST(members_are_shown_in_the_order_of_the_schema)
{
	shows(create_author("Ann"),
		"{\"books\":[],\"name\":\"Ann\",\"edited\":[],\"id\":1,\"born\":null}");
	create_author("Bob");
	shows(create_book("One", 1, 2), "{\"author\":{\"id\":1,\"name\":\"Ann\"},\"title\":\"One\","
					"\"editor\":{\"id\":2,\"name\":\"Bob\"},\"reviews\":[]}");
	shows(create_book("Two", 1, 0), "{\"author\":{\"id\":1,\"name\":\"Ann\"},\"title\":\"Two\","
					"\"editor\":null,\"reviews\":[]}");
	shows(create_book("Own", 2, 2), "{\"author\":{\"id\":2,\"name\":\"Bob\"},\"title\":\"Own\","
					"\"editor\":{\"id\":2,\"name\":\"Bob\"},\"reviews\":[]}");
	shows(create_review(1, 5), "{\"stars\":5}");
	create_review(1, 4);
	create_review(3, 1);
	read_shows(author, 2,
		"{\"books\":[{\"title\":\"Own\",\"id\":3}],\"name\":\"Bob\",\"edited\":["
		"{\"id\":1,\"reviews\":[{\"stars\":5},{\"stars\":4}],\"title\":\"One\"},"
		"{\"id\":3,\"reviews\":[{\"stars\":1}],\"title\":\"Own\"}],\"id\":2,\"born\":"
		"null}");
	list_shows(author,
		"[{\"books\":[{\"title\":\"One\",\"id\":1},{\"title\":\"Two\",\"id\":2}],"
		"\"name\":\"Ann\",\"edited\":[],\"id\":1,\"born\":null},"
		"{\"books\":[{\"title\":\"Own\",\"id\":3}],\"name\":\"Bob\",\"edited\":["
		"{\"id\":1,\"reviews\":[{\"stars\":5},{\"stars\":4}],\"title\":\"One\"},"
		"{\"id\":3,\"reviews\":[{\"stars\":1}],\"title\":\"Own\"}],\"id\":2,\"born\":null}"
		"]");
	list_shows(review,
		"[{\"book\":{\"author\":{\"id\":1,\"name\":\"Ann\"},\"title\":\"One\","
		"\"editor\":{\"id\":2,\"name\":\"Bob\"},\"reviews\":[{\"stars\":5},{\"stars\":4}]},"
		"\"id\":1},{\"book\":{\"author\":{\"id\":1,\"name\":\"Ann\"},\"title\":\"One\","
		"\"editor\":{\"id\":2,\"name\":\"Bob\"},\"reviews\":[{\"stars\":5},{\"stars\":4}]},"
		"\"id\":2},{\"book\":{\"author\":{\"id\":2,\"name\":\"Bob\"},\"title\":\"Own\","
		"\"editor\":{\"id\":2,\"name\":\"Bob\"},\"reviews\":[{\"stars\":1}]},\"id\":3}]");
}
END_TEST

/* Like queries are open at several levels at once. */
START_TEST(rows_of_a_resource_are_shown_within_each_other)
{
	shows(create_person("a", 0), "{\"id\":1,\"manager\":null}");
	shows(create_person("b", 1), "{\"id\":2,\"manager\":{\"name\":\"a\",\"manager\":null}}");
	shows(create_person("c", 2),
		"{\"id\":3,\"manager\":{\"name\":\"b\",\"manager\":{\"name\":\"a\"}}}");
	create_person("d", 1);
	create_person("e", 4);
	read_shows(person, 1,
		"{\"id\":1,\"reports\":[{\"name\":\"b\",\"reports\":[{\"name\":\"c\"}]},"
		"{\"name\":\"d\",\"reports\":[{\"name\":\"e\"}]}]}");
	/* In a circle. */
	shows(change(person, 1, "manager_id", value_int(3)),
		"{\"id\":1,\"reports\":[{\"name\":\"b\",\"reports\":[{\"name\":\"c\"}]},"
		"{\"name\":\"d\",\"reports\":[{\"name\":\"e\"}]}]}");
	read_shows(person, 2,
		"{\"id\":2,\"reports\":[{\"name\":\"c\",\"reports\":[{\"name\":\"a\"}]}]}");
}
END_TEST

START_TEST(the_answer_to_a_write_shows_what_is_stored_then)
{
	create_author("Ann");
	create_author("Bob");
	create_book("One", 1, 0);
	create_review(1, 5);
	shows(change(book, 1, "author_id", value_int(2)),
		"{\"author\":{\"id\":2,\"name\":\"Bob\"},\"title\":\"One\",\"editor\":null,"
		"\"reviews\":[{\"stars\":5}]}");
	shows(change(author, 2, "born", value_int(1815)),
		"{\"books\":[{\"title\":\"One\",\"id\":1}],\"name\":\"Bob\",\"edited\":[],\"id\":2,"
		"\"born\":1815}");
	shows(run_write(command_for(ACTION_UPDATE, author, 1)),
		"{\"books\":[],\"name\":\"Ann\",\"edited\":[],\"id\":1,\"born\":null}");
	shows(run_write(command_for(ACTION_DELETE, author, 2)),
		"{\"books\":[{\"title\":\"One\",\"id\":1}],\"name\":\"Bob\",\"edited\":[],\"id\":2,"
		"\"born\":1815}");
	shows(run_write(command_for(ACTION_DELETE, author, 2)), "no such row");
	list_shows(book, "[]");
}
END_TEST

/* A row and the rows in it fill several frames; what follows an embed is in the last one. */
START_TEST(trees_continue_in_the_next_frame)
{
	enum { LONG = 40 * 1024, BOOKS = 5 };
	char *title = arena_calloc(&arena, 1, LONG + 1);
	const struct command lists[] = { command_for(ACTION_LIST, author, 0),
		command_for(ACTION_READ, author, 1) };

	memset(title, 'x', LONG);
	create_author("Ann");
	for (int n = 0; n < BOOKS; n++)
		create_book(title, 1, 1);
	for (size_t i = 0; i < NITEMS(lists); i++) {
		struct str shown = run_read(&lists[i]);
		const char end[] = "\"}],\"id\":1,\"born\":null}";
		unsigned found = 0;
		ck_assert_uint_gt(shown.len, 2 * BOOKS * LONG);
		buf_char(&json, '\0');
		shown = buf_view(&json);
		for (const char *next = shown.ptr; (next = strstr(next, "\"reviews\":[]")); next++)
			found++;
		ck_assert_uint_eq(found, BOOKS);
		ck_assert_ptr_nonnull(strstr(shown.ptr, end));
		ck_assert_ptr_nonnull(
			strstr(shown.ptr, "\"id\":5}],\"name\":\"Ann\",\"edited\":[{"));
	}
}
END_TEST

/* Members of what a READ of a book shows, -1 for the book itself, in no order that is allowed. */
static const struct {
	const char *what;
	int members[4];
	unsigned count;
} disorders[] = {
	{ "two authors of a book", { -1, 0, 0 }, 3 },
	{ "the author after the editor", { -1, 2, 0 }, 3 },
	{ "the editor after a review", { -1, 3, 2 }, 3 },
	{ "an author without a book", { 0 }, 1 },
	{ "no row", { 0 }, 0 },
	{ "two books", { -1, 0, -1 }, 3 },
};

START_TEST(rows_in_disorder_are_refused)
{
	const struct command c = command_for(ACTION_READ, book, 1);
	const struct member *members = sample_shown(book, ACTION_READ)->members;
	struct rows_writer w;

	rows_body_begin(&body, 0);
	codec_rows_begin(&w, &frames, 0, book, -1);
	for (unsigned i = 0; i < disorders[_i].count; i++) {
		int m = disorders[_i].members[i];
		struct record row = { .resource = m < 0 ? book : members[m].of };
		for (unsigned f = 0; f < row.resource->nfields; f++)
			record_set(&row, f, value_null());
		codec_rows_add(&w, m < 0 ? NULL : &members[m], &row);
	}
	codec_rows_end(&w, MORE_NO);
	struct reply reply = take_frame();
	ck_assert_msg(!rows_body_take(&body, &json, &c, &reply), "%s is taken", disorders[_i].what);
}
END_TEST

/* A frame for a page of authors. */
static enum more take_page(
	const struct command *c, uint32_t limit, const int *rows, unsigned n, enum more more)
{
	struct rows_writer w;

	rows_body_begin(&body, limit);
	buf_reset(&json, 0);
	buf_reset(&frames, 0);
	codec_rows_begin(&w, &frames, 0, author, -1);
	for (unsigned i = 0; i < n; i++) {
		const struct member *embed =
			rows[i] > 0 ? NULL : &sample_shown(author, ACTION_LIST)->members[0];
		struct record row = { .resource = embed ? book : author };
		for (unsigned f = 0; f < row.resource->nfields; f++)
			record_set(&row, f, value_null());
		record_set(&row, RESOURCE_KEY, value_int(abs(rows[i])));
		codec_rows_add(&w, embed, &row);
	}
	codec_rows_end(&w, more);
	struct reply reply = take_frame();
	ck_assert(rows_body_take(&body, &json, c, &reply));
	return reply.more;
}

#define PAGE(limit, more, ...)                                                                     \
	take_page(&list, limit, (const int[]){ __VA_ARGS__ },                                      \
		NITEMS(((const int[]){ __VA_ARGS__ })), more)

/* Of the last row of a frame it is not known whether it is complete. Books have negative keys. */
START_TEST(a_page_ends_with_a_complete_row)
{
	const struct command list = command_for(ACTION_LIST, author, 0);
	uint64_t digest;

	ck_assert_int_eq(PAGE(9, MORE_NO, 1, -1, -2), MORE_NO);
	ck_assert(!body.page_more);
	digest = body.digest;
	ck_assert_int_eq(PAGE(9, MORE_WAITS, 1, -1, -2, 2, -3), MORE_NO);
	ck_assert(body.page_more);
	ck_assert_int_eq(body.page_last, 1);
	ck_assert_uint_eq(body.digest, digest);
	shows(buf_view(&json),
		"[{\"books\":[{\"title\":null,\"id\":1},{\"title\":null,\"id\":2}],\"name\":null,"
		"\"edited\":[],\"id\":1,\"born\":null}]");
	/* The next row shows that the last one is complete. */
	ck_assert_int_eq(PAGE(2, MORE_WAITS, 1, -1, 2, -2, 3, -3), MORE_NO);
	ck_assert(body.page_more);
	ck_assert_int_eq(body.page_last, 2);
	/* A row that is alone must be completed. */
	ck_assert_int_eq(PAGE(9, MORE_WAITS, 1, -1), MORE_WAITS);
	ck_assert(body.page_waits);
}
END_TEST

/* Conditions. */

START_TEST(a_digest_covers_all_that_is_shown)
{
	const struct command read = command_for(ACTION_READ, book, 1);
	struct command c = command_for(ACTION_UPDATE, book, 1);

	create_author("Ann");
	create_book("One", 1, 0);
	run_read(&read);
	uint64_t digest = body.digest;
	set(&c, "title", value_text(STR("First")));
	c.match = (struct str){ (const char *)&digest, sizeof(digest) };
	change(author, 1, "name", value_text(STR("Eve")));
	shows(run_write(c), fault_text(FAULT_CHANGED));
	run_read(&read);
	digest = body.digest;
	shows(run_write(c), "{\"author\":{\"id\":1,\"name\":\"Eve\"},\"title\":\"First\","
			    "\"editor\":null,\"reviews\":[]}");
}
END_TEST

/* The cache. */

/* Its header lines are the digest, which is that of its ETag. */
static struct str read_cached(const struct command *command, bool *was_cached)
{
	struct generation_stamp stamp;
	struct cache_entry *entry = cache_find(cache, command, CODING_NONE);

	*was_cached = entry != NULL;
	if (entry) {
		memcpy(&body.digest, cache_fields(entry).ptr, sizeof(body.digest));
		return cache_text(entry);
	}
	ck_assert(cache_stamp(cache, command, &stamp));
	struct str shown = run_read(command);
	cache_put(cache, command, CODING_NONE, &stamp,
		(struct str){ (const char *)&body.digest, sizeof(body.digest) }, shown);
	return shown;
}

enum { KEYS = 6 };

/* Compares what is cached with what is stored: all rows and lists. Returns how many were cached. */
static unsigned compare_all(const char *after, unsigned step)
{
	unsigned count = 0;

	for (unsigned i = 0; i < api->nresources; i++) {
		for (int64_t key = 0; key <= KEYS; key++) {
			const struct command c = command_for(
				key > 0 ? ACTION_READ : ACTION_LIST, api->resources[i], key);
			bool was_cached;
			struct str shown = arena_copy(&arena, read_cached(&c, &was_cached));
			uint64_t digest = body.digest;
			struct str stored = run_read(&c);
			ck_assert_msg(digest == body.digest,
				"step %u, after %s: the ETag of %s %lld", step, after,
				c.resource->name, (long long)key);
			count += was_cached;
			ck_assert_msg(str_equal(shown, stored),
				"step %u, after %s: %s %lld is cached as %.*s, stored as %.*s",
				step, after, c.resource->name, (long long)key, STR_ARGS(shown),
				STR_ARGS(stored));
		}
	}
	return count;
}

static unsigned below(unsigned n)
{
	return (unsigned)random() % n;
}

static int64_t any_key(void)
{
	return 1 + (int64_t)below(KEYS);
}

static int64_t any_key_or_none(void)
{
	return (int64_t)below(KEYS + 1);
}

static struct value any_text(void)
{
	return value_text(arena_printf(&arena, "t%u", below(1000)));
}

static const char *create_any(void)
{
	const char *text = any_text().text.ptr;

	switch (below(4)) {
	case 0:
		create_author(text);
		return "a new author";
	case 1:
		create_book(text, any_key(), any_key_or_none());
		return "a new book";
	case 2:
		create_review(any_key(), (int)below(6));
		return "a new review";
	default:
		create_person(text, any_key_or_none());
		return "a new person";
	}
}

static const char *change_any(void)
{
	switch (below(7)) {
	case 0:
		change(author, any_key(), "name", any_text());
		return "an author's name";
	case 1:
		change(book, any_key(), "title", any_text());
		return "a book's title";
	case 2:
		change(book, any_key(), "author_id", value_int(any_key()));
		return "a book's author";
	case 3:
		change(book, any_key(), "editor_id", reference(any_key_or_none()));
		return "a book's editor";
	case 4:
		change(review, any_key(), "stars", value_int(below(6)));
		return "a review's stars";
	case 5:
		change(person, any_key(), "name", any_text());
		return "a person's name";
	default:
		change(person, any_key(), "manager_id", reference(any_key_or_none()));
		return "a person's manager";
	}
}

static const char *delete_any(void)
{
	const struct resource *r = api->resources[below(api->nresources)];

	run_write(command_for(ACTION_DELETE, r, any_key()));
	return arena_printf(&arena, "the deletion of a row of %s", r->name).ptr;
}

START_TEST(no_write_leaves_an_outdated_answer_in_the_cache)
{
	enum { STEPS = 400 };
	unsigned cached = 0;

	srandom((unsigned)_i + 1);
	for (unsigned step = 0; step < STEPS; step++) {
		unsigned what = below(10);
		const char *after = what < 4   ? create_any()
				    : what < 9 ? change_any()
					       : delete_any();
		cached += compare_all(after, step);
	}
	/* Most answers do not show the row that is written. */
	ck_assert_uint_gt(cached, STEPS * api->nresources * KEYS / 3);
}
END_TEST

/* Only what shows the row. */
START_TEST(answers_that_do_not_show_a_row_stay_cached)
{
	bool was_cached;

	create_author("Ann");
	create_author("Bob");
	create_author("Eve");
	create_book("One", 1, 0);
	create_book("Two", 2, 3);
	compare_all("the first rows", 0);
	change(book, 1, "title", value_text(STR("First")));
	const struct command unchanged[] = { command_for(ACTION_READ, author, 2),
		command_for(ACTION_READ, author, 3), command_for(ACTION_LIST, person, 0) };
	for (size_t i = 0; i < NITEMS(unchanged); i++) {
		read_cached(&unchanged[i], &was_cached);
		ck_assert_msg(was_cached, "%zu", i);
	}
	const struct command changed[] = { command_for(ACTION_READ, author, 1),
		command_for(ACTION_LIST, author, 0), command_for(ACTION_LIST, review, 0),
		command_for(ACTION_READ, book, 1) };
	for (size_t i = 0; i < NITEMS(changed); i++) {
		read_cached(&changed[i], &was_cached);
		ck_assert_msg(!was_cached, "%zu", i);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("trees");
	TCase *shown = tcase_create("shown"), *cached = tcase_create("cached");

	tcase_add_checked_fixture(shown, setup, teardown);
	tcase_add_test(shown, members_are_shown_in_the_order_of_the_schema);
	tcase_add_test(shown, rows_of_a_resource_are_shown_within_each_other);
	tcase_add_test(shown, the_answer_to_a_write_shows_what_is_stored_then);
	tcase_add_test(shown, trees_continue_in_the_next_frame);
	tcase_add_loop_test(shown, rows_in_disorder_are_refused, 0, (int)NITEMS(disorders));
	tcase_add_test(shown, a_page_ends_with_a_complete_row);
	tcase_add_test(shown, a_digest_covers_all_that_is_shown);
	suite_add_tcase(suite, shown);
	tcase_add_checked_fixture(cached, setup, teardown);
	tcase_set_timeout(cached, 60);
	tcase_add_loop_test(cached, no_write_leaves_an_outdated_answer_in_the_cache, 0, 4);
	tcase_add_test(cached, answers_that_do_not_show_a_row_stay_cached);
	suite_add_tcase(suite, cached);
	return suite;
}
