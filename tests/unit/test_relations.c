/*
 * Rows that are embedded in others, refer to others, and are deleted with others: commands over
 * SQLite, their replies as a worker writes them, and the worker's cache.
 */
#include "arena.h"
#include "cache.h"
#include "codec.h"
#include "frame.h"
#include "group.h"
#include "handlers.h"
#include "record_json.h"
#include "related.h"
#include "rows_body.h"
#include "sample.h"
#include "sqlite_engine.h"
#include "store.h"
#include "store_changes.h"
#include "store_statements.h"
#include "suite.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { CACHE_BYTES = 1024 * 1024, TEXT_MAX = 256, NONE = 0 };

static struct generations *table;
static struct changes *changes;
static struct store *store;
static struct cache *cache;
static struct arena arena;
static struct buf json;
static struct rows_body body;
static struct reply reply; /* of the last write */
static struct buf frames;
static uint64_t digest; /* of what was read last */
static char text[TEXT_MAX];

static void setup(void)
{
	int fds[GENERATIONS_END__COUNT];
	struct buf error;

	related_use_api();
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
	rows_body_init(&body, SIZE_MAX / 2);
	buf_init(&frames, SIZE_MAX / 2);
}

static void teardown(void)
{
	cache_free(cache);
	store_close(store);
	changes_free(changes);
	arena_done(&arena);
	buf_done(&json);
	rows_body_done(&body);
	buf_done(&frames);
}

/* Writes. */

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

/* The fault of the reply; FAULT_NONE: done. */
static enum fault write_command(const struct command *command)
{
	struct job_list jobs = { 0 };
	struct group_counts counts = { 0 };

	job_append(&jobs, job_new(JOB_WRITE, command, NULL));
	group_run(sqlite_engine_of(store), &jobs, &counts);
	buf_reset(&frames, 0);
	buf_str(&frames, buf_view(&jobs.first->reply));
	job_free(job_take(&jobs));
	reply = take_frame();
	return reply.status == STATUS_FAULT ? reply.fault : FAULT_NONE;
}

static struct command command_for(enum action action, const struct resource *r, int64_t key)
{
	return (struct command){ .deadline = UINT64_MAX,
		.action = action,
		.resource = r,
		.key = key_int(key),
		.record.resource = r };
}

/* Text for all texts; each reference in turn gets the next of the keys, NONE as null. */
static struct command create_command(const struct resource *r, int64_t parent, ...)
{
	struct command c = command_for(ACTION_CREATE, r, 0);
	va_list keys;

	c.parent = key_int(parent);
	snprintf(text, sizeof(text), "a %s", r->name);
	va_start(keys, parent);
	for (unsigned i = 0; i < r->nfields; i++) {
		if (!(r->fields[i].flags & FIELD_INPUT))
			continue;
		if (!r->fields[i].to) {
			record_set(&c.record, i, value_text(str_from(text)));
			continue;
		}
		int key = va_arg(keys, int);
		record_set(&c.record, i, key == NONE ? value_null() : value_int(key));
	}
	va_end(keys);
	return c;
}

#define CREATE(...) create(create_command(__VA_ARGS__))

static void create(struct command command)
{
	enum fault fault = write_command(&command);

	ck_assert_msg(fault == FAULT_NONE, "%s: %s", command.resource->name, fault_text(fault));
}

static void must_fail(
	const struct command *command, enum fault fault, const struct resource *resource)
{
	enum fault got = write_command(command);

	ck_assert_str_eq(got == FAULT_NONE ? "done" : fault_text(got), fault_text(fault));
	ck_assert_str_eq(
		sample_concerned(fault, reply.resource, reply.fields)->name, resource->name);
}

static void refuse(struct command command, enum fault fault, const struct resource *resource)
{
	must_fail(&command, fault, resource);
}

static unsigned field_of(const struct resource *r, const char *name)
{
	unsigned i = 0;

	while (strcmp(r->fields[i].name, name) != 0)
		i++;
	return i;
}

static struct command change(
	const struct resource *r, int64_t key, const char *field, struct value value)
{
	struct command c = command_for(ACTION_UPDATE, r, key);

	record_set(&c.record, field_of(r, field), value);
	return c;
}

static void must_run(struct command command)
{
	ck_assert_int_eq(write_command(&command), FAULT_NONE);
}

static void delete_row(const struct resource *r, int64_t key)
{
	must_run(command_for(ACTION_DELETE, r, key));
}

/* Reads. */

/* As a worker does without its cache. */
static struct str read_json(const struct command *command)
{
	struct failure failure;
	enum more more;

	buf_reset(&frames, 0);
	buf_reset(&json, 0);
	if (!handlers_run(sqlite_engine_of(store), command, SIZE_MAX / 2, &frames, &failure))
		return str_from(fault_text(failure.fault));
	rows_body_begin(&body, 0);
	do {
		struct reply got = take_frame();
		more = got.more;
		ck_assert(rows_body_take(&body, &json, command, &got));
	} while (more != MORE_NO);
	digest = body.digest;
	return buf_view(&json);
}

/* As a worker does with its cache. */
static struct str read_cached(const struct command *command)
{
	struct generation_stamp taken;
	struct cache_entry *entry = cache_find(cache, command, CODING_NONE);

	if (entry)
		return cache_text(entry);
	ck_assert(cache_stamp(cache, command, &taken));
	struct str shown = read_json(command);
	cache_put(cache, command, CODING_NONE, &taken, STR(""), shown);
	return shown;
}

static void shows(const struct resource *r, int64_t key, const char *expected)
{
	struct command c = command_for(ACTION_READ, r, key);

	ck_assert_slice_eq(read_json(&c), str_from(expected));
}

static int64_t count(const char *condition)
{
	sqlite3_stmt *statement;
	char sql[TEXT_MAX];
	sqlite3 *db = sqlite3_db_handle(store_statement(store, author, SQL_LIST));

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", condition);
	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	int64_t rows = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return rows;
}

/* Embedding. */

#define REVIEW(id, book) "{\"comment\":\"a review\",\"id\":" id ",\"book_id\":" book "}"
#define BOOK(id, reviews)                                                                          \
	"{\"title\":\"a book\",\"id\":" id ",\"author_id\":1,\"reviews\":[" reviews "]}"
#define AWARD(id) "{\"name\":\"a award\",\"id\":" id ",\"author_id\":1}"
#define AUTHOR(books, awards)                                                                      \
	"{\"name\":\"a author\",\"id\":1,\"books\":[" books "],\"awards\":[" awards "]}"

START_TEST(rows_are_embedded_at_any_depth)
{
	CREATE(author, 0);
	shows(author, 1, AUTHOR("", ""));
	CREATE(award, 1);
	shows(author, 1, AUTHOR("", AWARD("1")));
	CREATE(book, 1);
	shows(author, 1, AUTHOR(BOOK("1", ""), AWARD("1")));
	CREATE(book, 1);
	CREATE(book, 1);
	CREATE(review, 1);
	CREATE(review, 3);
	CREATE(review, 1);
	CREATE(award, 1);
	shows(author, 1,
		AUTHOR(BOOK("1", REVIEW("1", "1") "," REVIEW("3", "1")) "," BOOK("2", "") "," BOOK(
			       "3", REVIEW("2", "3")),
			AWARD("1") "," AWARD("2")));
	shows(book, 3, BOOK("3", REVIEW("2", "3")));
	shows(review, 2, REVIEW("2", "3"));
	shows(author, 2, "no such row");
}
END_TEST

/* One of 40 KiB leaves no room in the frame for the next. */
START_TEST(trees_continue_in_the_next_frame)
{
	enum { LONG = 40 * 1024, ROWS = 4 };
	char *comment = arena_alloc(&arena, LONG);
	struct command c = command_for(ACTION_READ, author, 1);
	unsigned found = 0;

	memset(comment, 'x', LONG);
	CREATE(author, 0);
	for (int64_t n = 1; n <= ROWS; n++) {
		struct command add = create_command(review, n);
		add.record.values[1] = value_text((struct str){ comment, LONG });
		CREATE(book, 1);
		create(add);
	}
	struct str shown = read_json(&c);
	ck_assert_uint_gt(shown.len, ROWS * LONG);
	buf_char(&json, '\0');
	for (const char *next = buf_view(&json).ptr; (next = strstr(next, "\"reviews\":[{"));
		next++)
		found++;
	ck_assert_uint_eq(found, ROWS);
}
END_TEST

/* Rows for an author that are in no order which a tree allows. */
static const struct {
	const struct resource **rows[3];
} disorders[] = {
	{ { &review } },         /* before any book */
	{ { &product } },        /* of another tree */
	{ { &book, &author } },  /* the command's */
	{ { &award, &book } },   /* a child after the next one */
	{ { &award, &review } }, /* in a book, of which there is none any more */
};

/* Whose rows these are; NULL: the author's own. */
static const struct member *embed_of(const struct resource *r)
{
	return r == author ? NULL : sample_embed(r);
}

START_TEST(trees_in_disorder_are_refused)
{
	const struct command c = command_for(ACTION_READ, author, 1);
	const struct resource **const *next = disorders[_i].rows;
	const struct command first = create_command(author, 0);
	struct rows_writer w;

	rows_body_begin(&body, 0);
	codec_rows_begin(&w, &frames, 1, author, -1);
	codec_rows_add(&w, NULL, &first.record);
	codec_rows_end(&w, MORE_COMES);
	codec_rows_begin(&w, &frames, 1, author, -1);
	for (unsigned i = 0; i < 3 && next[i]; i++) {
		const struct member *embed = embed_of(*next[i]);
		struct record row = { .resource = embed ? embed->of : author };
		for (unsigned field = 0; field < row.resource->nfields; field++)
			record_set(&row, field, value_null());
		codec_rows_add(&w, embed, &row);
	}
	codec_rows_end(&w, MORE_NO);
	reply = take_frame();
	ck_assert(rows_body_take(&body, &json, &c, &reply));
	reply = take_frame();
	ck_assert(!rows_body_take(&body, &json, &c, &reply));
}
END_TEST

/* If-Match: the digest is of everything that is shown. */
START_TEST(a_grandchild_is_part_of_the_state)
{
	struct command read = command_for(ACTION_READ, author, 1);
	struct command c = change(author, 1, "name", value_text(STR("b")));
	uint64_t seen;

	CREATE(author, 0);
	CREATE(book, 1);
	CREATE(review, 1);
	read_json(&read);
	seen = digest;
	c.match = (struct str){ (const char *)&seen, sizeof(seen) };
	must_run(change(review, 1, "comment", value_text(STR("c"))));
	must_fail(&c, FAULT_CHANGED, author);
	read_json(&read);
	ck_assert_uint_ne(seen, digest);
	seen = digest;
	must_run(c);
}
END_TEST

/* The cache. */

/* Each changes what the author with key 1 shows. */
static void change_review(void)
{
	must_run(change(review, 1, "comment", value_text(STR("changed"))));
}

static void change_book(void)
{
	must_run(change(book, 1, "title", value_text(STR("changed"))));
}

static void add_review(void)
{
	CREATE(review, 1);
}

static void delete_review(void)
{
	delete_row(review, 1);
}

static void delete_book(void)
{
	delete_row(book, 1);
}

static void delete_author(void)
{
	delete_row(author, 1);
}

static void add_award(void)
{
	CREATE(award, 1);
}

static const struct {
	const char *what;
	void (*write)(void);
} writes[] = {
	{ "a review changes", change_review },
	{ "a book changes", change_book },
	{ "a review is added", add_review },
	{ "a review is deleted", delete_review },
	{ "a book is deleted", delete_book },
	{ "the author is deleted", delete_author },
	{ "an award is added", add_award },
};

START_TEST(cached_answers_show_each_write)
{
	const struct {
		const struct resource *resource;
		int64_t key;
	} reads[] = { { author, 1 }, { book, 1 }, { review, 1 }, { author, 2 }, { book, 2 } };

	for (int i = 0; i < 2; i++)
		CREATE(author, 0);
	CREATE(book, 1);
	CREATE(book, 2);
	CREATE(review, 1);
	CREATE(review, 2);
	for (size_t i = 0; i < NITEMS(reads); i++) {
		struct command c = command_for(ACTION_READ, reads[i].resource, reads[i].key);
		read_cached(&c);
		ck_assert_ptr_nonnull(cache_find(cache, &c, CODING_NONE));
	}
	writes[_i].write();
	for (size_t i = 0; i < NITEMS(reads); i++) {
		struct command c = command_for(ACTION_READ, reads[i].resource, reads[i].key);
		struct str cached = arena_copy(&arena, read_cached(&c));
		ck_assert_slice_eq(cached, read_json(&c));
		/* Another author's tree stays cached. */
		ck_assert(reads[i].key != 2 || cache_find(cache, &c, CODING_NONE));
	}
}
END_TEST

/* References. */

START_TEST(a_reference_needs_its_row)
{
	CREATE(shop, 0);
	refuse(create_command(product, 1, 1, NONE), FAULT_NOT_FOUND, category);
	CREATE(category, 0, NONE);
	refuse(create_command(product, 1, 2, NONE), FAULT_NOT_FOUND, category);
	refuse(create_command(product, 1, 1, 1), FAULT_NOT_FOUND, author);
	/* The parent first, then the fields in declared order. */
	refuse(create_command(product, 9, 9, 9), FAULT_NOT_FOUND, shop);
	refuse(create_command(product, 9, 1, 9), FAULT_NOT_FOUND, shop);
	refuse(create_command(product, 1, 9, 9), FAULT_NOT_FOUND, category);
	CREATE(author, 0);
	CREATE(product, 1, 1, 1);
	CREATE(product, 1, 1, NONE);
	ck_assert_int_eq(count("products"), 2);
}
END_TEST

START_TEST(an_update_checks_the_references_that_it_sets)
{
	CREATE(shop, 0);
	CREATE(category, 0, NONE);
	CREATE(product, 1, 1, NONE);
	refuse(change(product, 1, "category_id", value_int(2)), FAULT_NOT_FOUND, category);
	refuse(change(product, 1, "author_id", value_int(1)), FAULT_NOT_FOUND, author);
	refuse(change(product, 2, "author_id", value_int(1)), FAULT_NOT_FOUND, product);
	CREATE(category, 0, 1);
	must_run(change(product, 1, "category_id", value_int(2)));
	CREATE(author, 0);
	must_run(change(product, 1, "author_id", value_int(1)));
	ck_assert_int_eq(count("products WHERE category_id = 2 AND author_id = 1"), 1);
	must_run(change(product, 1, "author_id", value_null()));
	ck_assert_int_eq(count("products WHERE author_id IS NULL"), 1);
	refuse(change(product, 1, "category_id", value_null()), FAULT_REFUSED, product);
	ck_assert_uint_eq(reply.fields, UINT64_C(1) << field_of(product, "category_id"));
}
END_TEST

static void refuse_fields(struct command command, uint64_t fields)
{
	must_fail(&command, FAULT_REFUSED, command.resource);
	ck_assert_uint_eq(reply.fields, fields);
}

/* Rows that are absent come first, whether they are above the row or referred to. */
START_TEST(values_are_refused_after_the_rows_were_found)
{
	struct command c = create_command(product, 1, 1, 1);
	uint64_t name = UINT64_C(1) << field_of(product, "name");
	uint64_t category_id = UINT64_C(1) << field_of(product, "category_id");
	uint64_t author_id = UINT64_C(1) << field_of(product, "author_id");

	record_set(&c.record, field_of(product, "name"), value_refused());
	must_fail(&c, FAULT_NOT_FOUND, shop);
	CREATE(shop, 0);
	must_fail(&c, FAULT_NOT_FOUND, category);
	CREATE(category, 0, NONE);
	must_fail(&c, FAULT_NOT_FOUND, author);
	CREATE(author, 0);
	refuse_fields(c, name);
	/* A reference may be refused itself, also where null is allowed. */
	record_set(&c.record, field_of(product, "category_id"), value_refused());
	record_set(&c.record, field_of(product, "author_id"), value_refused());
	refuse_fields(c, name | category_id | author_id);
	ck_assert_int_eq(count("products"), 0);
}
END_TEST

START_TEST(an_update_refuses_nulls_and_values_at_once)
{
	struct command c = change(product, 1, "name", value_refused());
	uint64_t name = UINT64_C(1) << field_of(product, "name");
	uint64_t category_id = UINT64_C(1) << field_of(product, "category_id");

	must_fail(&c, FAULT_NOT_FOUND, product);
	CREATE(shop, 0);
	CREATE(category, 0, NONE);
	CREATE(product, 1, 1, NONE);
	refuse_fields(c, name);
	record_set(&c.record, field_of(product, "category_id"), value_null());
	record_set(&c.record, field_of(product, "author_id"), value_null());
	refuse_fields(c, name | category_id);
	record_set(&c.record, field_of(product, "author_id"), value_int(7));
	must_fail(&c, FAULT_NOT_FOUND, author);
	ck_assert_int_eq(count("products WHERE name = 'a product' AND category_id = 1"), 1);
}
END_TEST

START_TEST(a_row_may_refer_to_its_own_resource)
{
	CREATE(category, 0, NONE);
	CREATE(category, 0, 1);
	refuse(create_command(category, 0, 3), FAULT_NOT_FOUND, category);
	must_run(change(category, 1, "above_id", value_int(1)));
	must_run(change(category, 1, "above_id", value_int(2)));
	ck_assert_int_eq(count("categories WHERE above_id IS NOT NULL"), 2);
}
END_TEST

/* Deletions. */

START_TEST(what_refers_is_deleted_too)
{
	CREATE(shop, 0);
	CREATE(author, 0);
	CREATE(category, 0, NONE);
	CREATE(category, 0, 1);
	CREATE(category, 0, 2);
	CREATE(category, 0, NONE);
	CREATE(product, 1, 3, NONE);
	CREATE(product, 1, 4, 1);
	CREATE(product, 1, 4, NONE);
	delete_row(category, 1);
	ck_assert_int_eq(count("categories"), 1);
	ck_assert_int_eq(count("products"), 2);
	/* Through a reference that may be null. */
	delete_row(author, 1);
	ck_assert_int_eq(count("products"), 1);
	delete_row(shop, 1);
	ck_assert_int_eq(count("products"), 0);
	ck_assert_int_eq(count("categories"), 1);
}
END_TEST

START_TEST(cycles_are_deleted_whole)
{
	enum { ROWS = 200 };

	CREATE(category, 0, NONE);
	for (int n = 2; n <= ROWS; n++)
		CREATE(category, 0, n - 1);
	must_run(change(category, 1, "above_id", value_int(ROWS)));
	CREATE(category, 0, NONE);
	must_run(change(category, ROWS + 1, "above_id", value_int(ROWS + 1)));
	delete_row(category, ROWS / 2);
	ck_assert_int_eq(count("categories"), 1);
	delete_row(category, ROWS + 1);
	ck_assert_int_eq(count("categories"), 0);
	refuse(command_for(ACTION_DELETE, category, 1), FAULT_NOT_FOUND, category);
}
END_TEST

START_TEST(a_row_in_use_is_kept)
{
	CREATE(shop, 0);
	CREATE(shop, 0);
	CREATE(category, 0, NONE);
	CREATE(category, 0, 1);
	CREATE(product, 1, 2, NONE);
	CREATE(sale, 2, 1);
	refuse(command_for(ACTION_DELETE, product, 1), FAULT_IN_USE, sale);
	refuse(command_for(ACTION_DELETE, category, 1), FAULT_IN_USE, sale);
	refuse(command_for(ACTION_DELETE, shop, 1), FAULT_IN_USE, sale);
	ck_assert_int_eq(count("shops, categories, products, sales"), 4);
	/* The shop with the sale does not have the product. */
	delete_row(shop, 2);
	delete_row(category, 1);
	ck_assert_int_eq(count("categories"), 0);
	ck_assert_int_eq(count("products"), 0);
}
END_TEST

START_TEST(what_the_same_deletion_removes_is_no_use)
{
	CREATE(shop, 0);
	CREATE(category, 0, NONE);
	CREATE(product, 1, 1, NONE);
	CREATE(sale, 1, 1);
	delete_row(shop, 1);
	ck_assert_int_eq(count("products"), 0);
	ck_assert_int_eq(count("sales"), 0);
}
END_TEST

START_TEST(children_may_keep_their_parent)
{
	CREATE(shop, 0);
	CREATE(lease, 1);
	refuse(command_for(ACTION_DELETE, shop, 1), FAULT_IN_USE, lease);
	delete_row(lease, 1);
	delete_row(shop, 1);
}
END_TEST

START_TEST(cached_answers_show_deletions_through_references)
{
	const struct command reads[] = { command_for(ACTION_READ, shop, 1),
		command_for(ACTION_READ, shop, 2), command_for(ACTION_READ, product, 1),
		command_for(ACTION_LIST, product, 0), command_for(ACTION_LIST, category, 0) };

	CREATE(shop, 0);
	CREATE(shop, 0);
	CREATE(category, 0, NONE);
	CREATE(category, 0, 1);
	CREATE(product, 1, 2, NONE);
	CREATE(product, 2, 2, NONE);
	for (size_t i = 0; i < NITEMS(reads); i++)
		read_cached(&reads[i]);
	delete_row(category, 1);
	for (size_t i = 0; i < NITEMS(reads); i++) {
		struct str cached = arena_copy(&arena, read_cached(&reads[i]));
		ck_assert_slice_eq(cached, read_json(&reads[i]));
	}
	shows(shop, 1, "{\"name\":\"a shop\",\"id\":1,\"products\":[]}");
}
END_TEST

#define SHELF(category)                                                                            \
	"{\"name\":\"a shelf\",\"category_id\":" category ",\"id\":1,\"cellar_id\":1}"

START_TEST(what_may_be_without_a_row_stays)
{
	CREATE(cellar, 0);
	CREATE(category, 0, NONE);
	CREATE(category, 0, 1);
	CREATE(category, 0, NONE);
	CREATE(shelf, 1, 2);
	CREATE(shelf, 1, 3);
	shows(shelf, 1, SHELF("2"));
	/* With the one above it. */
	delete_row(category, 1);
	ck_assert_int_eq(count("categories"), 1);
	shows(shelf, 1, SHELF("null"));
	ck_assert_int_eq(count("shelfs WHERE category_id = 3"), 1);
	/* As each update, it sets what updates set. */
	ck_assert_int_eq(count("shelfs WHERE changed IS NOT NULL"), 1);
}
END_TEST

START_TEST(nothing_is_set_to_null_if_a_deletion_is_refused)
{
	CREATE(shop, 0);
	CREATE(cellar, 0);
	CREATE(category, 0, NONE);
	CREATE(shelf, 1, 1);
	CREATE(product, 1, 1, NONE);
	CREATE(sale, 1, 1);
	refuse(command_for(ACTION_DELETE, category, 1), FAULT_IN_USE, sale);
	shows(shelf, 1, SHELF("1"));
	delete_row(sale, 1);
	delete_row(category, 1);
	shows(shelf, 1, SHELF("null"));
	ck_assert_int_eq(count("products"), 0);
}
END_TEST

/* Its cellar shows it. */
START_TEST(what_loses_a_reference_has_changed)
{
	const struct command reads[] = { command_for(ACTION_READ, cellar, 1),
		command_for(ACTION_READ, shelf, 1), command_for(ACTION_LIST, shelf, 0) };
	struct command c = change(cellar, 1, "name", value_text(STR("b")));
	uint64_t seen;

	CREATE(cellar, 0);
	CREATE(category, 0, NONE);
	CREATE(shelf, 1, 1);
	for (size_t i = 0; i < NITEMS(reads); i++)
		read_cached(&reads[i]);
	read_json(&reads[0]);
	seen = digest;
	c.match = (struct str){ (const char *)&seen, sizeof(seen) };
	delete_row(category, 1);
	for (size_t i = 0; i < NITEMS(reads); i++) {
		struct str cached = arena_copy(&arena, read_cached(&reads[i]));
		ck_assert_slice_eq(cached, read_json(&reads[i]));
	}
	must_fail(&c, FAULT_CHANGED, cellar);
}
END_TEST

/* What the server sets. */

static struct record stored(int64_t key)
{
	struct command c = command_for(ACTION_READ, stamp, key);
	struct failure failure;
	struct record row;

	buf_reset(&frames, 0);
	ck_assert(handlers_run(sqlite_engine_of(store), &c, SIZE_MAX / 2, &frames, &failure));
	struct reply got = take_frame();
	ck_assert(codec_next_row(&got.rows, &row));
	for (unsigned i = 0; i < stamp->nfields; i++)
		if (row.values[i].kind == VALUE_STR)
			row.values[i].text = arena_copy(&arena, row.values[i].text);
	return row;
}

static const struct value *value_of(const struct record *row, const char *field)
{
	return &row->values[field_of(stamp, field)];
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

START_TEST(a_creation_sets_what_is_declared)
{
	int64_t before = now();

	CREATE(stamp, 0);
	CREATE(stamp, 0);
	struct record row = stored(1), other = stored(2);
	ck_assert_int_ge(value_of(&row, "made")->integer, before);
	ck_assert_int_le(value_of(&row, "made")->integer, now());
	ck_assert_int_eq(value_of(&row, "changed")->integer, value_of(&row, "made")->integer);
	ck_assert_int_eq(value_of(&row, "touched")->kind, VALUE_NULL);
	ck_assert_int_eq(value_of(&row, "state")->integer, 7);
	ck_assert_int_eq(value_of(&row, "seen")->kind, VALUE_NULL);
	struct str token = value_of(&row, "token")->text;
	ck_assert_uint_eq(token.len, strlen("xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx"));
	ck_assert_int_eq(token.ptr[14], '4');
	ck_assert_ptr_nonnull(strchr("89ab", token.ptr[19]));
	ck_assert(!str_equal(token, value_of(&other, "token")->text));
}
END_TEST

START_TEST(an_update_sets_what_is_declared_if_a_value_changes)
{
	CREATE(stamp, 0);
	struct record row = stored(1);
	must_run(change(stamp, 1, "name", value_text(STR("a stamp"))));
	struct record same = stored(1);
	ck_assert_int_eq(value_of(&same, "changed")->integer, value_of(&row, "changed")->integer);
	ck_assert_int_eq(value_of(&same, "touched")->kind, VALUE_NULL);
	int64_t before = now();
	must_run(change(stamp, 1, "note", value_null()));
	struct record changed = stored(1);
	ck_assert_int_ge(value_of(&changed, "changed")->integer, before);
	ck_assert_int_eq(
		value_of(&changed, "touched")->integer, value_of(&changed, "changed")->integer);
	ck_assert_int_eq(value_of(&changed, "note")->kind, VALUE_NULL);
	ck_assert_int_eq(value_of(&changed, "made")->integer, value_of(&row, "made")->integer);
	ck_assert_slice_eq(value_of(&changed, "token")->text, value_of(&row, "token")->text);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("relations");
	TCase *tc = tcase_create("relations");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, rows_are_embedded_at_any_depth);
	tcase_add_test(tc, trees_continue_in_the_next_frame);
	tcase_add_loop_test(tc, trees_in_disorder_are_refused, 0, (int)NITEMS(disorders));
	tcase_add_test(tc, a_grandchild_is_part_of_the_state);
	tcase_add_loop_test(tc, cached_answers_show_each_write, 0, (int)NITEMS(writes));
	tcase_add_test(tc, a_reference_needs_its_row);
	tcase_add_test(tc, an_update_checks_the_references_that_it_sets);
	tcase_add_test(tc, values_are_refused_after_the_rows_were_found);
	tcase_add_test(tc, an_update_refuses_nulls_and_values_at_once);
	tcase_add_test(tc, a_row_may_refer_to_its_own_resource);
	tcase_add_test(tc, what_refers_is_deleted_too);
	tcase_add_test(tc, cycles_are_deleted_whole);
	tcase_add_test(tc, a_row_in_use_is_kept);
	tcase_add_test(tc, what_the_same_deletion_removes_is_no_use);
	tcase_add_test(tc, children_may_keep_their_parent);
	tcase_add_test(tc, cached_answers_show_deletions_through_references);
	tcase_add_test(tc, what_may_be_without_a_row_stays);
	tcase_add_test(tc, nothing_is_set_to_null_if_a_deletion_is_refused);
	tcase_add_test(tc, what_loses_a_reference_has_changed);
	tcase_add_test(tc, a_creation_sets_what_is_declared);
	tcase_add_test(tc, an_update_sets_what_is_declared_if_a_value_changes);
	suite_add_tcase(suite, tc);
	return suite;
}
