/* SQL from declarations: the schema is SQLAlchemy's byte for byte, and SQLite accepts all
 * statements.
 */
#include "sql.h"

#include "sample.h"
#include "suite.h"

#include <sqlite3.h>

enum { LIMIT = 64 * 1024 };

static struct buf out;

/* The built-in resources; a child of posts whose names are SQL keywords; a table whose order of
 * constraints and quoted names are SQLAlchemy's. */
static const struct str declaration = STR_INIT(
	"{\"resources\": {\"user\": {\"fields\": {"
	"\"username\": {\"type\": \"string\", \"max_length\": 50, \"unique\": true, \"index\": "
	"true},"
	"\"email\": {\"type\": \"email\", \"max_length\": 120, \"unique\": true, \"index\": "
	"true}}},"
	"\"post\": {\"parent\": \"user\", \"fields\": {"
	"\"title\": {\"type\": \"string\", \"max_length\": 100},"
	"\"content\": {\"type\": \"text\"},"
	"\"date_posted\": {\"type\": \"datetime\", \"timezone\": true, \"set\": \"create\"}}},"
	"\"order\": {\"parent\": \"post\", \"table\": \"order\", \"fields\": {"
	"\"group\": {\"type\": \"string\", \"max_length\": 9, \"unique\": true, \"index\": true}}},"
	"\"tag\": {\"key\": {\"type\": \"uuid\", \"index\": false}, \"fields\": {"
	"\"word\": {\"type\": \"text\"}}},"
	"\"mark\": {\"key\": {\"type\": \"uuid\"}, \"parent\": \"tag\", \"list\": {\"skip\": {}}, "
	"\"fields\": {\"owner\": {\"type\": \"reference\", \"to\": \"user\"}}},"
	"\"hint\": {\"key\": {\"name\": \"number\"}, \"parent\": \"mark\", \"fields\": {"
	"\"word\": {\"type\": \"text\"}}},"
	"\"key\": {\"table\": \"key\", \"fields\": {"
	"\"first\": {\"type\": \"reference\", \"to\": \"user\"},"
	"\"true\": {\"type\": \"reference\", \"to\": \"post\", \"unique\": true, \"nullable\": "
	"true},"
	"\"exists\": {\"type\": \"date\", \"unique\": true},"
	"\"returning\": {\"type\": \"time\", \"index\": true}}}}}");

static const struct resource *resource_of(const char *name)
{
	static const struct api *named;

	if (!named)
		named = sample_read_api(declaration);
	for (unsigned i = 0; i < named->nresources; i++)
		if (strcmp(named->resources[i]->name, name) == 0)
			return named->resources[i];
	ck_abort_msg("no resource %s", name);
	return NULL;
}

static void setup(void)
{
	buf_init(&out, LIMIT);
}

static void teardown(void)
{
	buf_done(&out);
}

/* As SQLAlchemy 2.0 creates them, from sqlite_schema. */
static const struct {
	const char *resource;
	const char *sql;
} tables[] = {
	{ "user",
		"CREATE TABLE users (\n\tid INTEGER NOT NULL, \n\tusername VARCHAR(50) NOT NULL, \n"
		"\temail VARCHAR(120) NOT NULL, \n\tPRIMARY KEY (id)\n)" },
	{ "post", "CREATE TABLE posts (\n\tid INTEGER NOT NULL, \n\ttitle VARCHAR(100) NOT NULL, \n"
		  "\tcontent TEXT NOT NULL, \n\tuser_id INTEGER NOT NULL, \n"
		  "\tdate_posted DATETIME NOT NULL, \n\tPRIMARY KEY (id), \n"
		  "\tFOREIGN KEY(user_id) REFERENCES users (id)\n)" },
	{ "order", "CREATE TABLE \"order\" (\n\tid INTEGER NOT NULL, \n\t\"group\" VARCHAR(9) NOT "
		   "NULL, \n"
		   "\tpost_id INTEGER NOT NULL, \n\tPRIMARY KEY (id), \n"
		   "\tFOREIGN KEY(post_id) REFERENCES posts (id)\n)" },
	{ "tag", "CREATE TABLE tags (\n\tid CHAR(32) NOT NULL, \n\tword TEXT NOT NULL, \n"
		 "\tPRIMARY KEY (id)\n)" },
	{ "mark", "CREATE TABLE marks (\n\tid CHAR(32) NOT NULL, \n\towner INTEGER NOT NULL, \n"
		  "\ttag_id CHAR(32) NOT NULL, \n\tPRIMARY KEY (id), \n"
		  "\tFOREIGN KEY(owner) REFERENCES users (id), \n"
		  "\tFOREIGN KEY(tag_id) REFERENCES tags (id)\n)" },
	{ "hint", "CREATE TABLE hints (\n\tnumber INTEGER NOT NULL, \n\tword TEXT NOT NULL, \n"
		  "\tmark_id CHAR(32) NOT NULL, \n\tPRIMARY KEY (number), \n"
		  "\tFOREIGN KEY(mark_id) REFERENCES marks (id)\n)" },
	{ "key", "CREATE TABLE \"key\" (\n\tid INTEGER NOT NULL, \n\tfirst INTEGER NOT NULL, \n"
		 "\t\"true\" INTEGER, \n\t\"exists\" DATE NOT NULL, \n"
		 "\t\"returning\" TIME NOT NULL, \n\tPRIMARY KEY (id), \n"
		 "\tFOREIGN KEY(first) REFERENCES users (id), \n\tUNIQUE (\"true\"), \n"
		 "\tFOREIGN KEY(\"true\") REFERENCES posts (id), \n\tUNIQUE (\"exists\")\n)" },
};

START_TEST(create_table_is_that_of_sqlalchemy)
{
	sql_create_table(&out, resource_of(tables[_i].resource));
	ck_assert_slice_eq(buf_view(&out), str_from(tables[_i].sql));
}
END_TEST

static const struct {
	const char *resource;
	unsigned field;
	const char *sql;
} indexes[] = {
	{ "user", 0, "CREATE INDEX ix_users_id ON users (id)" },
	{ "user", 1, "CREATE UNIQUE INDEX ix_users_username ON users (username)" },
	{ "user", 2, "CREATE UNIQUE INDEX ix_users_email ON users (email)" },
	{ "post", 0, "CREATE INDEX ix_posts_id ON posts (id)" },
	{ "post", 3, "CREATE INDEX ix_posts_user_id ON posts (user_id)" },
	{ "mark", 0, "CREATE INDEX ix_marks_id ON marks (id)" },
	{ "hint", 0, "CREATE INDEX ix_hints_number ON hints (number)" },
	{ "key", 4, "CREATE INDEX ix_key_returning ON \"key\" (\"returning\")" },
	{ "order", 1, "CREATE UNIQUE INDEX ix_order_group ON \"order\" (\"group\")" },
};

START_TEST(create_index_is_that_of_sqlalchemy)
{
	sql_create_index(&out, resource_of(indexes[_i].resource), indexes[_i].field);
	ck_assert_slice_eq(buf_view(&out), str_from(indexes[_i].sql));
}
END_TEST

static const struct {
	const char *resource;
	enum sql_purpose purpose;
	const char *sql;
} statements[] = {
	{ "user", SQL_LIST, "SELECT id, username, email FROM users ORDER BY id" },
	{ "user", SQL_PAGE, "SELECT id, username, email FROM users WHERE id > ?1 ORDER BY id" },
	{ "post", SQL_SLICE,
		"SELECT id, title, content, user_id, date_posted FROM posts ORDER BY id"
		" LIMIT ?2 OFFSET ?1" },
	{ "user", SQL_READ, "SELECT id, username, email FROM users WHERE id = ?1" },
	{ "user", SQL_EXISTS, "SELECT 1 FROM users WHERE id = ?1" },
	{ "post", SQL_EXISTS, "SELECT user_id FROM posts WHERE id = ?1" },
	{ "post", SQL_INSERT,
		"INSERT INTO posts (title, content, user_id, date_posted) VALUES (?2, ?3,"
		" CASE WHEN ?4 IN (SELECT id FROM users) THEN ?4 END, ?5)" },
	{ "user", SQL_INSERT, "INSERT INTO users (username, email) VALUES (?2, ?3)" },
	{ "post", SQL_UPDATE, "UPDATE posts SET title = ?2, content = ?3 WHERE id = ?1" },
	{ "user", SQL_DELETE, "DELETE FROM users WHERE id = ?1" },
	{ "user", SQL_TAKEN,
		"SELECT username = ?2, email = ?3 FROM users WHERE id IS NOT ?1 AND (username = ?2 "
		"OR email = ?3)" },
	{ "tag", SQL_LIST, "SELECT id, word FROM tags" },
	{ "tag", SQL_INSERT, "INSERT INTO tags (id, word) VALUES (?1, ?2)" },
	{ "mark", SQL_SLICE, "SELECT id, owner, tag_id FROM marks LIMIT ?2 OFFSET ?1" },
	{ "mark", SQL_INSERT,
		"INSERT INTO marks (id, owner, tag_id) VALUES (?1,"
		" CASE WHEN ?2 IN (SELECT id FROM users) THEN ?2 END,"
		" CASE WHEN ?3 IN (SELECT id FROM tags) THEN ?3 END)" },
	{ "hint", SQL_PAGE,
		"SELECT number, word, mark_id FROM hints WHERE number > ?1 ORDER BY number" },
	{ "order", SQL_UPDATE, "UPDATE \"order\" SET \"group\" = ?2 WHERE id = ?1" },
};

START_TEST(a_statement_follows_from_the_declaration)
{
	sql_statement(&out, resource_of(statements[_i].resource), statements[_i].purpose);
	ck_assert_slice_eq(buf_view(&out), str_from(statements[_i].sql));
}
END_TEST

START_TEST(rows_with_uuids_below_a_row_have_the_order_of_insertion)
{
	const struct resource *mark = resource_of("mark");

	sql_children(&out, mark, mark->parent_field);
	ck_assert_slice_eq(
		buf_view(&out), STR("SELECT id, owner, tag_id FROM marks WHERE tag_id = ?1"));
}
END_TEST

START_TEST(uuids_have_no_pages)
{
	ck_assert(!sql_applies(resource_of("tag"), SQL_PAGE));
	ck_assert(sql_applies(resource_of("hint"), SQL_PAGE));
}
END_TEST

START_TEST(keys_below_are_found_by_one_join)
{
	sql_keys_below(&out, resource_of("hint"), resource_of("tag"));
	ck_assert_slice_eq(buf_view(&out), STR("SELECT hints.number FROM hints JOIN marks"
					       " ON marks.id = hints.mark_id"
					       " WHERE marks.tag_id = ?1"));
}
END_TEST

START_TEST(references_are_set_to_null)
{
	const struct resource *r = resource_of("key");

	sql_set_null(&out, r, resource_field_named(r, "first"));
	ck_assert_slice_eq(buf_view(&out), STR("UPDATE \"key\" SET first = NULL WHERE first = ?1"));
}
END_TEST

static const struct {
	unsigned field;
	bool descending;
	const char *order;
} orders[] = {
	{ 0, false, "id" }, { 0, true, "id DESC" }, { 1, false, "title, id" },
	{ 1, true, "title DESC, id" }, { 3, false, "user_id, id" },
	{ 3, true, "user_id DESC, id DESC" }, /* the index, read backwards */
};

START_TEST(a_list_has_its_declared_order)
{
	struct list_rules rules = {
		.ordered = true,
		.order = orders[_i].field,
		.descending = orders[_i].descending,
	};
	struct resource post = *sample_resource("post");
	struct buf want;

	buf_init(&want, LIMIT);
	post.list = &rules;
	for (int slice = 0; slice < 2; slice++) {
		buf_reset(&out, LIMIT);
		buf_reset(&want, LIMIT);
		sql_statement(&out, &post, slice ? SQL_SLICE : SQL_LIST);
		buf_printf(&want,
			"SELECT id, title, content, user_id, date_posted FROM posts ORDER BY %s%s",
			orders[_i].order, slice ? " LIMIT ?2 OFFSET ?1" : "");
		ck_assert_slice_eq(buf_view(&out), buf_view(&want));
	}
	buf_done(&want);
}
END_TEST

static void must_run(sqlite3 *db)
{
	buf_char(&out, '\0');
	const char *sql = buf_view(&out).ptr;
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql,
		sqlite3_errmsg(db));
	buf_reset(&out, LIMIT);
}

/* Filters. */

static const char filtered_text[] =
	"{\"resources\":{\"a\":{\"fields\":{\"f\":{\"type\":\"text\"}}},\"b\":{\"parent\":\"a\","
	"\"list\":{"
	"\"filters\":{\"done\":{},\"least\":{\"field\":\"n\",\"op\":\"ge\"},\"order\":{\"op\":"
	"\"ne\"},"
	"\"q\":{\"fields\":[\"f\",\"order\"],\"op\":\"contains\"}},\"order_by\":\"-n\"},\"fields\":"
	"{"
	"\"f\":{\"type\":\"text\"},\"order\":{\"type\":\"text\"},\"done\":{\"type\":\"boolean\","
	"\"index\":true},\"n\":{\"type\":\"integer\",\"index\":true}}}}}";

static const struct {
	struct sql_filtered filtered;
	const char *sql;
	const char *plan; /* of SQLite, up to what differs between its versions */
} filters[] = {
	{ { 0, false, false },
		"SELECT id, f, \"order\", done, n, a_id FROM bs ORDER BY n DESC, id DESC "
		"LIMIT ?3 OFFSET ?2",
		"bs USING INDEX ix_bs_n" },
	{ { 0, false, true }, "SELECT count(*) FROM bs", "bs USING COVERING INDEX" },
	{ { 1, false, true }, "SELECT count(*) FROM bs WHERE (done = ?4)",
		"bs USING COVERING INDEX ix_bs_done (done=?)" },
	{ { 1, false, false },
		"SELECT id, f, \"order\", done, n, a_id FROM bs WHERE (done = ?4) ORDER BY n DESC, "
		"id DESC LIMIT ?3 OFFSET ?2",
		"bs USING INDEX ix_bs_done (done=?)" },
	{ { 2, false, false },
		"SELECT id, f, \"order\", done, n, a_id FROM bs WHERE (n >= ?5) ORDER BY n DESC, "
		"id DESC LIMIT ?3 OFFSET ?2",
		"bs USING INDEX ix_bs_n (n>?)" },
	{ { 3, true, true },
		"SELECT count(*) FROM bs WHERE a_id = ?1 AND (done = ?4) AND (n >= ?5)",
		"bs USING INDEX ix_bs_" },
	{ { 0, true, false },
		"SELECT id, f, \"order\", done, n, a_id FROM bs WHERE a_id = ?1 ORDER BY n DESC, "
		"id DESC LIMIT ?3 OFFSET ?2",
		"bs USING INDEX ix_bs_a_id (a_id=?)" },
	{ { 12, false, true },
		"SELECT count(*) FROM bs WHERE (\"order\" != ?6) AND (f LIKE '%' || ?7 || '%' OR "
		"\"order\" LIKE '%' || ?7 || '%')",
		"bs" },
};

static sqlite3 *open_with_tables(const struct api *a)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	for (unsigned i = 0; i < a->nresources; i++) {
		const struct resource *r = a->resources[i];
		sql_create_table(&out, r);
		must_run(db);
		for (unsigned j = 0; j < r->nfields; j++) {
			if (!(r->fields[j].flags & (FIELD_INDEX | FIELD_UNIQUE)))
				continue;
			sql_create_index(&out, r, j);
			must_run(db);
		}
	}
	return db;
}

/* The statement in `out` reads the table so. */
static void expect_plan(sqlite3 *db, const char *plan)
{
	sqlite3_stmt *statement;
	struct str sql = buf_view(&out);

	ck_assert_int_eq(
		sqlite3_prepare_v2(db, sql.ptr, (int)sql.len, &statement, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	const char *detail = (const char *)sqlite3_column_text(statement, 3);
	ck_assert_msg(strstr(detail, plan) != NULL, "%s: %s", sql.ptr, detail);
	sqlite3_finalize(statement);
}

/* An index of a field serves its filter. */
START_TEST(a_filter_uses_the_index_of_its_field)
{
	const struct api *a = sample_read_api(str_from(filtered_text));
	sqlite3 *db = open_with_tables(a);

	sql_filtered(&out, a->resources[1], &filters[_i].filtered);
	ck_assert_slice_eq(buf_view(&out), str_from(filters[_i].sql));
	buf_reset(&out, LIMIT);
	buf_str(&out, STR("EXPLAIN QUERY PLAN "));
	sql_filtered(&out, a->resources[1], &filters[_i].filtered);
	expect_plan(db, filters[_i].plan);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	declaration_free(a);
}
END_TEST

START_TEST(an_update_can_set_one_field)
{
	sql_update_one(&out, resource_of("user"), 2);
	ck_assert_slice_eq(buf_view(&out), STR("UPDATE users SET email = ?3 WHERE id = ?1"));
}
END_TEST

START_TEST(descendants_are_deleted_through_the_tables_between)
{
	sql_delete_below(&out, resource_of("order"), resource_of("post"));
	ck_assert_slice_eq(buf_view(&out), STR("DELETE FROM \"order\" WHERE post_id = ?1"));
	buf_reset(&out, LIMIT);
	sql_delete_below(&out, resource_of("order"), resource_of("user"));
	ck_assert_slice_eq(
		buf_view(&out), STR("DELETE FROM \"order\" WHERE post_id IN"
				    " (SELECT posts.id FROM posts WHERE posts.user_id = ?1)"));
}
END_TEST

START_TEST(a_resource_is_below_all_its_ancestors_only)
{
	ck_assert(sql_is_below(resource_of("post"), resource_of("user")));
	ck_assert(sql_is_below(resource_of("order"), resource_of("post")));
	ck_assert(sql_is_below(resource_of("order"), resource_of("user")));
	ck_assert(!sql_is_below(resource_of("user"), resource_of("post")));
	ck_assert(!sql_is_below(resource_of("user"), resource_of("user")));
}
END_TEST

/* Every resource. */

START_TEST(sqlite_accepts_every_statement_of_every_resource)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	for (unsigned i = 0; i < api->nresources; i++) {
		const struct resource *r = api->resources[i];
		sql_create_table(&out, r);
		must_run(db);
		for (unsigned j = 0; j < r->nfields; j++) {
			if (r->fields[j].flags & (FIELD_INDEX | FIELD_UNIQUE)) {
				sql_create_index(&out, r, j);
				must_run(db);
			}
		}
		for (enum sql_purpose p = 0; p < SQL__COUNT; p++) {
			/* All parameters are NULL here, which an INSERT and a LIMIT refuse. */
			if (!sql_applies(r, p) || p == SQL_INSERT)
				continue;
			if (p == SQL_SLICE)
				buf_str(&out, STR("EXPLAIN "));
			sql_statement(&out, r, p);
			must_run(db);
		}
		for (unsigned j = 0; j < i; j++) {
			if (!sql_is_below(r, api->resources[j]))
				continue;
			sql_delete_below(&out, r, api->resources[j]);
			must_run(db);
		}
	}
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("sql");
	TCase *tc = tcase_create("text");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, create_table_is_that_of_sqlalchemy, 0, NITEMS(tables));
	tcase_add_loop_test(tc, create_index_is_that_of_sqlalchemy, 0, NITEMS(indexes));
	tcase_add_test(tc, rows_with_uuids_below_a_row_have_the_order_of_insertion);
	tcase_add_test(tc, uuids_have_no_pages);
	tcase_add_test(tc, keys_below_are_found_by_one_join);
	tcase_add_test(tc, references_are_set_to_null);
	tcase_add_loop_test(tc, a_statement_follows_from_the_declaration, 0, NITEMS(statements));
	tcase_add_loop_test(tc, a_list_has_its_declared_order, 0, NITEMS(orders));
	tcase_add_loop_test(tc, a_filter_uses_the_index_of_its_field, 0, NITEMS(filters));
	tcase_add_test(tc, an_update_can_set_one_field);
	tcase_add_test(tc, descendants_are_deleted_through_the_tables_between);
	tcase_add_test(tc, a_resource_is_below_all_its_ancestors_only);
	tcase_add_test(tc, sqlite_accepts_every_statement_of_every_resource);
	suite_add_tcase(suite, tc);
	return suite;
}
