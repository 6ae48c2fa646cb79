#include "import_fields.h"

#include "import_match.h"
#include "import_names.h"
#include "import_relations.h"
#include "import_schemas.h"
#include "import_tables.h"
#include "import_tree.h"
#include "import_words.h"

#include <ctype.h>
#include <stdio.h>

/* Which fields there are. */

static const struct json *first_member(const struct import_schema *schema)
{
	return tree_get(schema->node, "properties")->first;
}

static struct import_field *own_field(
	struct import *im, struct import_resource *r, const struct json *key)
{
	struct import_view view;
	struct import_field *f = import_field_named(r, key->text);

	if (f || import_view_of(im, r, key->text, key->next, &view) || view.as)
		return f;
	return import_add_field(im, r, key->text, IMPORT_PLAIN);
}

static void move_to_end(struct import_resource *r, struct import_field *f)
{
	struct import_field **at = &r->fields;

	while (*at && *at != f)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = f->next;
	f->next = NULL;
	while (*at)
		at = &(*at)->next;
	*at = f;
}

/* Adds what a schema has and no earlier one had. */
static void take_schema(
	struct import *im, struct import_resource *r, struct import_schema *schema, bool creates)
{
	if (!schema || schema->resource != r || schema->reason)
		return;
	for (const struct json *key = first_member(schema); key; key = key->next->next) {
		struct import_field *f = own_field(im, r, key);
		if (!f)
			continue;
		if (!f->property) {
			move_to_end(r, f);
			f->property = key->next;
			f->required = import_requires(schema, key->text);
		}
		f->input |= schema->is_body;
		f->created |= creates;
		f->shown |= schema->is_answer;
	}
}

static void take_bodies(struct import *im, struct import_resource *r, enum import_role role)
{
	const struct import_route *route = import_route_of(im, r, role);

	if (route)
		take_schema(im, r, import_schema_named(im, import_ref(route->body)),
			role == ROLE_CREATE);
}

static void take_answers(struct import *im, struct import_resource *r)
{
	static const enum import_role roles[] = { ROLE_CREATE, ROLE_LIST, ROLE_READ, ROLE_UPDATE,
		ROLE_REPLACE, ROLE_CHILDREN };

	for (size_t i = 0; i < NITEMS(roles); i++) {
		const struct import_route *route = import_route_of(im, r, roles[i]);
		if (route)
			take_schema(
				im, r, import_schema_named(im, import_answered(im, route)), false);
	}
	for (unsigned i = 0; i < im->nschemas; i++)
		if (im->schemas[i].is_answer)
			take_schema(im, r, &im->schemas[i], false);
}

/* Links that no schema has, and references that are hidden, come last. */
static void take_columns(struct import *im, struct import_resource *r)
{
	for (unsigned i = 0; r->table && i < r->table->ncolumns; i++) {
		struct import_field *f = import_field_named(r, r->table->columns[i].name);
		if (!f)
			f = import_add_field(im, r, r->table->columns[i].name, IMPORT_PLAIN);
		if (!f->property && f != r->key_field && f != r->parent_field)
			move_to_end(r, f);
	}
}

/* Words. */

/* Of what only updates send: there each field may be left out. */
static void require(struct json *words)
{
	const struct json *value = tree_get(words, "default");

	if (!value || value->type != JSON_NULL)
		return;
	tree_drop(words, "nullable");
	tree_drop(words, "default");
}

static void set_nullable(struct import *im, struct json *words, bool nullable)
{
	const struct json *value = tree_get(words, "default");

	if (nullable == tree_is_true(words, "nullable"))
		return;
	if (nullable) {
		tree_set(im->arena, words, "nullable", tree_bool(im->arena, true));
		return;
	}
	tree_drop(words, "nullable");
	if (value && value->type == JSON_NULL)
		tree_drop(words, "default");
}

/* Nullable before default, as a person writes them. */
static void order_words(struct import *im, struct json *words)
{
	const struct json *value = tree_get(words, "default");
	struct json *copy = value ? tree_copy(im->arena, value) : NULL;

	if (!copy || !tree_is_true(words, "nullable"))
		return;
	tree_drop(words, "default");
	tree_drop(words, "nullable");
	tree_set(im->arena, words, "nullable", tree_bool(im->arena, true));
	tree_set(im->arena, words, "default", copy);
}

static bool is_first_in_update(
	const struct import *im, const struct import_resource *r, const struct import_field *f)
{
	const struct import_route *update = import_route_of(im, r, ROLE_UPDATE);
	const struct import_schema *body =
		update ? import_schema_named(im, import_ref(update->body)) : NULL;

	return body && !f->input &&
	       json_get(tree_get(body->node, "properties"), f->name) == f->property;
}

/* The type that a column's type says, of one that no schema has. */
static const struct {
	const char *column, *type;
} column_types[] = {
	{ "TEXT", "text" },
	{ "VARCHAR", "string" },
	{ "CHAR(32)", "uuid" },
	{ "INT", "integer" },
	{ "BIGINT", "integer" },
	{ "SMALLINT", "integer" },
	{ "BOOL", "boolean" },
	{ "NUMERIC", "decimal" },
	{ "DECIMAL", "decimal" },
	{ "FLOAT", "number" },
	{ "REAL", "number" },
	{ "DOUBLE", "number" },
	{ "DATETIME", "datetime" },
	{ "TIMESTAMP", "datetime" },
	{ "DATE", "date" },
	{ "TIME", "time" },
	{ "JSON", "object" },
};

static struct json *words_of_column(struct import *im, const struct import_column *column)
{
	struct json *words = tree_object(im->arena);
	const char *type = "string";

	for (size_t i = 0; i < NITEMS(column_types); i++)
		if (import_column_is(column, column_types[i].column)) {
			type = column_types[i].type;
			break;
		}
	tree_set_text(im->arena, words, "type", str_from(type));
	if (column && strcmp(type, "string") == 0 && import_column_number(column, 0) > 0) {
		struct json *length = tree_null(im->arena);
		length->type = JSON_INT;
		length->text = arena_printf(im->arena, "%u", import_column_number(column, 0));
		tree_set(im->arena, words, "max_length", length);
	}
	return words;
}

static void make_words(struct import *im, struct import_resource *r, struct import_field *f)
{
	const char *why;

	if (f->property)
		f->words = import_words(im, f->name, f->property, f->required, &why);
	if (!f->words)
		f->words = words_of_column(im, f->column);
	if (is_first_in_update(im, r, f))
		require(f->words);
	if (f->column && f->kind != IMPORT_LINKS)
		set_nullable(im, f->words, !f->column->not_null && !f->column->key);
	order_words(im, f->words);
}

/* A member of a schema has the field's type and values. */
static void judge_member(struct import *im, struct import_schema *schema, const struct json *key)
{
	const struct import_field *f = import_field_named(schema->resource, key->text);
	bool required = import_requires(schema, key->text);
	const char *why;

	if (!f || f->kind == IMPORT_LINKS || schema->reason)
		return;
	struct json *words = import_words(im, key->text, key->next, required, &why);
	struct json *differ = words ? import_words_differ(im, f->words, words, required) : NULL;
	if (tree_get(differ, "type") || tree_get(differ, "enum") || tree_get(differ, "literal") ||
		tree_get(differ, "items"))
		schema->reason = arena_printf(im->arena,
			"\"%.*s\" of %.*s has another type than in other schemas",
			STR_ARGS(key->text), STR_ARGS(schema->name))
					 .ptr;
}

static void judge_members(struct import *im)
{
	for (unsigned i = 0; i < im->nschemas; i++) {
		struct import_schema *schema = &im->schemas[i];
		if (!schema->resource || !(schema->is_answer || schema->is_body) || schema->reason)
			continue;
		for (const struct json *key = first_member(schema); key; key = key->next->next) {
			struct import_view view;
			if (!import_view_of(im, schema->resource, key->text, key->next, &view))
				judge_member(im, schema, key);
		}
	}
}

/* The key and the parent's key have notes only in schemas. */
static void make_implied(struct import *im, struct import_resource *r, struct import_field *f)
{
	static const char *const notes[] = { "title", "description", "examples" };

	make_words(im, r, f);
	for (size_t i = 0; i < NITEMS(notes); i++)
		tree_drop(f->words, notes[i]);
}

static void make_fields(struct import *im, struct import_resource *r)
{
	take_bodies(im, r, ROLE_CREATE);
	take_bodies(im, r, ROLE_REPLACE);
	take_bodies(im, r, ROLE_UPDATE);
	take_answers(im, r);
	take_columns(im, r);
	if (r->key_field)
		make_implied(im, r, r->key_field);
	if (r->parent_field)
		make_implied(im, r, r->parent_field);
	for (struct import_field *f = r->fields; f; f = f->next)
		make_words(im, r, f);
}

/* A row that refers to another cannot be created without its key. */
static void judge_references(struct import *im, struct import_resource *r)
{
	struct import_route *create = import_route_of(im, r, ROLE_CREATE);

	for (struct import_field *f = r->fields; f; f = f->next) {
		if (f->kind != IMPORT_REFERENCE || f->input || tree_is_true(f->words, "nullable"))
			continue;
		f->input = f->created = true;
		if (create)
			create->reason = arena_printf(im->arena,
				"the application sets \"%s\", which its body does not have",
				f->name.ptr)
						 .ptr;
	}
}

void import_make_fields(struct import *im)
{
	for (unsigned i = 0; i < im->nresources; i++) {
		make_fields(im, im->resources[i]);
		judge_references(im, im->resources[i]);
	}
	judge_members(im);
}

/* Declarations. */

static void put(struct import *im, struct json *node, const char *word, const char *text)
{
	tree_set_text(im->arena, node, word, str_from(text));
}

static void put_true(struct import *im, struct json *node, const char *word)
{
	tree_set(im->arena, node, word, tree_bool(im->arena, true));
}

static void put_false(struct import *im, struct json *node, const char *word)
{
	tree_set(im->arena, node, word, tree_bool(im->arena, false));
}

static bool is_embedded_in(
	const struct import *im, struct import_resource *to, const struct import_field *by)
{
	for (unsigned i = 0; i < im->nschemas; i++) {
		const struct import_schema *schema = &im->schemas[i];
		if (schema->resource != to || !schema->is_answer)
			continue;
		for (const struct json *key = first_member(schema); key; key = key->next->next) {
			struct import_view view;
			if (import_view_of(im, to, key->text, key->next, &view) && !view.own &&
				view.by == by)
				return true;
		}
	}
	return false;
}

const char *import_on_delete(const struct import *im, const struct import_field *f)
{
	static const struct {
		struct str sql;
		const char *word;
	} actions[] = {
		{ STR_INIT("CASCADE"), "cascade" },
		{ STR_INIT("SET NULL"), "set_null" },
		{ STR_INIT("RESTRICT"), "restrict" },
	};

	for (size_t i = 0; f->column && f->column->on_delete.ptr && i < NITEMS(actions); i++)
		if (str_equal(f->column->on_delete, actions[i].sql))
			return actions[i].word;
	if (tree_is_true(f->words, "nullable"))
		return "set_null";
	return is_embedded_in(im, f->to, f) ? "cascade" : "restrict";
}

/* NUMERIC(10, 2). */
static void put_digits(struct import *im, struct json *words, const struct import_column *column)
{
	static const char *const names[] = { "max_digits", "decimal_places" };

	for (unsigned i = 0; column && i < NITEMS(names); i++) {
		unsigned n = import_column_number(column, i);
		if (n == 0)
			continue;
		struct json *number = tree_null(im->arena);
		number->type = JSON_INT;
		number->text = arena_printf(im->arena, "%u", n);
		tree_set(im->arena, words, names[i], number);
	}
	if (column && import_column_number(column, 0) > 0)
		import_check(&im->checks, words,
			"digits are those of the column; a body may allow others");
}

/* Enums: a table has the names of the members. */

static bool are_upper(const struct json *values)
{
	for (const struct json *value = values ? values->first : NULL; value; value = value->next)
		for (size_t i = 0; value->type == JSON_STRING && i < value->text.len; i++)
			if (islower((unsigned char)value->text.ptr[i]))
				return false;
	return values != NULL;
}

static struct str upper(struct import *im, struct str name)
{
	char *text = arena_alloc(im->arena, name.len + 1);

	for (size_t i = 0; i < name.len; i++)
		text[i] = (char)toupper((unsigned char)name.ptr[i]);
	text[name.len] = '\0';
	return (struct str){ text, name.len };
}

static void rename_members(struct import *im, struct json *words, const struct json *values)
{
	const struct json *list = tree_get(words, "enum");
	const struct json *members = tree_get_of(list, "members", JSON_OBJECT);
	struct json *renamed = tree_object(im->arena), *named = tree_object(im->arena);

	if (!values)
		import_check(&im->checks, words,
			"the table has the names of the members, which are guessed from their "
			"values");
	if (!are_upper(values))
		return;
	for (const struct json *key = members->first; key; key = key->next->next)
		tree_put(im->arena, renamed, upper(im, key->text), tree_copy(im->arena, key->next));
	tree_set(im->arena, named, "name", tree_copy(im->arena, tree_get(list, "name")));
	tree_set(im->arena, named, "members", renamed);
	tree_set(im->arena, words, "enum", named);
}

/* What sets a field that clients do not. */

static bool has_part(struct str name, const char *const *parts)
{
	for (; *parts; parts++)
		if (memmem(name.ptr, name.len, *parts, strlen(*parts)))
			return true;
	return false;
}

static bool is_time(struct str type)
{
	return type.ptr && (str_equal(type, STR("datetime")) || str_equal(type, STR("date")) ||
				   str_equal(type, STR("time")));
}

static const char *setter_of(const struct import_field *f, bool nullable)
{
	static const char *const of_updates[] = { "updat", "modif", "chang", "edit", NULL };
	static const char *const of_creation[] = { "creat", "added", "posted", "joined",
		"registered", "timestamp", NULL };
	struct str type = tree_get_text(f->words, "type");

	if (type.ptr && str_equal(type, STR("uuid")) && !nullable)
		return "create";
	if (!is_time(type))
		return NULL;
	if (has_part(f->name, of_updates))
		return "update";
	return has_part(f->name, of_creation) || !nullable ? "create" : NULL;
}

/* A value for a field that is not nullable: by its name, else that of its type. */
static struct json *guessed_default(struct import *im, const struct import_field *f)
{
	static const char *const on[] = { "active", "enabled", "available", "visible", NULL };
	struct str type = tree_get_text(f->words, "type");
	const struct json *members = tree_get(tree_get(f->words, "enum"), "members");
	const struct json *literal = tree_get_of(f->words, "literal", JSON_ARRAY);
	struct json *value = tree_text(im->arena, STR(""));

	if (members && members->first)
		return tree_copy(im->arena, members->first->next);
	if (literal && literal->first)
		return tree_copy(im->arena, literal->first);
	if (str_equal(type, STR("boolean")))
		return tree_bool(im->arena, has_part(f->name, on));
	if (str_equal(type, STR("email")))
		return tree_text(im->arena, STR("nobody@example.com"));
	if (str_equal(type, STR("url")))
		return tree_text(im->arena, STR("https://example.com/"));
	if (str_equal(type, STR("object")))
		return tree_object(im->arena);
	if (str_equal(type, STR("array")))
		return tree_array(im->arena);
	if (str_equal(type, STR("integer")) || str_equal(type, STR("number")) ||
		str_equal(type, STR("decimal"))) {
		value->type = JSON_INT;
		value->text = STR("0");
	}
	return value;
}

/* The default of a column in SQL: a number, a text or a truth value. NULL: another one. */
static struct json *default_of_column(struct import *im, const struct import_field *f)
{
	struct str sql = f->column ? f->column->preset : (struct str){ .ptr = NULL };
	struct str type = tree_get_text(f->words, "type");
	struct json *value = tree_null(im->arena);

	if (!sql.ptr || sql.len == 0)
		return NULL;
	bool quoted = sql.len > 1 && sql.ptr[0] == '\'' && sql.ptr[sql.len - 1] == '\'';
	struct str bare = quoted ? (struct str){ sql.ptr + 1, sql.len - 2 } : sql;
	if (str_equal(type, STR("boolean")))
		return tree_bool(im->arena, str_equal(bare, STR("1")) ||
						    str_equal(bare, STR("true")) ||
						    str_equal(bare, STR("TRUE")));
	bool digits = bare.len > 0 && bare.len < 19;
	for (size_t i = 0; i < bare.len; i++)
		digits &= isdigit((unsigned char)bare.ptr[i]) != 0;
	if (str_equal(type, STR("integer")) && digits) {
		value->type = JSON_INT;
		value->text = bare;
		return value;
	}
	bool is_plain_text = str_equal(type, STR("string")) && !tree_get(f->words, "enum");
	return quoted && is_plain_text ? tree_text(im->arena, bare) : NULL;
}

/* A truth value may be in a nullable column, and yet no answer shows null. */
static bool may_be_null(const struct import_field *f)
{
	bool truth = str_equal(tree_get_text(f->words, "type"), STR("boolean"));
	struct import_type type;

	return !truth || !f->property || !import_type_of(f->property, &type) || type.nullable;
}

static void put_setter(struct import *im, struct json *node, const struct import_field *f)
{
	bool nullable = tree_is_true(node, "nullable");
	const char *setter = setter_of(f, nullable);
	const struct json *told = tree_get(node, "default");
	struct json *value = default_of_column(im, f);

	if (setter && !f->input && !(told && told->type != JSON_NULL)) {
		tree_drop(node, "default");
		put(im, node, "set", setter);
		import_check(&im->checks, node, "%s is set when a row is %s", f->name.ptr,
			strcmp(setter, "create") == 0 ? "created" : "created or changed");
		return;
	}
	if (!f->input)
		put_false(im, node, "input");
	if (told && told->type == JSON_NULL && !f->input)
		tree_drop(node, "default");
	if (told && told->type != JSON_NULL)
		return;
	bool guessed = !value && !(nullable && may_be_null(f));
	if (guessed)
		value = guessed_default(im, f);
	if (!value && f->input)
		value = tree_null(im->arena);
	if (value)
		tree_set(im->arena, node, "default", value);
	import_check(&im->checks, node, "%s has %s when a row is created", f->name.ptr,
		value && value->type != JSON_NULL ? "this default" : "null");
}

/* Texts and decimals have more than one type of column. */
static void refine_type(struct import *im, struct json *node, const struct import_field *f)
{
	struct str type = tree_get_text(node, "type");
	bool is_string = str_equal(type, STR("string")) && !tree_get(node, "enum") &&
			 !tree_get(node, "literal");

	if (is_string &&
		(import_column_is(f->column, "TEXT") || import_column_is(f->column, "CLOB")))
		put(im, node, "type", "text");
	if (is_string &&
		(import_column_is(f->column, "NUMERIC") || import_column_is(f->column, "DECIMAL")))
		put(im, node, "type", "decimal");
	if (str_equal(tree_get_text(node, "type"), STR("decimal")))
		put_digits(im, node, f->column);
	if (tree_get(node, "enum") && str_equal(type, STR("string")))
		rename_members(im, node, f->column ? f->column->values : NULL);
}

static struct json *declare_reference(
	struct import *im, const struct import_field *f, const struct json *words)
{
	struct json *node = tree_object(im->arena);
	const char *on_delete = import_on_delete(im, f);

	put(im, node, "type", "reference");
	tree_set_text(im->arena, node, "to", f->to->name);
	if (strcmp(on_delete, "cascade") != 0)
		put(im, node, "on_delete", on_delete);
	for (const struct json *key = words->first; key; key = key->next->next)
		if (!str_equal(key->text, STR("type")))
			tree_put(im->arena, node, key->text, tree_copy(im->arena, key->next));
	return node;
}

static void put_link_columns(struct import *im, struct json *node, const struct import_resource *r,
	const struct import_field *f)
{
	const struct import_column *columns[2];
	struct json *names = tree_array(im->arena);
	struct str table = arena_printf(im->arena, "%s_%s", r->name.ptr, f->to->plural.ptr);
	struct str own = arena_printf(im->arena, "%s_id", r->name.ptr);
	struct str other = arena_printf(im->arena, "%s_id", f->to->name.ptr);

	if (f->table && import_table_links(f->table, columns)) {
		bool turned = columns[0]->to == f->to->table;
		own = columns[turned]->name;
		other = columns[!turned]->name;
		table = f->table->name;
	}
	tree_set_text(im->arena, node, "table", table);
	tree_add(names, tree_text(im->arena, own));
	tree_add(names, tree_text(im->arena, other));
	tree_set(im->arena, node, "columns", names);
}

static struct json *declare_links(
	struct import *im, const struct import_resource *r, const struct import_field *f)
{
	struct json *node = tree_object(im->arena);
	const struct json *preset = tree_get(f->words, "default");

	put(im, node, "type", "links");
	tree_set_text(im->arena, node, "to", f->to->name);
	put_link_columns(im, node, r, f);
	if (!f->input)
		put_false(im, node, "input");
	else if (preset)
		tree_set(im->arena, node, "default", tree_copy(im->arena, preset));
	return node;
}

static void put_indexes(struct import *im, struct json *node, const struct import_column *column)
{
	if (column && column->unique)
		put_true(im, node, "unique");
	if (column && column->index)
		put_true(im, node, "index");
}

struct json *import_declare_field(
	struct import *im, struct import_resource *r, const struct import_field *f)
{
	struct json *node;

	if (f->kind == IMPORT_LINKS)
		return declare_links(im, r, f);
	if (f->kind == IMPORT_REFERENCE)
		node = declare_reference(im, f, f->words);
	else
		node = tree_copy(im->arena, f->words);
	refine_type(im, node, f);
	put_indexes(im, node, f->column);
	if (!f->input || (!f->created && import_route_of(im, r, ROLE_CREATE)))
		put_setter(im, node, f);
	if (!f->shown)
		put_false(im, node, "shown");
	return node;
}
