#include "import_relations.h"

#include "import_match.h"
#include "import_names.h"
#include "import_tables.h"
#include "import_tree.h"
#include "import_words.h"

/* Members of schemas. */

static const struct json *properties(const struct import *im, struct str schema)
{
	const struct import_schema *found = import_schema_named(im, schema);

	return found ? tree_get(found->node, "properties") : NULL;
}

static bool is_of(const struct import_route *route, const struct import_resource *r)
{
	return !route->reason && route->resource == r && route->role <= ROLE_CHILDREN &&
	       route->role != ROLE_REMOVE;
}

const struct json *import_answered_member(
	const struct import *im, const struct import_resource *r, struct str name)
{
	for (unsigned i = 0; i < im->nroutes; i++) {
		const struct import_route *route = &im->routes[i];
		const struct json *members =
			is_of(route, r) ? properties(im, import_answered(im, route)) : NULL;
		const struct json *member = members ? json_get(members, name) : NULL;
		if (member)
			return member;
	}
	return NULL;
}

static bool is_member(const struct import *im, const struct import_resource *r, struct str name)
{
	for (unsigned i = 0; i < im->nroutes; i++) {
		const struct import_route *route = &im->routes[i];
		const struct json *members =
			is_of(route, r) ? properties(im, import_ref(route->body)) : NULL;
		if (members && json_get(members, name))
			return true;
	}
	return import_answered_member(im, r, name) != NULL;
}

/* Tables. */

/* How many members of the answers a table has as columns; 0 if it lacks a scalar one. */
static unsigned fit(
	const struct import *im, const struct import_resource *r, const struct import_table *table)
{
	unsigned found = 0, lacking = 0;

	for (unsigned i = 0; i < im->nroutes; i++) {
		const struct import_route *route = &im->routes[i];
		const struct json *members =
			is_of(route, r) ? properties(im, import_answered(im, route)) : NULL;
		for (const struct json *key = members ? members->first : NULL; key;
			key = key->next->next) {
			bool array;
			if (import_column_named(table, key->text))
				found++;
			else if (!import_embedded_name(im, key->next, &array).ptr)
				lacking++;
		}
	}
	return lacking == 0 ? found : 0;
}

static struct import_table *table_by_name(const struct import *im, const struct import_resource *r)
{
	const struct str names[] = { r->plural, r->name, name_snake(im->arena, r->schema),
		r->schema, arena_printf(im->arena, "%ss", name_snake(im->arena, r->schema).ptr) };

	for (size_t i = 0; i < NITEMS(names); i++) {
		struct import_table *table = import_table_named(im, names[i]);
		if (table && !table->owner)
			return table;
	}
	return NULL;
}

static struct import_table *table_by_columns(
	const struct import *im, const struct import_resource *r)
{
	struct import_table *best = NULL;
	unsigned most = 1;

	for (unsigned i = 0; i < im->ntables; i++) {
		unsigned n = im->tables[i].owner ? 0 : fit(im, r, &im->tables[i]);
		if (n > most) {
			most = n;
			best = &im->tables[i];
		}
	}
	return best;
}

static void leave_out(struct import *im, const struct import_resource *r, const char *reason)
{
	for (unsigned i = 0; i < im->nroutes; i++)
		if (im->routes[i].resource == r && !im->routes[i].reason)
			im->routes[i].reason = reason;
}

static void find_table(struct import *im, struct import_resource *r, bool by_name)
{
	if (r->table)
		return;
	struct import_table *table = by_name ? table_by_name(im, r) : table_by_columns(im, r);
	if (!table)
		return;
	table->owner = r;
	r->table = table;
}

static void find_tables(struct import *im)
{
	for (unsigned i = 0; i < im->nresources; i++)
		find_table(im, im->resources[i], true);
	for (unsigned i = 0; i < im->nresources; i++)
		find_table(im, im->resources[i], false);
	for (unsigned i = 0; i < im->nresources; i++)
		if (!im->resources[i]->table)
			leave_out(im, im->resources[i], "no table has such rows");
}

/* Keys. */

static unsigned key_columns(const struct import_table *table, const struct import_column **key)
{
	unsigned count = 0;

	for (unsigned i = 0; i < table->ncolumns; i++)
		if (table->columns[i].key) {
			count++;
			*key = &table->columns[i];
		}
	return count;
}

static struct str guessed_key(const struct import *im, const struct import_resource *r)
{
	const struct str names[] = { STR("id"), r->parameter,
		arena_printf(im->arena, "%s_id", r->name.ptr), STR("uuid") };

	for (size_t i = 0; i < NITEMS(names); i++)
		if (names[i].len > 0 && import_answered_member(im, r, names[i]))
			return names[i];
	return (struct str){ .ptr = NULL };
}

static void find_key(struct import *im, struct import_resource *r)
{
	const struct import_column *column = NULL;

	r->key = r->table ? STR("") : guessed_key(im, r);
	if (r->table && key_columns(r->table, &column) == 1)
		r->key = column->name;
	if (r->key.len == 0) {
		leave_out(im, r,
			r->table ? "its table has no key of one column"
				 : "its rows show no key, such as \"id\"");
		return;
	}
	r->key_field = arena_calloc(im->arena, 1, sizeof(*r->key_field));
	*r->key_field = (struct import_field){ .name = r->key, .column = column };
}

/* Fields. */

struct import_field *import_field_named(const struct import_resource *r, struct str name)
{
	if (r->key_field && str_equal(r->key_field->name, name))
		return r->key_field;
	if (r->parent_field && str_equal(r->parent_field->name, name))
		return r->parent_field;
	for (struct import_field *f = r->fields; f; f = f->next)
		if (str_equal(f->name, name))
			return f;
	return NULL;
}

static struct import_field *make_field(struct import *im, const struct import_resource *r,
	struct str name, enum import_field_kind kind)
{
	struct import_field *f = arena_calloc(im->arena, 1, sizeof(*f));

	f->name = arena_copy(im->arena, name);
	f->kind = kind;
	f->column = import_column_named(r->table, name);
	return f;
}

struct import_field *import_add_field(
	struct import *im, struct import_resource *r, struct str name, enum import_field_kind kind)
{
	struct import_field **end = &r->fields;

	while (*end)
		end = &(*end)->next;
	*end = make_field(im, r, name, kind);
	return *end;
}

/* References. */

static struct str with_id(const struct import *im, struct str name)
{
	return arena_printf(im->arena, "%.*s_id", STR_ARGS(name));
}

/* The member that has the parent's key: with the database a foreign key. */
static struct str parent_key(const struct import *im, const struct import_resource *r)
{
	const struct import_resource *parent = r->parent;
	struct str own = with_id(im, parent->name), found = { .ptr = NULL };

	for (unsigned i = 0; r->table && i < r->table->ncolumns; i++) {
		const struct import_column *column = &r->table->columns[i];
		if (!column->to || column->to != parent->table)
			continue;
		if (!found.ptr || str_equal(column->name, own) ||
			str_equal(column->name, parent->parameter))
			found = column->name;
	}
	if (found.ptr || r->table)
		return found;
	return is_member(im, r, own) || !is_member(im, r, parent->parameter) ? own
									     : parent->parameter;
}

static void find_parent(struct import *im, struct import_resource *r)
{
	if (!r->parent)
		return;
	struct str key = r->parent->key_field ? parent_key(im, r) : (struct str){ .ptr = NULL };
	if (!key.ptr) {
		for (unsigned i = 0; i < im->nroutes; i++)
			if (im->routes[i].resource == r && !im->routes[i].reason &&
				(im->routes[i].role == ROLE_CHILDREN || r->parent_in_path))
				im->routes[i].reason =
					"no foreign key leads to the parent in its path";
		r->parent = NULL;
		return;
	}
	r->parent_field = make_field(im, r, key, IMPORT_REFERENCE);
	r->parent_field->to = r->parent;
}

static void add_reference(
	struct import *im, struct import_resource *r, struct str name, struct import_resource *to)
{
	if (!import_field_named(r, name) && to->key_field)
		import_add_field(im, r, name, IMPORT_REFERENCE)->to = to;
}

static void find_references(struct import *im, struct import_resource *r)
{
	for (unsigned i = 0; r->table && i < r->table->ncolumns; i++) {
		const struct import_column *column = &r->table->columns[i];
		if (column->to && column->to->owner)
			add_reference(im, r, column->name, column->to->owner);
	}
	for (unsigned i = 0; !r->table && i < im->nresources; i++) {
		struct import_resource *to = im->resources[i];
		struct str name = with_id(im, to->name);
		if (is_member(im, r, name))
			add_reference(im, r, name, to);
	}
}

/* Links. */

static bool is_list_of_keys(const struct import *im, const struct json *property)
{
	struct import_type type;
	const struct json *items;
	bool array;

	if (!import_type_of(property, &type) || import_embedded_name(im, property, &array).ptr)
		return false;
	items = tree_get_of(type.schema, "items", JSON_OBJECT);
	struct str of = tree_get_text(items, "type"), format = tree_get_text(items, "format");
	return of.ptr &&
	       (str_equal(of, STR("integer")) || (format.ptr && str_equal(format, STR("uuid"))));
}

/* The member of a body that is the list of keys of linked rows: "tag_ids". */
static struct str keys_member(
	const struct import *im, const struct import_resource *r, const struct import_resource *to)
{
	const struct str names[] = { arena_printf(im->arena, "%s_ids", to->name.ptr),
		arena_printf(im->arena, "%s_ids", to->plural.ptr), to->plural };

	for (unsigned i = 0; i < im->nroutes; i++) {
		const struct import_route *route = &im->routes[i];
		const struct json *members =
			is_of(route, r) ? properties(im, import_ref(route->body)) : NULL;
		for (size_t k = 0; members && k < NITEMS(names); k++) {
			const struct json *member = json_get(members, names[k]);
			if (member && is_list_of_keys(im, member))
				return names[k];
		}
	}
	return (struct str){ .ptr = NULL };
}

static bool is_linked_by_route(
	const struct import *im, const struct import_resource *r, const struct import_resource *to)
{
	for (unsigned i = 0; i < im->nroutes; i++) {
		const struct json *node;
		const struct import_route *route = &im->routes[i];
		if (route->resource != r || route->reason ||
			(route->role != ROLE_LINK && route->role != ROLE_UNLINK))
			continue;
		struct str parameter = import_path_parameter(route, 1, &node);
		if (parameter.ptr && str_equal(parameter, to->parameter))
			return true;
	}
	return false;
}

static void add_links(struct import *im, struct import_resource *r, struct import_resource *to,
	const struct import_table *table)
{
	struct str keys = keys_member(im, r, to);
	struct import_field *f =
		import_add_field(im, r, keys.ptr ? keys : to->plural, IMPORT_LINKS);

	f->to = to;
	f->table = table;
	f->column = NULL;
	f->input = keys.ptr != NULL;
}

/* The rows of the side that a body or a path links have the field. */
static void find_links_of_table(struct import *im, const struct import_table *table)
{
	const struct import_column *columns[2];

	if (table->owner || !import_table_links(table, columns))
		return;
	struct import_resource *a = columns[0]->to->owner, *b = columns[1]->to->owner;
	if (!a || !b || a == b || !a->key_field || !b->key_field)
		return;
	bool turned = !keys_member(im, a, b).ptr && !is_linked_by_route(im, a, b) &&
		      (keys_member(im, b, a).ptr || is_linked_by_route(im, b, a));
	if (turned)
		add_links(im, b, a, table);
	else
		add_links(im, a, b, table);
}

/* Without the database: what paths and bodies link. */
static void find_guessed_links(struct import *im)
{
	for (unsigned i = 0; i < im->nresources; i++)
		for (unsigned k = 0; k < im->nresources; k++) {
			struct import_resource *r = im->resources[i], *to = im->resources[k];
			if (r != to && to->key_field && r->key_field &&
				(keys_member(im, r, to).ptr || is_linked_by_route(im, r, to)))
				add_links(im, r, to, NULL);
		}
}

static struct import_field *links_to(const struct import_resource *r, struct str parameter)
{
	for (struct import_field *f = r->fields; f; f = f->next)
		if (f->kind == IMPORT_LINKS && parameter.ptr &&
			str_equal(f->to->parameter, parameter))
			return f;
	return NULL;
}

static void find_linking_routes(struct import *im)
{
	for (unsigned i = 0; i < im->nroutes; i++) {
		const struct json *node;
		struct import_route *route = &im->routes[i];
		if (route->reason || (route->role != ROLE_LINK && route->role != ROLE_UNLINK))
			continue;
		route->links = links_to(route->resource, import_path_parameter(route, 1, &node));
		if (!route->links)
			route->reason = "its path has two keys, and no table links their rows";
	}
}

void import_relate(struct import *im)
{
	if (im->has_database)
		find_tables(im);
	for (unsigned i = 0; i < im->nresources; i++)
		find_key(im, im->resources[i]);
	for (unsigned i = 0; i < im->nresources; i++)
		find_parent(im, im->resources[i]);
	for (unsigned i = 0; i < im->nresources; i++)
		find_references(im, im->resources[i]);
	for (unsigned i = 0; i < im->ntables; i++)
		find_links_of_table(im, &im->tables[i]);
	if (!im->has_database)
		find_guessed_links(im);
	find_linking_routes(im);
}
