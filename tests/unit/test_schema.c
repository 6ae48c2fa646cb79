/* Missing tables and indexes are created; differing ones are refused with a line that names the
 * place.
 */
#include "schema.h"

#include "resource.h"
#include "schema_texts.h"
#include "suite.h"

/* The statements of SQLAlchemy 2.0 for the reference's models. */
#define USERS                                                                                      \
	"CREATE TABLE users (\n\tid INTEGER NOT NULL, \n\tusername VARCHAR(50) NOT NULL, \n"       \
	"\temail VARCHAR(120) NOT NULL, \n\tPRIMARY KEY (id)\n)"
#define POSTS                                                                                      \
	"CREATE TABLE posts (\n\tid INTEGER NOT NULL, \n\ttitle VARCHAR(100) NOT NULL, \n"         \
	"\tcontent TEXT NOT NULL, \n\tuser_id INTEGER NOT NULL, \n"                                \
	"\tdate_posted DATETIME NOT NULL, \n\tPRIMARY KEY (id), \n"                                \
	"\tFOREIGN KEY(user_id) REFERENCES users (id)\n)"

static const char *const sqlalchemy[] = {
	USERS,
	"CREATE INDEX ix_users_id ON users (id)",
	"CREATE UNIQUE INDEX ix_users_username ON users (username)",
	"CREATE UNIQUE INDEX ix_users_email ON users (email)",
	POSTS,
	"CREATE INDEX ix_posts_id ON posts (id)",
	"CREATE INDEX ix_posts_user_id ON posts (user_id)",
};

static sqlite3 *db;
static struct buf error;

static void setup(void)
{
	ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	buf_init(&error, 64 * 1024);
}

static void teardown(void)
{
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	buf_done(&error);
}

static void run(const char *sql)
{
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql,
		sqlite3_errmsg(db));
}

static int schema_version(void)
{
	sqlite3_stmt *statement;

	ck_assert_int_eq(
		sqlite3_prepare_v2(db, "PRAGMA schema_version", -1, &statement, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	int version = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return version;
}

/* schema_check comes to the same verdict before, and changes nothing. */
static bool ensure(void)
{
	struct buf line;
	int version = schema_version();

	buf_init(&line, 64 * 1024);
	bool fine = schema_check(db, api, &line);
	ck_assert_int_eq(schema_version(), version);
	ck_assert_int_eq(sqlite3_get_autocommit(db), 1);
	ck_assert_int_eq(schema_ensure(db, &error), fine);
	if (!fine)
		ck_assert_slice_eq(buf_view(&line), buf_view(&error));
	buf_done(&line);
	return fine;
}

static void must_accept(const char *name)
{
	bool accepted = ensure();

	ck_assert_msg(accepted, "%s: %.*s", name, (int)buf_len(&error), buf_view(&error).ptr);
	ck_assert_int_eq(sqlite3_get_autocommit(db), 1);
}

/* Fails unless the schema has a table or an index with this text. */
static void must_be_in_schema(const char *sql)
{
	sqlite3_stmt *statement;

	ck_assert_int_eq(sqlite3_prepare_v2(db, "SELECT count(*) FROM sqlite_master WHERE sql = ?1",
				 -1, &statement, NULL),
		SQLITE_OK);
	sqlite3_bind_text(statement, 1, sql, -1, SQLITE_STATIC);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	ck_assert_msg(sqlite3_column_int(statement, 0) == 1, "not in the schema: %s", sql);
	sqlite3_finalize(statement);
}

START_TEST(an_empty_file_gets_the_schema_of_sqlalchemy)
{
	must_accept("empty");
	for (size_t i = 0; i < NITEMS(sqlalchemy); i++)
		must_be_in_schema(sqlalchemy[i]);
}
END_TEST

START_TEST(a_complete_schema_is_not_changed)
{
	must_accept("first");
	int before = schema_version();
	must_accept("second");
	ck_assert_int_eq(schema_version(), before);
}
END_TEST

/* Whatever else the file has, in whatever order. */
START_TEST(a_schema_that_postern_makes_is_known_by_its_texts)
{
	ck_assert(!schema_texts_equal(db, api));
	run("CREATE VIEW v AS SELECT 1; CREATE TABLE aaa (a); CREATE TABLE zzz (z UNIQUE)");
	for (size_t i = 0; i < NITEMS(sqlalchemy); i++) {
		ck_assert(!schema_texts_equal(db, api));
		run(sqlalchemy[i]);
	}
	must_accept("with the tables of further resources");
	ck_assert(schema_texts_equal(db, api));
	run("DROP INDEX ix_users_email");
	ck_assert(!schema_texts_equal(db, api));
	run("CREATE INDEX ix_users_email ON users (email)");
	ck_assert(!schema_texts_equal(db, api));
}
END_TEST

START_TEST(an_altered_table_is_not_known_by_its_text)
{
	must_accept("empty");
	run("ALTER TABLE posts ADD COLUMN more TEXT");
	ck_assert(!schema_texts_equal(db, api));
	must_accept("altered");
}
END_TEST

#define POSTS_WITH(user_id)                                                                        \
	USERS "; CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL,"                 \
	      " content TEXT NOT NULL, " user_id ", date_posted DATETIME NOT NULL)"

#define TWO_COLUMNS                                                                                \
	"CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL, content TEXT NOT NULL,"  \
	" user_id INTEGER NOT NULL, date_posted DATETIME NOT NULL, username TEXT,"                 \
	" FOREIGN KEY (user_id, username) REFERENCES users (id, username))"

static const struct {
	const char *name, *sql;
} accepted[] = {
	{ "tables without indexes", USERS ";" POSTS },
	{ "users alone", USERS },
	{ "unique by constraint",
		"CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT NOT NULL UNIQUE,"
		" email TEXT UNIQUE NOT NULL)" },
	{ "other case, other names of the same affinity",
		"CREATE TABLE Users (ID integer PRIMARY KEY AUTOINCREMENT,"
		" UserName NVARCHAR NOT NULL, Email CLOB NOT NULL)" },
	{ "undeclared columns that are nullable or have a default",
		"CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, username VARCHAR NOT NULL,"
		" email VARCHAR NOT NULL, phone TEXT, score INTEGER NOT NULL DEFAULT 0)" },
	{ "undeclared tables and indexes",
		USERS "; CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);"
		      "CREATE INDEX mine ON users (username, email);"
		      "CREATE UNIQUE INDEX never_first ON users (email, username)" },
	{ "undeclared unique indexes",
		USERS ";" POSTS "; CREATE UNIQUE INDEX folded ON users (email COLLATE NOCASE);"
		      "CREATE UNIQUE INDEX lowered ON users (lower(username));"
		      "CREATE UNIQUE INDEX twice ON posts (user_id, title);"
		      "CREATE UNIQUE INDEX one ON posts (user_id) WHERE content = 'draft'" },
	{ "unique by another collation", "CREATE TABLE users (id INTEGER PRIMARY KEY,"
					 " username TEXT NOT NULL COLLATE NOCASE UNIQUE,"
					 " email TEXT NOT NULL COLLATE NOCASE UNIQUE)" },
	{ "strict tables",
		"CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT NOT NULL,"
		" email TEXT NOT NULL) STRICT; CREATE TABLE posts (id INTEGER PRIMARY KEY,"
		" title TEXT NOT NULL, content TEXT NOT NULL,"
		" user_id INTEGER NOT NULL REFERENCES users (id),"
		" date_posted TEXT NOT NULL) STRICT" },
	{ "a foreign key that cascades, to the key by default",
		USERS "; CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL,"
		      " content TEXT NOT NULL,"
		      " user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,"
		      " date_posted TIMESTAMP NOT NULL)" },
	/* Foreign keys are not enforced, so their declarations do not matter. */
	{ "a parent without a foreign key", POSTS_WITH("user_id INTEGER NOT NULL") },
	{ "a foreign key to another table",
		POSTS_WITH("user_id INTEGER NOT NULL REFERENCES people (id)") },
	{ "a foreign key to another column",
		POSTS_WITH("user_id INTEGER NOT NULL REFERENCES users (email)") },
	{ "a foreign key of two columns", USERS ";" TWO_COLUMNS },
	{ "a foreign key to an absent column",
		POSTS_WITH("user_id INTEGER NOT NULL REFERENCES users (number)") },
	{ "another column with a foreign key to an absent table",
		"CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT NOT NULL,"
		" email TEXT NOT NULL, team INTEGER REFERENCES teams (id))" },
	{ "an undeclared table with foreign keys to absent columns",
		USERS ";" POSTS "; CREATE TABLE remarks (post_id REFERENCES posts (number),"
		      " author REFERENCES users (name))" },
};

START_TEST(an_equivalent_schema_is_accepted)
{
	run(accepted[_i].sql);
	must_accept(accepted[_i].name);
	must_accept(accepted[_i].name);
}
END_TEST

static const struct {
	const char *sql, *line;
} refused[] = {
	{ "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT NOT NULL)",
		"table users, column email: expected VARCHAR(120) NOT NULL, found none; declare it "
		"nullable or with a default, then posternctl migrate can add it" },
	{ "CREATE TABLE users (id INTEGER PRIMARY KEY, username INTEGER NOT NULL,"
	  " email TEXT NOT NULL)",
		"table users, column username: expected VARCHAR(50) NOT NULL, found INTEGER NOT "
		"NULL" },
	{ "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, email TEXT NOT NULL)",
		"table users, column username: expected VARCHAR(50) NOT NULL, found TEXT" },
	{ "CREATE TABLE users (id INTEGER PRIMARY KEY, username NOT NULL, email TEXT NOT NULL)",
		"table users, column username: expected VARCHAR(50) NOT NULL, found no type NOT "
		"NULL" },
	{ "CREATE TABLE users (id INTEGER NOT NULL, username TEXT NOT NULL, email TEXT NOT NULL)",
		"table users, column id: expected INTEGER NOT NULL PRIMARY KEY, found INTEGER NOT "
		"NULL" },
	{ "CREATE TABLE users (id INTEGER, username TEXT NOT NULL, email TEXT NOT NULL,"
	  " PRIMARY KEY (id, email))",
		"table users, column email: expected VARCHAR(120) NOT NULL, found TEXT NOT NULL "
		"PRIMARY KEY" },
	{ "CREATE TABLE users (id BIGINT PRIMARY KEY, username TEXT NOT NULL,"
	  " email TEXT NOT NULL)",
		"table users, column id: expected INTEGER PRIMARY KEY (the rowid), found a key "
		"with an index of its own" },
	{ "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT NOT NULL,"
	  " email TEXT NOT NULL) WITHOUT ROWID",
		"table users, column id: expected INTEGER PRIMARY KEY (the rowid), found a key "
		"with an index of its own" },
	{ "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT NOT NULL,"
	  " email TEXT NOT NULL AS (username || '@example.com'))",
		"table users, column email: expected VARCHAR(120) NOT NULL, found TEXT NOT NULL "
		"GENERATED" },
	{ "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT NOT NULL,"
	  " email TEXT NOT NULL, password TEXT NOT NULL)",
		"table users, column password: expected none, found TEXT NOT NULL without "
		"default" },
	{ "CREATE VIEW users AS SELECT 1 AS id",
		"table users: expected a table, found a view of that name" },
	{ "CREATE VIRTUAL TABLE users USING fts5(username, email)",
		"table users: expected a table, found a virtual table of that name" },
	{ "CREATE TABLE t (x); CREATE INDEX users ON t (x)",
		"table users: there is already an index named users" },
	{ USERS "; INSERT INTO users VALUES (1, 'a', 'x@y'), (2, 'b', 'x@y')",
		"table users, column email: expected unique values, found duplicates" },
	{ USERS "; CREATE INDEX ix_users_email ON users (email)",
		"table users, column email: expected a unique index, cannot make it: index "
		"ix_users_email already exists" },
	{ USERS "; CREATE UNIQUE INDEX some ON users (email) WHERE id > 7;"
		"CREATE TABLE ix_users_email (x)",
		"table users, column email: expected a unique index, cannot make it: there is "
		"already a table named ix_users_email" },
	{ POSTS_WITH("user_id TEXT NOT NULL REFERENCES users (id)"),
		"table posts, column user_id: expected INTEGER NOT NULL, found TEXT NOT NULL" },
};

START_TEST(a_differing_schema_is_refused_and_not_changed)
{
	run(refused[_i].sql);
	int before = schema_version();
	ck_assert_msg(!ensure(), "%s", refused[_i].sql);
	ck_assert_slice_eq(buf_view(&error), str_from(refused[_i].line));
	ck_assert_int_eq(sqlite3_get_autocommit(db), 1);
	ck_assert_int_eq(schema_version(), before);
}
END_TEST

/* A resource with fields of other types and options than the built-in ones. */
static const struct field fields[] = {
	{ .name = "id", .type = FIELD_INT, .flags = FIELD_KEY | FIELD_INDEX },
	{ .name = "code", .type = FIELD_INT, .flags = FIELD_INPUT | FIELD_UNIQUE },
	{ .name = "note",
		.type = FIELD_STR,
		.flags = FIELD_INPUT | FIELD_NULLABLE,
		.len = { 0, 9 } },
	{ .name = "price", .type = FIELD_DECIMAL, .flags = FIELD_INPUT, .digits = 6, .places = 2 },
	{ .name = "sold", .type = FIELD_BOOL, .flags = FIELD_INPUT | FIELD_PRESET },
	{ .name = "parts", .type = FIELD_OBJECT, .flags = FIELD_INPUT },
};

static const struct resource ware = {
	.name = "ware",
	.plural = "everything",
	.table = "wares",
	.schema = "Ware",
	.fields = fields,
	.nfields = NITEMS(fields),
};
static const struct resource *const wares[] = { &ware };
static const struct api shop = {
	.title = "shop", .version = "1", .resources = wares, .nresources = NITEMS(wares)
};

#define WARES(columns) "CREATE TABLE wares (id INTEGER PRIMARY KEY, " columns ")"
#define CODE           "code INTEGER NOT NULL"
#define NOTE           "note TEXT"
#define PRICE          "price NUMERIC NOT NULL"
#define SOLD           "sold BOOLEAN NOT NULL"
#define PARTS          "parts JSON NOT NULL"
#define COLUMN         "table wares, column "

static const struct {
	const char *sql, *line; /* NULL: accepted */
} shops[] = {
	{ "SELECT 1", NULL },
	{ WARES(CODE " UNIQUE, " NOTE ", " PRICE ", " SOLD ", " PARTS), NULL },
	{ WARES(CODE ", " NOTE
		     ", price REAL NOT NULL, sold INTEGER NOT NULL, parts TEXT NOT NULL") " STRICT",
		NULL },
	{ WARES(CODE ", note TEXT NOT NULL, " PRICE ", " SOLD ", " PARTS),
		COLUMN "note: expected VARCHAR(9), found TEXT NOT NULL" },
	{ WARES(CODE ", " NOTE ", price NUMERIC, " SOLD ", " PARTS),
		COLUMN "price: expected NUMERIC(6, 2) NOT NULL, found NUMERIC" },
	{ WARES(CODE ", " NOTE ", price TEXT NOT NULL, " SOLD ", " PARTS),
		COLUMN "price: expected NUMERIC(6, 2) NOT NULL, found TEXT NOT NULL" },
	{ WARES(CODE ", " PRICE ", " SOLD ", " PARTS),
		COLUMN "note: expected VARCHAR(9), found none; posternctl migrate can add it" },
	{ WARES(CODE ", " NOTE ", " PRICE ", " PARTS),
		COLUMN "sold: expected BOOLEAN NOT NULL, found none; posternctl migrate can add "
		       "it" },
	{ WARES(CODE ", " NOTE ", " PRICE ", " SOLD),
		COLUMN "parts: expected JSON NOT NULL, found none; declare it nullable or with a "
		       "default, then posternctl migrate can add it" },
	{ WARES(CODE
		  ", " NOTE ", " PRICE ", " SOLD
		  ", " PARTS) ";"
			      "INSERT INTO wares VALUES (1, 7, '', 1, 1, ''), (2, 7, '', 1, 1, '')",
		COLUMN "code: expected unique values, found duplicates" },
};

START_TEST(tables_of_any_fields_are_checked)
{
	api = &shop;
	run(shops[_i].sql);
	bool fine = ensure();
	ck_assert_msg(
		fine == !shops[_i].line, "%s: %.*s", shops[_i].sql, STR_ARGS(buf_view(&error)));
	if (!fine)
		ck_assert_slice_eq(buf_view(&error), str_from(shops[_i].line));
}
END_TEST

/* Keys that are UUIDs. */

static const struct field tag_fields[] = {
	{ .name = "id", .type = FIELD_UUID, .flags = FIELD_KEY | FIELD_INDEX },
	{ .name = "word", .type = FIELD_TEXT, .flags = FIELD_INPUT },
};

static const struct resource tag = {
	.name = "tag",
	.plural = "tags",
	.table = "tags",
	.schema = "Tag",
	.fields = tag_fields,
	.nfields = NITEMS(tag_fields),
};
static const struct resource *const tags[] = { &tag };
static const struct api marks = {
	.title = "marks", .version = "1", .resources = tags, .nresources = NITEMS(tags)
};

#define TAGS(key) "CREATE TABLE tags (id " key ", word TEXT NOT NULL)"

static const struct {
	const char *sql, *line; /* NULL: accepted */
} uuids[] = {
	{ "SELECT 1", NULL },
	{ TAGS("CHAR(32) NOT NULL PRIMARY KEY"), NULL },
	{ TAGS("VARCHAR(36) PRIMARY KEY"), NULL },
	{ TAGS("TEXT PRIMARY KEY") " STRICT", NULL },
	{ TAGS("INTEGER NOT NULL PRIMARY KEY"),
		"table tags, column id: expected CHAR(32) NOT NULL PRIMARY KEY, found INTEGER NOT "
		"NULL PRIMARY KEY" },
	{ TAGS("CHAR(32) NOT NULL UNIQUE"),
		"table tags, column id: expected CHAR(32) NOT NULL PRIMARY KEY, found CHAR(32) NOT "
		"NULL" },
	{ "CREATE TABLE tags (id CHAR(32) NOT NULL, word TEXT NOT NULL, more, PRIMARY KEY (id, "
	  "more))",
		"table tags, column id: expected PRIMARY KEY, found a key of several columns" },
	{ TAGS("CHAR(32) NOT NULL PRIMARY KEY") " WITHOUT ROWID",
		"table tags, column id: expected a table with rowids, found WITHOUT ROWID" },
};

START_TEST(tables_with_uuids_are_checked)
{
	api = &marks;
	run(uuids[_i].sql);
	bool fine = ensure();
	ck_assert_msg(
		fine == !uuids[_i].line, "%s: %.*s", uuids[_i].sql, STR_ARGS(buf_view(&error)));
	if (!fine)
		ck_assert_slice_eq(buf_view(&error), str_from(uuids[_i].line));
}
END_TEST

/* In a new table by a constraint, in one that is there by an index. */
START_TEST(a_unique_field_is_unique)
{
	static const char twice[] = "INSERT INTO wares (code, price, sold, parts)"
				    " VALUES (7, 1, 1, '{}'), (7, 1, 1, '{}')";

	api = &shop;
	run(_i ? WARES(CODE ", " NOTE ", " PRICE ", " SOLD ", " PARTS) : "SELECT 1");
	must_accept("wares");
	ck_assert_int_eq(sqlite3_exec(db, twice, NULL, NULL, NULL), SQLITE_CONSTRAINT);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("schema");
	TCase *tc = tcase_create("ensure");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_empty_file_gets_the_schema_of_sqlalchemy);
	tcase_add_test(tc, a_complete_schema_is_not_changed);
	tcase_add_test(tc, a_schema_that_postern_makes_is_known_by_its_texts);
	tcase_add_test(tc, an_altered_table_is_not_known_by_its_text);
	tcase_add_loop_test(tc, an_equivalent_schema_is_accepted, 0, NITEMS(accepted));
	tcase_add_loop_test(tc, a_differing_schema_is_refused_and_not_changed, 0, NITEMS(refused));
	tcase_add_loop_test(tc, tables_of_any_fields_are_checked, 0, NITEMS(shops));
	tcase_add_loop_test(tc, tables_with_uuids_are_checked, 0, NITEMS(uuids));
	tcase_add_loop_test(tc, a_unique_field_is_unique, 0, 2);
	suite_add_tcase(suite, tc);
	return suite;
}
