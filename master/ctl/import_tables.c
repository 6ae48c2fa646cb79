#include "import_tables.h"

#include "import_document.h"
#include "import_tree.h"
#include "json_read.h"
#include "json_text.h"

#include <stdlib.h>
#include <strings.h>

enum { TABLES_MOST = 4096, COLUMNS_MOST = 2000 };

static bool same_name(struct str a, struct str b)
{
	return a.len == b.len && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

struct import_table *import_table_named(const struct import *im, struct str name)
{
	for (unsigned i = 0; name.ptr && i < im->ntables; i++)
		if (same_name(im->tables[i].name, name))
			return &im->tables[i];
	return NULL;
}

struct import_column *import_column_named(const struct import_table *table, struct str name)
{
	for (unsigned i = 0; table && name.ptr && i < table->ncolumns; i++)
		if (same_name(table->columns[i].name, name))
			return &table->columns[i];
	return NULL;
}

bool import_table_links(const struct import_table *table, const struct import_column *columns[2])
{
	unsigned found = 0;

	for (unsigned i = 0; i < table->ncolumns; i++) {
		const struct import_column *column = &table->columns[i];
		if (column->key && (!column->to || found == 2))
			return false;
		if (column->key)
			columns[found++] = column;
	}
	return found == 2;
}

bool import_column_is(const struct import_column *column, const char *type)
{
	return column && column->type.len >= strlen(type) &&
	       strncasecmp(column->type.ptr, type, strlen(type)) == 0;
}

unsigned import_column_number(const struct import_column *column, unsigned nth)
{
	size_t at = 0;

	while (at < column->type.len && column->type.ptr[at] != '(')
		at++;
	for (; nth > 0 && at < column->type.len; nth--)
		for (at++; at < column->type.len && column->type.ptr[at] != ','; at++)
			;
	return at < column->type.len ? (unsigned)strtoul(column->type.ptr + at + 1, NULL, 10) : 0;
}

/* Reading. All that is not as described is ignored. */

static unsigned number_of(const struct json *object, const char *name)
{
	const struct json *value = tree_get_of(object, name, JSON_INT);

	return value && value->text.len < 6 ? (unsigned)strtoul(value->text.ptr, NULL, 10) : 0;
}

static const struct json *items_of(const struct json *object, const char *name)
{
	const struct json *array = tree_get_of(object, name, JSON_ARRAY);

	return array ? array->first : NULL;
}

static struct str text_of(struct import *im, const struct json *object, const char *name)
{
	struct str text = tree_get_text(object, name);

	return text.ptr ? arena_copy(im->arena, text) : text;
}

static void read_columns(struct import *im, struct import_table *table, const struct json *node)
{
	const struct json *list = tree_get_of(node, "columns", JSON_ARRAY);
	uint32_t count = list && list->count <= COLUMNS_MOST ? list->count : 0;
	struct import_column *columns = arena_calloc(im->arena, count + 1, sizeof(*columns));

	for (const struct json *c = count ? list->first : NULL; c; c = c->next) {
		struct import_column *column = &columns[table->ncolumns];
		column->name = text_of(im, c, "name");
		column->type = text_of(im, c, "type");
		column->not_null = number_of(c, "not_null") != 0;
		column->key = number_of(c, "key");
		column->preset = text_of(im, c, "default");
		table->ncolumns += column->name.ptr && column->type.ptr;
	}
	table->columns = columns;
}

/* The column of a list of one name; NULL: none, or another list. */
static struct import_column *only_column(struct import_table *table, const struct json *names)
{
	if (!names || names->count != 1 || names->first->type != JSON_STRING)
		return NULL;
	return import_column_named(table, names->first->text);
}

static void read_indexes(struct import_table *table, const struct json *node)
{
	for (const struct json *i = items_of(node, "indexes"); i; i = i->next) {
		const struct json *names = tree_get_of(i, "columns", JSON_ARRAY);
		struct import_column *column = only_column(table, names);
		struct str origin = tree_get_text(i, "origin");
		bool made = origin.ptr && str_equal(origin, STR("c"));
		bool unique = number_of(i, "unique") != 0;
		if (column && column->key)
			table->key_is_indexed |= made;
		else if (column) {
			column->unique |= unique;
			column->index |= made;
		}
		bool is_key = origin.ptr && str_equal(origin, STR("pk"));
		table->composite |= !column && unique && !is_key;
	}
}

/* When all tables are known. */
static void read_references(struct import *im, struct import_table *table, const struct json *node)
{
	for (const struct json *f = items_of(node, "foreign_keys"); f; f = f->next) {
		struct import_column *column =
			only_column(table, tree_get_of(f, "from", JSON_ARRAY));
		if (!column)
			continue;
		column->to = import_table_named(im, tree_get_text(f, "table"));
		column->on_delete = text_of(im, f, "on_delete");
	}
}

static void read_values(struct import *im, const struct json *root)
{
	for (const struct json *v = items_of(root, "values"); v; v = v->next) {
		const struct import_table *table =
			import_table_named(im, tree_get_text(v, "table"));
		struct import_column *column =
			import_column_named(table, tree_get_text(v, "column"));
		const struct json *values = tree_get_of(v, "values", JSON_ARRAY);
		if (column && values && values->count > 0)
			column->values = values;
	}
}

static void read_all(struct import *im, const struct json *root, const struct json *list)
{
	im->tables = arena_calloc(im->arena, list->count + 1, sizeof(*im->tables));
	for (const struct json *t = list->first; t; t = t->next) {
		struct import_table *table = &im->tables[im->ntables];
		table->name = text_of(im, t, "name");
		if (!table->name.ptr)
			continue;
		read_columns(im, table, t);
		read_indexes(table, t);
		im->ntables++;
	}
	for (const struct json *t = list->first; t; t = t->next) {
		struct import_table *table = import_table_named(im, tree_get_text(t, "name"));
		if (table)
			read_references(im, table, t);
	}
	read_values(im, root);
}

bool import_read_tables(struct import *im, struct str text, struct buf *error)
{
	const struct json *root, *list;
	struct json_error why;
	struct str decoded;

	if (json_text_decode(im->arena, text, &decoded) &&
		json_read(im->arena, decoded, &root, &why) == JSON_OK &&
		!tree_is_deeper(root, IMPORT_DEPTH_MOST) && !json_has_surrogate(root) &&
		(list = tree_get_of(root, "tables", JSON_ARRAY)) && list->count <= TABLES_MOST) {
		read_all(im, root, list);
		im->has_database = true;
		return true;
	}
	buf_str(error,
		STR("its tables cannot be read: a name is not valid UTF-8, or they are too many"));
	return false;
}
