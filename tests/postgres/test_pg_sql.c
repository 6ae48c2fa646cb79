/* A server accepts the statements of every declaration, with every value, and they do what they
 * say. */
#include "pg_sql.h"

#include "declaration.h"
#include "pg_value.h"
#include "pg_value_array.h"
#include "sample.h"
#include "session.h"
#include "source_file.h"

#include <glob.h>

enum { PARAMETERS_MOST = RESOURCE_MAX_FIELDS + 1 };

static const char *url;
static glob_t files;
static PGconn *conn;
static char schema[64];
static struct buf sql, keys;
static struct arena arena;

static void setup(void)
{
	conn = session_connect(url);
	session_use_schema(conn, schema);
	buf_init(&sql, SIZE_MAX);
	buf_init(&keys, SIZE_MAX);
}

static void teardown(void)
{
	session_drop_schema(conn, schema);
	PQfinish(conn);
	buf_done(&sql);
	buf_done(&keys);
	arena_done(&arena);
}

/* Statements. */

/* The parameters of a statement. */
struct parameters {
	const char *texts[PARAMETERS_MOST];
	int count;
};

static void add(struct parameters *p, const char *text)
{
	p->texts[p->count++] = text;
}

/* Runs the statement in `sql`, and empties it. */
static PGresult *run(const struct parameters *p)
{
	buf_char(&sql, '\0');
	const char *text = buf_view(&sql).ptr;
	PGresult *result = PQexecParams(conn, text, p->count, NULL, p->texts, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(result);

	ck_assert_msg(status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK, "%s: %s", text,
		PQresultErrorMessage(result));
	buf_reset(&sql, SIZE_MAX);
	return result;
}

/* The same; the number of rows that it returns. */
static int count_rows(const struct parameters *p)
{
	PGresult *result = run(p);
	int rows = PQntuples(result);

	PQclear(result);
	return rows;
}

static const char *key_array(const struct field *f, struct key key, unsigned times)
{
	buf_reset(&keys, SIZE_MAX);
	while (times-- > 0)
		pg_key_array_add(&keys, f, key);
	pg_key_array_end(&keys);
	return arena_copy(&arena, buf_view(&keys)).ptr;
}

/* Declarations. */

static const struct api *read_file(const char *path)
{
	return sample_read_api(source_file_read(&arena, path));
}

static void create_types(const struct resource *r)
{
	for (unsigned i = 0; i < resource_columns(r); i++) {
		const struct field *f = &r->fields[i];
		if (f->type != FIELD_ENUM)
			continue;
		buf_str(&sql, STR("SELECT to_regtype('"));
		pg_sql_column_type(&sql, f);
		buf_str(&sql, STR("')"));
		buf_char(&sql, '\0');
		bool there = *session_value(conn, buf_view(&sql).ptr);
		buf_reset(&sql, SIZE_MAX);
		if (there)
			continue;
		pg_sql_create_type(&sql, f);
		session_do_buf(conn, &sql);
	}
}

static void create_table(const struct resource *r)
{
	create_types(r);
	pg_sql_create_table(&sql, r, 0);
	session_do_buf(conn, &sql);
	for (unsigned i = 0; i < resource_columns(r); i++) {
		if (!(r->fields[i].flags & FIELD_INDEX))
			continue;
		pg_sql_create_index(&sql, r, i);
		session_do_buf(conn, &sql);
	}
}

static void create_tables(const struct api *a)
{
	for (unsigned i = 0; i < api_count_tables(a); i++)
		create_table(api_table(a, i));
	for (unsigned i = 0; i < api_count_tables(a); i++) {
		const struct resource *r = api_table(a, i);
		for (unsigned j = 0; j < resource_columns(r); j++) {
			if (!r->fields[j].to)
				continue;
			pg_sql_add_reference(&sql, r, j);
			session_do_buf(conn, &sql);
		}
	}
}

/* Rows. */

static struct value sample_decimal(const struct field *f, unsigned n)
{
	struct str whole = arena_printf(&arena, "%u", n % 10);

	if (f->digits == FIELD_UNBOUNDED || f->places == FIELD_UNBOUNDED || f->places == 0)
		return value_text(whole);
	return value_text(arena_printf(&arena, "%u.%0*u", n % 10, (int)f->places, 1));
}

static struct value sample_uuid(unsigned n)
{
	char text[UUID_LENGTH];

	uuid_format(n, ~(uint64_t)n, text);
	return value_text(arena_copy(&arena, (struct str){ text, sizeof(text) }));
}

static struct value sample_value(const struct field *f, unsigned n)
{
	switch (f->type) {
	case FIELD_NUMBER:
		return value_number(n + 0.1);
	case FIELD_DECIMAL:
		return sample_decimal(f, n);
	case FIELD_BOOL:
		return value_int(n % 2);
	case FIELD_UUID:
		return sample_uuid(n);
	case FIELD_DATETIME:
		return f->flags & FIELD_TIMEZONE ? value_zoned(n * INT64_C(1000007), 0)
						 : value_int(n * INT64_C(1000007));
	case FIELD_ENUM:
	case FIELD_LITERAL:
		return value_int(n % f->choices->count);
	case FIELD_OBJECT:
		return value_text(arena_printf(&arena, "{\"b\":%u,\"a\":[null,\"\\\\\"]}", n));
	case FIELD_ARRAY:
		return value_text(arena_printf(&arena, "[%u,\"é\"]", n));
	default:
		return value_kind_of(f->type) == VALUE_INT ? value_int(n)
							   : value_text(sample_text(&arena, f, n));
	}
}

/* The keys of the row of each resource, of which each table has one. */
static struct key rows[RESOURCES_MAX];
static bool there[RESOURCES_MAX];

/* False: a row to which it must refer is not there yet. */
static bool fill(struct record *row, unsigned n)
{
	const struct resource *r = row->resource;

	for (unsigned i = 0; i < resource_columns(r); i++) {
		const struct field *f = &r->fields[i];
		char text[UUID_LENGTH];
		record_set(row, i, sample_value(f, n));
		if (!f->to)
			continue;
		unsigned to = resource_index(f->to);
		if (!there[to] && !(f->flags & FIELD_NULLABLE))
			return false;
		struct value key = key_value(f, rows[to], text);
		if (key.kind == VALUE_STR)
			key.text = arena_copy(&arena, key.text);
		record_set(row, i, there[to] ? key : value_null());
	}
	return true;
}

static PGresult *insert(const struct record *row)
{
	const struct resource *r = row->resource;
	struct parameters p = { 0 };

	for (unsigned i = resource_has_uuids(r) ? 0 : 1; i < resource_columns(r); i++)
		add(&p, pg_value_text(&arena, &r->fields[i], &row->values[i]));
	pg_sql_statement(&sql, r, PG_INSERT);
	return run(&p);
}

/* The row with this key reads back as it was written. */
static void expect_row(const struct record *row, struct key key)
{
	const struct resource *r = row->resource;
	struct parameters p = { 0 };

	add(&p, key_array(&r->fields[0], key, 2));
	pg_sql_statement(&sql, r, PG_READ);
	PGresult *result = run(&p);
	ck_assert_int_eq(PQntuples(result), 1);
	for (unsigned i = 0; i < resource_columns(r); i++) {
		struct value value;
		struct str text = { NULL, 0 };
		if (!PQgetisnull(result, 0, (int)i))
			text = str_from(PQgetvalue(result, 0, (int)i));
		ck_assert_msg(pg_value_read(&arena, &r->fields[i], text, &value), "%s.%s: %s",
			r->name, r->fields[i].name, text.ptr);
		ck_assert_msg(i == RESOURCE_KEY || value_equal(&value, &row->values[i]),
			"%s.%s: %s", r->name, r->fields[i].name, text.ptr);
	}
	ck_assert(pg_value_keeps(row, row->present, true));
	PQclear(result);
}

static bool try_insert(const struct resource *r)
{
	struct record row = { .resource = r };
	unsigned index = resource_index(r);

	if (there[index] || !fill(&row, 1))
		return false;
	PGresult *result = insert(&row);
	ck_assert_int_eq(PQntuples(result), 1);
	ck_assert(pg_key_read(&r->fields[0], str_from(PQgetvalue(result, 0, 0)), &rows[index]));
	PQclear(result);
	there[index] = true;
	expect_row(&row, rows[index]);
	return true;
}

static void insert_rows(const struct api *a)
{
	bool more = true;

	session_do(conn, "SET TimeZone = 'UTC'");
	while (more) {
		more = false;
		for (unsigned i = 0; i < a->nresources; i++)
			more |= try_insert(a->resources[i]);
	}
	for (unsigned i = 0; i < a->nresources; i++)
		ck_assert_msg(there[i], "%s refers to itself", a->resources[i]->name);
}

/* The statements of one resource. */

/* One row that exists, and a key that does not. */
static void run_with_keys(const struct resource *r, enum pg_purpose purpose, bool array)
{
	const struct field *f = &r->fields[RESOURCE_KEY];
	struct key found = rows[resource_index(r)];
	struct key absent = { f->type == FIELD_UUID ? 7 : 0, INT64_MAX };

	for (int i = 0; i < 2; i++) {
		struct parameters p = { 0 };
		struct key key = i == 0 ? found : absent;
		add(&p, array ? key_array(f, key, 1) : pg_key_text(&arena, f, key));
		pg_sql_statement(&sql, r, purpose);
		ck_assert_int_eq(count_rows(&p), i == 0);
	}
}

static void run_lists(const struct resource *r)
{
	struct parameters none = { 0 }, slice = { { "0", "9223372036854775807" }, 2 },
			  page = { { "-9223372036854775808" }, 1 };

	pg_sql_statement(&sql, r, PG_LIST);
	ck_assert_int_eq(count_rows(&none), 1);
	pg_sql_statement(&sql, r, PG_COUNT);
	ck_assert_int_eq(count_rows(&none), 1);
	pg_sql_statement(&sql, r, PG_SLICE);
	ck_assert_int_eq(count_rows(&slice), 1);
	if (!pg_sql_applies(r, PG_PAGE))
		return;
	pg_sql_statement(&sql, r, PG_PAGE);
	ck_assert_int_eq(count_rows(&page), 1);
}

static uint64_t unique_of(const struct resource *r)
{
	uint64_t fields = 0;

	for (unsigned i = 0; i < resource_columns(r); i++)
		fields |= r->fields[i].flags & FIELD_UNIQUE ? UINT64_C(1) << i : 0;
	return fields;
}

/* A row with the same unique values is not inserted, and takes no number. */
static void run_taken(const struct resource *r)
{
	struct record row = { .resource = r };
	struct parameters p = { { NULL }, 1 };

	if (!pg_sql_applies(r, PG_TAKEN))
		return;
	ck_assert(fill(&row, 1));
	for (uint64_t left = unique_of(r); left != 0; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctzll(left);
		add(&p, pg_value_text(&arena, &r->fields[i], &row.values[i]));
	}
	pg_sql_statement(&sql, r, PG_TAKEN);
	ck_assert_int_eq(count_rows(&p), 1);
	p.texts[0] = pg_key_text(&arena, &r->fields[0], rows[resource_index(r)]);
	pg_sql_statement(&sql, r, PG_TAKEN);
	ck_assert_int_eq(count_rows(&p), 0);
	if (resource_has_uuids(r))
		row.values[RESOURCE_KEY] = sample_uuid(99);
	PGresult *result = insert(&row);
	ck_assert_int_eq(PQntuples(result), 0);
	PQclear(result);
}

enum { SEVERAL = 20 };

/* Of each row the value of this field. */
static const char *value_array(const struct record *several, unsigned field)
{
	struct buf array;

	buf_init(&array, SIZE_MAX);
	for (unsigned i = 0; i < SEVERAL; i++)
		pg_array_add(&array, 0,
			pg_value_text(&arena, &several->resource->fields[field],
				&several[i].values[field]));
	pg_array_end(&array, 0);
	const char *text = arena_copy(&arena, buf_view(&array)).ptr;
	buf_done(&array);
	return text;
}

/* Rows that are inserted by one statement come back in its order. */
static void run_several(const struct resource *r)
{
	struct record several[SEVERAL];
	struct parameters p = { 0 };

	if (!pg_sql_applies(r, PG_INSERT_SEVERAL))
		return;
	for (unsigned i = 0; i < SEVERAL; i++) {
		several[i] = (struct record){ .resource = r };
		ck_assert(fill(&several[i], 100 - i));
	}
	for (unsigned i = resource_has_uuids(r) ? 0 : 1; i < resource_columns(r); i++)
		add(&p, value_array(several, i));
	session_do(conn, "SAVEPOINT s");
	pg_sql_statement(&sql, r, PG_INSERT_SEVERAL);
	PGresult *result = run(&p);
	ck_assert_int_eq(PQntuples(result), SEVERAL);
	for (int i = 0; i < SEVERAL; i++) {
		struct key key;
		ck_assert(pg_key_read(&r->fields[0], str_from(PQgetvalue(result, i, 0)), &key));
		expect_row(&several[i], key);
	}
	PQclear(result);
	session_do(conn, "ROLLBACK TO s");
}

static void run_update(const struct resource *r, uint64_t fields, const struct record *row)
{
	struct parameters p = { 0 };

	add(&p, pg_key_text(&arena, &r->fields[0], rows[resource_index(r)]));
	for (uint64_t left = fields; left != 0; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctzll(left);
		add(&p, pg_value_text(&arena, &r->fields[i], &row->values[i]));
	}
	pg_sql_update(&sql, r, fields);
	ck_assert_int_eq(count_rows(&p), 1);
}

static void run_updates(const struct resource *r)
{
	struct record row = { .resource = r };
	uint64_t all = record_all(r) & ~UINT64_C(1);

	ck_assert(fill(&row, 2));
	row.values[0] = key_value(&r->fields[0], rows[resource_index(r)], (char[UUID_LENGTH]){ 0 });
	run_update(r, all, &row);
	expect_row(&row, rows[resource_index(r)]);
	for (uint64_t left = all; left != 0; left &= left - 1)
		run_update(r, left & -left, &row);
}

/* All that has to do with a row to which this field refers. */
static void run_reference(const struct resource *r, unsigned field)
{
	const struct field *f = &r->fields[field];
	struct key to = rows[resource_index(f->to)];
	struct parameters array = { { key_array(f, to, 2) }, 1 };
	struct parameters one = { { pg_key_text(&arena, f, to) }, 1 };
	struct parameters own = { { pg_key_text(&arena, &r->fields[0], rows[resource_index(r)]) },
		1 };

	pg_sql_children(&sql, r, field);
	ck_assert_int_le(count_rows(&array), 1);
	pg_sql_field(&sql, r, field);
	ck_assert_int_eq(count_rows(&own), 1);
	pg_sql_referring(&sql, r, field);
	ck_assert_int_le(count_rows(&one), 1);
	if (!(f->flags & FIELD_NULLABLE))
		return;
	pg_sql_set_null(&sql, r, field, 0);
	ck_assert_int_le(count_rows(&one), 1);
	for (unsigned i = 1; i < resource_columns(r); i++) {
		const struct value v = sample_value(&r->fields[i], 3);
		struct parameters two = one;
		if (i == field || r->fields[i].to)
			continue;
		add(&two, pg_value_text(&arena, &r->fields[i], &v));
		pg_sql_set_null(&sql, r, field, UINT64_C(1) << i);
		ck_assert_int_eq(count_rows(&two), 0);
	}
}

/* Every filter alone, and all of them. */
static void run_filters(const struct resource *r, uint64_t filters, bool below, bool counts)
{
	const struct pg_filtered filtered = { filters, below, counts };
	struct parameters p = { 0 };

	if (below)
		add(&p, pg_key_text(&arena, &r->fields[r->parent_field],
				rows[resource_index(r->parent)]));
	if (!counts) {
		add(&p, "0");
		add(&p, "10");
	}
	for (uint64_t left = filters; left != 0; left &= left - 1) {
		const struct field *f = &r->list->parameters[__builtin_ctzll(left)].field;
		const struct value v = sample_value(f, 3);
		add(&p, pg_value_text(&arena, f, &v));
	}
	pg_sql_filtered(&sql, r, &filtered);
	ck_assert_int_le(count_rows(&p), 1);
}

static void run_all_filters(const struct resource *r)
{
	uint64_t all = 0;

	for (unsigned i = 0; r->list && i < r->list->nparameters; i++)
		all |= parameter_is_filter(&r->list->parameters[i]) ? UINT64_C(1) << i : 0;
	for (unsigned how = 0; how < 4; how++) {
		bool below = how & 1, counts = how & 2;
		if (below && !r->parent)
			continue;
		run_filters(r, 0, below, counts);
		run_filters(r, all, below, counts);
		for (uint64_t left = all; left != 0; left &= left - 1)
			run_filters(r, left & -left, below, counts);
	}
}

static void run_links(const struct resource *table)
{
	const struct field *owner = &table->fields[LINK_OWNER], *to = &table->fields[LINK_TO];
	struct key ends[] = { rows[resource_index(owner->to)], rows[resource_index(to->to)] };
	struct parameters both = {
		{ pg_key_text(&arena, owner, ends[0]), pg_key_text(&arena, to, ends[1]) }, 2
	};

	for (enum pg_links purpose = 0; purpose < PG_LINKS__COUNT; purpose++) {
		struct parameters one = {
			{ both.texts[purpose == PG_LINKED_OWNERS || purpose == PG_UNLINK_ROW] }, 1
		};
		/* The second does nothing. */
		for (int i = 0; i < 2; i++) {
			pg_sql_links(&sql, table, PG_LINK);
			count_rows(&both);
		}
		pg_sql_links(&sql, table, purpose);
		ck_assert_int_eq(
			count_rows(purpose == PG_LINK || purpose == PG_UNLINK ? &both : &one),
			purpose != PG_LINK);
	}
	pg_sql_links(&sql, table, PG_LINK);
	count_rows(&both);
	for (enum link_end end = 0; end < LINK_ENDS; end++) {
		enum link_end other = end == LINK_TO ? LINK_OWNER : LINK_TO;
		struct parameters array = { { key_array(&table->fields[other], ends[other], 2) },
			1 };
		pg_sql_linked(&sql, table->fields[end].to, table, end);
		ck_assert_int_eq(count_rows(&array), 1);
	}
	pg_sql_links(&sql, table, PG_UNLINK);
	ck_assert_int_eq(count_rows(&both), 1);
}

static void run_deletes(const struct resource *r)
{
	for (const struct resource *above = r->parent; above; above = above->parent) {
		struct parameters p = {
			{ pg_key_text(&arena, &above->fields[0], rows[resource_index(above)]) }, 1
		};
		session_do(conn, "SAVEPOINT s");
		session_do(conn, "SET LOCAL session_replication_role = replica");
		pg_sql_delete_below(&sql, r, above);
		/* None, if its parent was set to null. */
		ck_assert_int_le(count_rows(&p), 1);
		session_do(conn, "ROLLBACK TO s");
	}
	session_do(conn, "SAVEPOINT s");
	session_do(conn, "SET LOCAL session_replication_role = replica");
	run_with_keys(r, PG_DELETE, false);
	session_do(conn, "ROLLBACK TO s");
}

static void run_resource(const struct resource *r)
{
	run_lists(r);
	run_with_keys(r, PG_READ, true);
	run_with_keys(r, PG_EXISTS, true);
	run_with_keys(r, PG_LOCK, false);
	run_with_keys(r, PG_LOCK_ALL, false);
	run_with_keys(r, PG_REQUIRE, false);
	run_with_keys(r, PG_RELEASE, false);
	run_taken(r);
	run_several(r);
	run_updates(r);
	run_all_filters(r);
	for (unsigned i = 0; i < resource_columns(r); i++)
		if (r->fields[i].to)
			run_reference(r, i);
}

START_TEST(a_server_accepts_every_statement)
{
	const struct api *a = read_file(files.gl_pathv[_i]);

	session_do(conn, "BEGIN");
	create_tables(a);
	insert_rows(a);
	for (unsigned i = 0; i < a->nresources; i++)
		run_resource(a->resources[i]);
	for (unsigned i = 0; i < a->nassociations; i++)
		run_links(a->associations[i]);
	for (unsigned i = 0; i < a->nresources; i++)
		run_deletes(a->resources[i]);
	session_do(conn, "COMMIT");
	declaration_free(a);
}
END_TEST

/* What statements do. */

static const struct str declaration = STR_INIT(
	"{\"resources\": {\"user\": {\"fields\": {"
	"\"name\": {\"type\": \"string\", \"max_length\": 9, \"unique\": true, \"index\": true},"
	"\"friend\": {\"type\": \"reference\", \"to\": \"user\", \"nullable\": true, \"default\": "
	"null},"
	"\"at\": {\"type\": \"datetime\", \"nullable\": true, \"default\": null},"
	"\"zoned\": {\"type\": \"datetime\", \"timezone\": true, \"nullable\": true, \"default\": "
	"null},"
	"\"opens\": {\"type\": \"time\", \"nullable\": true, \"default\": null}}},"
	"\"post\": {\"parent\": \"user\", \"fields\": {\"title\": {\"type\": \"text\"}}},"
	"\"token\": {\"key\": {\"type\": \"uuid\"}, \"fields\": {\"title\": {\"type\": "
	"\"text\"}}}}}");

static const struct api *use_declaration(void)
{
	const struct api *a = sample_read_api(declaration);

	create_tables(a);
	return a;
}

/* The key of the new user; "": none was inserted. */
static const char *insert_user(const struct api *a, const char *name, const char *friend_key)
{
	struct parameters p = { { name, friend_key, NULL, NULL, NULL }, 5 };

	pg_sql_statement(&sql, api_resource_named(a, "user"), PG_INSERT);
	PGresult *result = run(&p);
	const char *key =
		PQntuples(result) ? arena_copy(&arena, str_from(PQgetvalue(result, 0, 0))).ptr : "";
	PQclear(result);
	return key;
}

START_TEST(a_conflict_takes_no_number)
{
	const struct api *a = use_declaration();

	ck_assert_str_eq(insert_user(a, "ada", NULL), "1");
	for (int i = 0; i < 8; i++)
		ck_assert_str_eq(insert_user(a, "ada", NULL), "");
	ck_assert_str_eq(insert_user(a, "bob", NULL), "2");
	declaration_free(a);
}
END_TEST

/* Prepared, as the first five plans know the values and the sixth does not. */
START_TEST(a_reference_to_an_absent_row_inserts_nothing)
{
	static const char *const absent[] = { "2", "0", "-1", "2147483648", "-9223372036854775808",
		"9223372036854775807" };
	const struct api *a = use_declaration();

	ck_assert_str_eq(insert_user(a, "ada", NULL), "1");
	pg_sql_statement(&sql, api_resource_named(a, "user"), PG_INSERT);
	buf_char(&sql, '\0');
	PQclear(PQprepare(conn, "i", buf_view(&sql).ptr, 0, NULL));
	for (unsigned i = 0; i < 20; i++) {
		const char *values[] = { "bob", absent[i % NITEMS(absent)], NULL, NULL, NULL };
		PGresult *result = PQexecPrepared(conn, "i", 5, values, NULL, NULL, 0);
		ck_assert_msg(PQresultStatus(result) == PGRES_TUPLES_OK, "%s: %s", values[1],
			PQresultErrorMessage(result));
		ck_assert_int_eq(PQntuples(result), 0);
		PQclear(result);
	}
	buf_reset(&sql, SIZE_MAX);
	ck_assert_str_eq(insert_user(a, "bob", "1"), "2");
	ck_assert_str_eq(session_value(conn, "SELECT friend FROM users WHERE id = 2"), "1");
	declaration_free(a);
}
END_TEST

/* Of user 1. */
static int update_user(const struct api *a, unsigned field, const char *text)
{
	struct parameters p = { { "1", text }, 2 };

	pg_sql_update(&sql, api_resource_named(a, "user"), UINT64_C(1) << field);
	return count_rows(&p);
}

START_TEST(an_update_needs_the_rows_to_which_it_refers_and_free_values)
{
	const struct api *a = use_declaration();

	insert_user(a, "ada", NULL);
	insert_user(a, "bob", NULL);
	ck_assert_int_eq(update_user(a, 1, "bob"), 0);
	ck_assert_int_eq(update_user(a, 1, "ada"), 1);
	ck_assert_int_eq(update_user(a, 1, "eve"), 1);
	ck_assert_int_eq(update_user(a, 2, "3"), 0);
	ck_assert_int_eq(update_user(a, 2, "3000000000"), 0);
	ck_assert_int_eq(update_user(a, 2, "1"), 1);
	ck_assert_int_eq(update_user(a, 2, "2"), 1);
	ck_assert_str_eq(
		session_value(conn, "SELECT name || friend FROM users WHERE id = 1"), "eve2");
	ck_assert_int_eq(update_user(a, 2, NULL), 1);
	ck_assert_str_eq(session_value(conn, "SELECT friend IS NULL FROM users WHERE id = 1"), "t");
	declaration_free(a);
}
END_TEST

/* Another transaction cannot delete a row to which a new one refers. */
START_TEST(rows_are_locked_to_which_a_new_row_refers)
{
	const struct api *a = use_declaration();
	struct parameters post = { { "title", "1" }, 2 };
	PGconn *other = session_connect(url);

	insert_user(a, "ada", NULL);
	session_do(conn, "BEGIN");
	pg_sql_statement(&sql, api_resource_named(a, "post"), PG_INSERT);
	ck_assert_int_eq(count_rows(&post), 1);
	session_do(other, arena_printf(&arena, "SET search_path = %s", schema).ptr);
	session_do(other, "SET lock_timeout = '10ms'");
	PGresult *result = PQexec(other, "SELECT FROM users WHERE id = 1 FOR UPDATE");
	ck_assert_str_eq(PQresultErrorField(result, PG_DIAG_SQLSTATE), "55P03");
	PQclear(result);
	session_do(other, "UPDATE users SET opens = '12:00' WHERE id = 1");
	session_do(conn, "ROLLBACK");
	PQfinish(other);
	declaration_free(a);
}
END_TEST

/* An index serves the keys that are an array, also of a wider type than the column's. */
static void expect_index(const char *want, const char *array)
{
	struct parameters p = { { array }, 1 };
	struct str statement = arena_copy(&arena, buf_view(&sql));
	bool found = false;

	buf_reset(&sql, SIZE_MAX);
	buf_str(&sql, STR("EXPLAIN "));
	buf_str(&sql, statement);
	PGresult *result = run(&p);
	for (int i = 0; i < PQntuples(result); i++)
		found |= strstr(PQgetvalue(result, i, 0), want) != NULL;
	ck_assert_msg(found, "%s: %s", statement.ptr, PQgetvalue(result, 0, 0));
	PQclear(result);
}

START_TEST(keys_are_found_by_an_index)
{
	const struct api *a = use_declaration();
	const struct resource *user = api_resource_named(a, "user"),
			      *post = api_resource_named(a, "post"),
			      *token = api_resource_named(a, "token");

	session_do(conn, "INSERT INTO users (name) SELECT n FROM generate_series(1, 10000) AS n;"
			 "INSERT INTO posts (title, user_id) SELECT '', n FROM generate_series(1, "
			 "10000) AS n;"
			 "INSERT INTO tokens (id, title) SELECT gen_random_uuid(), ''"
			 " FROM generate_series(1, 10000); ANALYZE");
	pg_sql_statement(&sql, user, PG_READ);
	expect_index("Index Cond: (id = ANY ('{1,2,3000000000}'::bigint[]))", "{1,2,3000000000}");
	pg_sql_statement(&sql, token, PG_READ);
	expect_index("Index Cond: (id = ANY (", "{00000000-0000-0000-0000-000000000001}");
	pg_sql_children(&sql, post, post->parent_field);
	expect_index("Index Cond: (user_id = ANY (", "{1,2,3}");
	pg_sql_statement(&sql, user, PG_LOCK);
	expect_index("Index Cond: (id = '1'::bigint)", "1");
	pg_sql_statement(&sql, user, PG_PAGE);
	expect_index("Index Cond: (id > '9990'::bigint)", "9990");
	declaration_free(a);
}
END_TEST

/* As psycopg2 and psycopg store and read them. */
static const struct {
	const char *zone;
	unsigned field;
	struct value given, read;
} moments[] = {
	{ "UTC", 3, { VALUE_INT, 0, { 0 } }, { VALUE_INT, 0, { 0 } } },
	{ "UTC", 3, { VALUE_ZONED, 3600, { 3600000000 } }, { VALUE_INT, 0, { 0 } } },
	{ "UTC", 4, { VALUE_INT, 0, { 0 } }, { VALUE_ZONED, 0, { 0 } } },
	{ "UTC", 4, { VALUE_ZONED, 3600, { 3600000000 } }, { VALUE_ZONED, 0, { 0 } } },
	{ "Europe/Berlin", 3, { VALUE_INT, 0, { 0 } }, { VALUE_INT, 0, { 0 } } },
	{ "Europe/Berlin", 3, { VALUE_ZONED, 0, { 0 } }, { VALUE_INT, 0, { 3600000000 } } },
	{ "Europe/Berlin", 4, { VALUE_INT, 0, { 0 } }, { VALUE_ZONED, 3600, { 0 } } },
	{ "Europe/Berlin", 4, { VALUE_ZONED, 0, { 0 } }, { VALUE_ZONED, 3600, { 3600000000 } } },
	{ "Asia/Kathmandu", 4, { VALUE_ZONED, 0, { 946684800000001 } },
		{ VALUE_ZONED, 20700, { 946705500000001 } } },
	{ "Europe/Berlin", 4, { VALUE_ZONED, 0, { INT64_C(-59958144000000000) } },
		{ VALUE_ZONED, 3208, { INT64_C(-59958140792000000) } } },
	{ "America/New_York", 5, { VALUE_ZONED, 3600, { 43200000000 } },
		{ VALUE_INT, 0, { 43200000000 } } },
	{ "UTC", 5, { VALUE_INT, 0, { 86399999999 } }, { VALUE_INT, 0, { 86399999999 } } },
};

START_TEST(moments_have_the_zone_of_the_session)
{
	const struct api *a = use_declaration();
	const struct resource *user = api_resource_named(a, "user");
	unsigned field = moments[_i].field;
	struct parameters p = { { "x", NULL, NULL, NULL, NULL }, 5 };
	struct parameters read = { { "{1}" }, 1 };
	struct value got;

	session_do(conn, arena_printf(&arena, "SET TimeZone = '%s'", moments[_i].zone).ptr);
	p.texts[field - 1] = pg_value_text(&arena, &user->fields[field], &moments[_i].given);
	pg_sql_statement(&sql, user, PG_INSERT);
	ck_assert_int_eq(count_rows(&p), 1);
	pg_sql_statement(&sql, user, PG_READ);
	PGresult *result = run(&read);
	ck_assert(pg_value_read(
		&arena, &user->fields[field], str_from(PQgetvalue(result, 0, (int)field)), &got));
	ck_assert_msg(value_equal(&got, &moments[_i].read), "%s: %s", moments[_i].zone,
		PQgetvalue(result, 0, (int)field));
	PQclear(result);
	struct record row = { .resource = user };
	record_set(&row, field, moments[_i].given);
	bool utc = strcmp(moments[_i].zone, "UTC") == 0;
	bool same = value_equal(&got, &moments[_i].given);
	ck_assert(!pg_value_keeps(&row, row.present, utc) || same);
	declaration_free(a);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pg_sql");
	TCase *tc = tcase_create("server");

	url = session_url("test_pg_sql");
	if (!url)
		return suite;
	glob("tests/apis/*.json", 0, NULL, &files);
	glob("docs/examples/*.json", GLOB_APPEND, NULL, &files);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_server_accepts_every_statement, 0, (int)files.gl_pathc);
	tcase_add_test(tc, a_conflict_takes_no_number);
	tcase_add_test(tc, a_reference_to_an_absent_row_inserts_nothing);
	tcase_add_test(tc, an_update_needs_the_rows_to_which_it_refers_and_free_values);
	tcase_add_test(tc, rows_are_locked_to_which_a_new_row_refers);
	tcase_add_test(tc, keys_are_found_by_an_index);
	tcase_add_loop_test(tc, moments_have_the_zone_of_the_session, 0, NITEMS(moments));
	suite_add_tcase(suite, tc);
	return suite;
}
