/* SQL for PostgreSQL from declarations: types, tables and indexes are SQLAlchemy's. */
#include "pg_sql.h"

#include "sample.h"
#include "suite.h"

static struct buf out;

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
	"\"mark\": {\"key\": {\"type\": \"uuid\"}, \"parent\": \"tag\", \"fields\": {"
	"\"owner\": {\"type\": \"reference\", \"to\": \"user\"},"
	"\"next\": {\"type\": \"reference\", \"to\": \"mark\", \"nullable\": true}}},"
	"\"p\": {\"table\": \"p\", \"fields\": {"
	"\"p\": {\"type\": \"reference\", \"to\": \"p\", \"nullable\": true}}},"
	"\"key\": {\"table\": \"key\", \"fields\": {"
	"\"first\": {\"type\": \"reference\", \"to\": \"user\"},"
	"\"true\": {\"type\": \"reference\", \"to\": \"post\", \"unique\": true, \"nullable\": "
	"true},"
	"\"lateral\": {\"type\": \"date\", \"unique\": true},"
	"\"binary\": {\"type\": \"time\", \"index\": true},"
	"\"camelCase\": {\"type\": \"string\", \"enum\": {\"name\": \"ColorOfKey\", \"members\": "
	"{\"red\": \"r\", \"dark_blue\": \"b\"}}}}},"
	"\"book\": {\"fields\": {\"tags\": {\"type\": \"links\", \"to\": \"tag\","
	"\"table\": \"book_tags\", \"columns\": [\"book_id\", \"tag_id\"]},"
	"\"a_name_that_is_as_long_as_any_name_can_be_in_postgresql\": {\"type\": \"text\","
	"\"index\": true}}}}}");

static const struct resource *resource_of(const char *name)
{
	static const struct api *named;

	if (!named)
		named = sample_read_api(declaration);
	for (unsigned i = 0; i < api_count_tables(named); i++)
		if (strcmp(api_table(named, i)->name, name) == 0)
			return api_table(named, i);
	ck_abort_msg("no resource %s", name);
	return NULL;
}

static void setup(void)
{
	buf_init(&out, SIZE_MAX);
}

static void teardown(void)
{
	buf_done(&out);
}

static void expect(const char *text)
{
	ck_assert_slice_eq(buf_view(&out), str_from(text));
	buf_reset(&out, SIZE_MAX);
}

/* The schema. */

static const struct {
	const char *resource;
	const char *sql;
} tables[] = {
	{ "user",
		"CREATE TABLE users (\n\tid SERIAL NOT NULL, \n\tusername VARCHAR(50) NOT NULL, \n"
		"\temail VARCHAR(120) NOT NULL, \n\tPRIMARY KEY (id)\n)" },
	{ "post", "CREATE TABLE posts (\n\tid SERIAL NOT NULL, \n\ttitle VARCHAR(100) NOT NULL, \n"
		  "\tcontent TEXT NOT NULL, \n\tuser_id INTEGER NOT NULL, \n"
		  "\tdate_posted TIMESTAMP WITH TIME ZONE NOT NULL, \n\tPRIMARY KEY (id), \n"
		  "\tFOREIGN KEY(user_id) REFERENCES users (id)\n)" },
	{ "order", "CREATE TABLE \"order\" (\n\tid SERIAL NOT NULL, \n\t\"group\" VARCHAR(9) NOT "
		   "NULL, \n"
		   "\tpost_id INTEGER NOT NULL, \n\tPRIMARY KEY (id), \n"
		   "\tFOREIGN KEY(post_id) REFERENCES posts (id)\n)" },
	{ "tag", "CREATE TABLE tags (\n\tid UUID NOT NULL, \n\tword TEXT NOT NULL, \n"
		 "\tPRIMARY KEY (id)\n)" },
	{ "mark", "CREATE TABLE marks (\n\tid UUID NOT NULL, \n\towner INTEGER NOT NULL, \n"
		  "\tnext UUID, \n\ttag_id UUID NOT NULL, \n\tPRIMARY KEY (id), \n"
		  "\tFOREIGN KEY(owner) REFERENCES users (id), \n"
		  "\tFOREIGN KEY(next) REFERENCES marks (id), \n"
		  "\tFOREIGN KEY(tag_id) REFERENCES tags (id)\n)" },
	{ "key", "CREATE TABLE key (\n\tid SERIAL NOT NULL, \n\tfirst INTEGER NOT NULL, \n"
		 "\t\"true\" INTEGER, \n\t\"lateral\" DATE NOT NULL, \n"
		 "\t\"binary\" TIME WITHOUT TIME ZONE NOT NULL, \n"
		 "\t\"camelCase\" colorofkey NOT NULL, \n\tPRIMARY KEY (id), \n"
		 "\tFOREIGN KEY(first) REFERENCES users (id), \n\tUNIQUE (\"true\"), \n"
		 "\tFOREIGN KEY(\"true\") REFERENCES posts (id), \n\tUNIQUE (\"lateral\")\n)" },
};

START_TEST(create_table_is_that_of_sqlalchemy)
{
	pg_sql_create_table(&out, resource_of(tables[_i].resource), UINT64_MAX);
	expect(tables[_i].sql);
}
END_TEST

START_TEST(the_key_of_links_is_not_counted)
{
	pg_sql_create_table(&out, resource_of("book")->fields[2].links->table, UINT64_MAX);
	expect("CREATE TABLE book_tags (\n\tbook_id INTEGER NOT NULL, \n\ttag_id UUID NOT NULL, \n"
	       "\tPRIMARY KEY (book_id, tag_id), \n"
	       "\tFOREIGN KEY(book_id) REFERENCES books (id), \n"
	       "\tFOREIGN KEY(tag_id) REFERENCES tags (id)\n)");
}
END_TEST

START_TEST(references_may_be_added_later)
{
	const struct resource *r = resource_of("order");

	pg_sql_create_table(&out, r, 0);
	ck_assert_ptr_null(memmem(out.data, buf_len(&out), "FOREIGN", 7));
	buf_reset(&out, SIZE_MAX);
	pg_sql_add_reference(&out, r, r->parent_field);
	expect("ALTER TABLE \"order\" ADD FOREIGN KEY(post_id) REFERENCES posts (id)");
}
END_TEST

START_TEST(an_index_has_the_name_that_sqlalchemy_gives_it)
{
	pg_sql_create_index(&out, resource_of("user"), 1);
	expect("CREATE UNIQUE INDEX ix_users_username ON users (username)");
	pg_sql_create_index(&out, resource_of("key"), 4);
	expect("CREATE INDEX ix_key_binary ON key (\"binary\")");
}
END_TEST

START_TEST(a_name_that_is_too_long_is_left_to_postgresql)
{
	pg_sql_create_index(&out, resource_of("book"), 1);
	expect("CREATE INDEX ON books (a_name_that_is_as_long_as_any_name_can_be_in_postgresql)");
}
END_TEST

START_TEST(an_enum_has_a_type_with_the_names_of_its_members)
{
	const struct field *f = &resource_of("key")->fields[5];

	pg_sql_create_type(&out, f);
	expect("CREATE TYPE colorofkey AS ENUM ('red', 'dark_blue')");
	pg_sql_add_label(&out, f, 1);
	expect("ALTER TYPE colorofkey ADD VALUE 'dark_blue'");
}
END_TEST

/* The types that SQLAlchemy 2.0 was seen to write. */
static const struct {
	const char *field, *type;
} types[] = {
	{ "\"type\": \"integer\"", "INTEGER" },
	{ "\"type\": \"number\"", "FLOAT" },
	{ "\"type\": \"decimal\"", "NUMERIC" },
	{ "\"type\": \"decimal\", \"max_digits\": 10, \"decimal_places\": 2", "NUMERIC(10, 2)" },
	{ "\"type\": \"decimal\", \"max_digits\": 10", "NUMERIC(10)" },
	{ "\"type\": \"boolean\"", "BOOLEAN" },
	{ "\"type\": \"string\"", "VARCHAR" },
	{ "\"type\": \"string\", \"max_length\": 50", "VARCHAR(50)" },
	{ "\"type\": \"text\"", "TEXT" },
	{ "\"type\": \"email\"", "VARCHAR" },
	{ "\"type\": \"url\"", "VARCHAR" },
	{ "\"type\": \"uuid\"", "UUID" },
	{ "\"type\": \"date\"", "DATE" },
	{ "\"type\": \"time\"", "TIME WITHOUT TIME ZONE" },
	{ "\"type\": \"datetime\"", "TIMESTAMP WITHOUT TIME ZONE" },
	{ "\"type\": \"datetime\", \"timezone\": true", "TIMESTAMP WITH TIME ZONE" },
	{ "\"type\": \"string\", \"enum\": {\"name\": \"Color\", \"members\": {\"red\": \"r\"}}",
		"color" },
	{ "\"type\": \"string\", \"enum\": {\"name\": \"User\", \"members\": {\"red\": \"r\"}}",
		"\"user\"" },
	{ "\"type\": \"string\", \"literal\": [\"on\", \"öff\"]", "VARCHAR(3)" },
	{ "\"type\": \"integer\", \"literal\": [1, 2]", "INTEGER" },
	{ "\"type\": \"object\"", "JSON" },
	{ "\"type\": \"array\", \"items\": {\"type\": \"integer\"}", "JSON" },
};

START_TEST(a_type_is_that_of_sqlalchemy)
{
	struct buf text;

	buf_init(&text, SIZE_MAX);
	buf_printf(&text, "{\"resources\": {\"thing\": {\"fields\": {\"v\": {%s}}}}}",
		types[_i].field);
	const struct api *a = sample_read_api(buf_view(&text));
	pg_sql_column_type(&out, &a->resources[0]->fields[1]);
	expect(types[_i].type);
	declaration_free(a);
	buf_done(&text);
}
END_TEST

/* Statements. */

static const struct {
	const char *resource;
	enum pg_purpose purpose;
	const char *sql;
} statements[] = {
	{ "user", PG_LIST, "SELECT id, username, email FROM users ORDER BY id" },
	{ "tag", PG_LIST, "SELECT id, word FROM tags ORDER BY id" },
	{ "user", PG_SLICE,
		"SELECT id, username, email FROM users ORDER BY id LIMIT $2::bigint OFFSET "
		"$1::bigint" },
	{ "user", PG_COUNT, "SELECT count(*) FROM users" },
	{ "user", PG_PAGE,
		"SELECT id, username, email FROM users WHERE id > $1::bigint ORDER BY id" },
	{ "user", PG_READ, "SELECT id, username, email FROM users WHERE id = ANY ($1::bigint[])" },
	{ "tag", PG_READ, "SELECT id, word FROM tags WHERE id = ANY ($1::uuid[])" },
	{ "user", PG_LOCK,
		"SELECT id, username, email FROM users WHERE id = $1::bigint FOR NO KEY UPDATE" },
	{ "user", PG_LOCK_ALL,
		"SELECT id, username, email FROM users WHERE id = $1::bigint FOR UPDATE" },
	{ "user", PG_EXISTS, "SELECT id, NULL FROM users WHERE id = ANY ($1::bigint[])" },
	{ "post", PG_EXISTS, "SELECT id, user_id FROM posts WHERE id = ANY ($1::bigint[])" },
	{ "post", PG_REQUIRE, "SELECT id, user_id FROM posts WHERE id = $1::bigint FOR KEY SHARE" },
	{ "order", PG_RELEASE,
		"SELECT id, post_id FROM \"order\" WHERE id = $1::bigint FOR UPDATE" },
	{ "user", PG_INSERT,
		"INSERT INTO users (username, email) SELECT $1::text, $2::text FROM (SELECT) AS "
		"one WHERE true"
		" AND NOT EXISTS (SELECT FROM users AS o WHERE o.username = $1::text)"
		" AND NOT EXISTS (SELECT FROM users AS o WHERE o.email = $2::text)"
		" ON CONFLICT DO NOTHING RETURNING id" },
	{ "post", PG_INSERT,
		"INSERT INTO posts (title, content, user_id, date_posted) SELECT $1::text, "
		"$2::text, r3.key, $4::timestamptz FROM (SELECT) AS one"
		" JOIN (SELECT k.id AS key FROM users AS k WHERE k.id = $3::bigint FOR KEY SHARE) "
		"AS r3 ON "
		"true WHERE true RETURNING id" },
	{ "mark", PG_INSERT,
		"INSERT INTO marks (id, owner, next, tag_id) SELECT $1::uuid, r2.key, r3.key, "
		"r4.key FROM (SELECT) AS one"
		" JOIN (SELECT k.id AS key FROM users AS k WHERE k.id = $2::bigint FOR KEY SHARE) "
		"AS r2 ON "
		"true"
		" LEFT JOIN (SELECT k.id AS key FROM marks AS k WHERE k.id = $3::uuid FOR KEY "
		"SHARE) AS r3 "
		"ON true"
		" JOIN (SELECT k.id AS key FROM tags AS k WHERE k.id = $4::uuid FOR KEY SHARE) AS "
		"r4 ON true"
		" WHERE true AND ($3::uuid IS NULL OR r3.key IS NOT NULL)"
		" RETURNING id" },
	{ "post", PG_INSERT_SEVERAL,
		"INSERT INTO posts (title, content, user_id, date_posted) SELECT p.c1, p.c2, "
		"r3.key, p.c4 FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[]) "
		"WITH ORDINALITY AS p(c1, c2, c3, c4, n)"
		" JOIN LATERAL (SELECT k.id AS key FROM users AS k WHERE k.id = p.c3 FOR KEY "
		"SHARE) AS r3 "
		"ON true WHERE true ORDER BY p.n RETURNING id, user_id" },
	{ "mark", PG_INSERT_SEVERAL,
		"INSERT INTO marks (id, owner, next, tag_id) SELECT p.c1, r2.key, r3.key, r4.key "
		"FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[]) "
		"WITH ORDINALITY AS p(c1, c2, c3, c4, n)"
		" JOIN LATERAL (SELECT k.id AS key FROM users AS k WHERE k.id = p.c2 FOR KEY "
		"SHARE) AS r2 "
		"ON true"
		" LEFT JOIN LATERAL (SELECT k.id AS key FROM marks AS k WHERE k.id = p.c3 FOR KEY "
		"SHARE) "
		"AS r3 ON true"
		" JOIN LATERAL (SELECT k.id AS key FROM tags AS k WHERE k.id = p.c4 FOR KEY SHARE) "
		"AS r4 "
		"ON true WHERE true AND (p.c3 IS NULL OR r3.key IS NOT NULL)"
		" ORDER BY p.n RETURNING id, owner, next, tag_id" },
	{ "p", PG_INSERT_SEVERAL,
		"INSERT INTO p (p) SELECT r1.key FROM unnest($1::bigint[]) WITH ORDINALITY AS "
		"p(c1, n) LEFT JOIN LATERAL (SELECT k.id AS key FROM p AS k WHERE k.id = p.c1 FOR "
		"KEY SHARE) AS r1 ON true WHERE true AND (p.c1 IS NULL OR r1.key IS NOT NULL)"
		" ORDER BY p.n RETURNING id, p" },
	{ "order", PG_DELETE, "DELETE FROM \"order\" WHERE id = $1::bigint RETURNING id" },
	{ "user", PG_TAKEN,
		"SELECT username = $2::text, email = $3::text FROM users WHERE id IS DISTINCT FROM "
		"$1::bigint AND (username = $2::text OR email = $3::text)" },
};

START_TEST(a_statement_follows_from_the_declaration)
{
	const struct resource *r = resource_of(statements[_i].resource);

	ck_assert(pg_sql_applies(r, statements[_i].purpose));
	pg_sql_statement(&out, r, statements[_i].purpose);
	expect(statements[_i].sql);
}
END_TEST

START_TEST(some_resources_lack_some_statements)
{
	ck_assert(!pg_sql_applies(resource_of("tag"), PG_PAGE));
	ck_assert(!pg_sql_applies(resource_of("post"), PG_TAKEN));
	ck_assert(!pg_sql_applies(resource_of("user"), PG_INSERT_SEVERAL));
	ck_assert(!pg_sql_applies(resource_of("key"), PG_INSERT_SEVERAL));
}
END_TEST

START_TEST(an_update_sets_only_given_fields)
{
	pg_sql_update(&out, resource_of("user"), 1 << 2);
	expect("UPDATE users AS t SET email = $2::text FROM (SELECT) AS one WHERE true"
	       " AND t.id = $1::bigint"
	       " AND NOT EXISTS (SELECT FROM users AS o WHERE o.email = $2::text"
	       " AND o.id != $1::bigint) RETURNING t.id");
	pg_sql_update(&out, resource_of("post"), 1 << 1 | 1 << 3);
	expect("UPDATE posts AS t SET title = $2::text, user_id = r3.key FROM (SELECT) AS one"
	       " JOIN (SELECT k.id AS key FROM users AS k WHERE k.id = $3::bigint FOR KEY SHARE) "
	       "AS r3"
	       " ON true WHERE true AND t.id = $1::bigint RETURNING t.id");
}
END_TEST

START_TEST(rows_are_found_by_their_references)
{
	pg_sql_children(&out, resource_of("post"), 3);
	expect("SELECT id, title, content, user_id, date_posted FROM posts"
	       " WHERE user_id = ANY ($1::bigint[]) ORDER BY user_id, id");
	pg_sql_field(&out, resource_of("post"), 3);
	expect("SELECT user_id FROM posts WHERE id = $1::bigint");
	pg_sql_referring(&out, resource_of("mark"), 1);
	expect("SELECT id, tag_id FROM marks WHERE owner = $1::bigint ORDER BY id FOR UPDATE");
	pg_sql_set_null(&out, resource_of("mark"), 2, 0);
	expect("UPDATE marks SET next = NULL WHERE next = $1::uuid RETURNING id");
	pg_sql_set_null(&out, resource_of("mark"), 2, 1 << 1);
	expect("UPDATE marks SET next = NULL, owner = $2::bigint WHERE next = $1::uuid"
	       " RETURNING id");
}
END_TEST

START_TEST(links_are_rows_of_a_table)
{
	const struct resource *table = resource_of("book")->fields[2].links->table;

	pg_sql_links(&out, table, PG_LINKED_ROWS);
	expect("SELECT tag_id FROM book_tags WHERE book_id = $1::bigint");
	pg_sql_links(&out, table, PG_UNLINK_ROW);
	expect("DELETE FROM book_tags WHERE tag_id = $1::uuid RETURNING book_id");
	pg_sql_linked(&out, resource_of("tag"), table, LINK_TO);
	expect("SELECT l.there, t.id, t.word FROM (SELECT DISTINCT book_id AS there, tag_id AS here"
	       " FROM book_tags WHERE book_id = ANY ($1::bigint[])) AS l JOIN tags AS t"
	       " ON t.id = l.here ORDER BY l.there, t.id");
}
END_TEST

START_TEST(rows_below_are_deleted_and_those_between_locked)
{
	pg_sql_delete_below(&out, resource_of("post"), resource_of("user"));
	expect("DELETE FROM posts WHERE user_id = $1::bigint RETURNING id, user_id");
	pg_sql_delete_below(&out, resource_of("order"), resource_of("user"));
	expect("DELETE FROM \"order\" WHERE post_id IN (SELECT g0.id FROM posts AS g0"
	       " WHERE g0.user_id = $1::bigint FOR UPDATE) RETURNING id, post_id");
}
END_TEST

/* Lists. */

static const char listed[] =
	"{\"resources\":{\"a\":{\"fields\":{\"f\":{\"type\":\"text\"}}},\"b\":{\"parent\":\"a\","
	"\"list\":{\"filters\":{\"done\":{},\"least\":{\"field\":\"n\",\"op\":\"ge\"},"
	"\"q\":{\"fields\":[\"f\",\"order\"],\"op\":\"contains\"},\"since\":{\"field\":\"at\","
	"\"op\":\"gt\"}},\"order_by\":\"-n\"},\"fields\":{\"f\":{\"type\":\"text\"},"
	"\"order\":{\"type\":\"text\"},\"done\":{\"type\":\"boolean\"},"
	"\"n\":{\"type\":\"integer\",\"index\":true},\"at\":{\"type\":\"datetime\"}}}}}";

static const struct {
	struct pg_filtered filtered;
	const char *sql;
} filters[] = {
	{ { 0, false, false }, " FROM bs ORDER BY n DESC, id LIMIT $2::bigint OFFSET $1::bigint" },
	{ { 0, false, true }, "SELECT count(*) FROM bs" },
	{ { 1, false, true }, "SELECT count(*) FROM bs WHERE (done = $1::boolean)" },
	{ { 3, true, true },
		"SELECT count(*) FROM bs WHERE a_id = $1::bigint AND (done = $2::boolean)"
		" AND (n >= $3::bigint)" },
	{ { 6, true, false },
		" FROM bs WHERE a_id = $1::bigint AND (n >= $4::bigint)"
		" AND (f LIKE '%' || $5::text || '%' OR \"order\" LIKE '%' || $5::text || '%')"
		" ORDER BY n DESC, id LIMIT $3::bigint OFFSET $2::bigint" },
	{ { 8, false, true },
		"SELECT count(*) FROM bs WHERE (at > CASE WHEN length($1::text) > 26"
		" THEN $1::text::timestamptz::timestamp ELSE $1::text::timestamp END)" },
};

START_TEST(a_filter_compares_columns_with_its_value)
{
	const struct api *a = sample_read_api(str_from(listed));

	if (!filters[_i].filtered.counts)
		buf_str(&out, STR("SELECT id, f, \"order\", done, n, at, a_id"));
	buf_str(&out, str_from(filters[_i].sql));
	struct str want = buf_view(&out);
	struct buf got;
	buf_init(&got, SIZE_MAX);
	pg_sql_filtered(&got, a->resources[1], &filters[_i].filtered);
	ck_assert_slice_eq(buf_view(&got), want);
	buf_done(&got);
	declaration_free(a);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pg_sql");
	TCase *tc = tcase_create("text");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, create_table_is_that_of_sqlalchemy, 0, NITEMS(tables));
	tcase_add_test(tc, the_key_of_links_is_not_counted);
	tcase_add_test(tc, references_may_be_added_later);
	tcase_add_test(tc, an_index_has_the_name_that_sqlalchemy_gives_it);
	tcase_add_test(tc, a_name_that_is_too_long_is_left_to_postgresql);
	tcase_add_test(tc, an_enum_has_a_type_with_the_names_of_its_members);
	tcase_add_loop_test(tc, a_type_is_that_of_sqlalchemy, 0, NITEMS(types));
	tcase_add_loop_test(tc, a_statement_follows_from_the_declaration, 0, NITEMS(statements));
	tcase_add_test(tc, some_resources_lack_some_statements);
	tcase_add_test(tc, an_update_sets_only_given_fields);
	tcase_add_test(tc, rows_are_found_by_their_references);
	tcase_add_test(tc, links_are_rows_of_a_table);
	tcase_add_test(tc, rows_below_are_deleted_and_those_between_locked);
	tcase_add_loop_test(tc, a_filter_compares_columns_with_its_value, 0, NITEMS(filters));
	suite_add_tcase(suite, tc);
	return suite;
}
