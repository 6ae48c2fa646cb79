/* Fields of type LINKS and the operations that link rows. */
#include "declaration_reading.h"

/* The items of the list, which are keys. */
static bool begin_items(struct reading *r, const struct spot *spot, struct field *f)
{
	struct field *items = region_alloc(r->region, sizeof(*items));
	struct spot to = spot_member(spot, "to");
	struct str name = to.value->type == JSON_STRING ? to.value->text : STR("");

	*items = (struct field){
		.type = declaration_key_type(r, name),
		.len.max = FIELD_UNBOUNDED,
		.digits = FIELD_UNBOUNDED,
		.places = FIELD_UNBOUNDED,
	};
	f->items = items;
	return true;
}

bool declaration_begin_links(struct reading *r, const struct spot *spot, struct field *f)
{
	f->flags |= FIELD_HIDDEN;
	return reading_has(r, spot, "to") && reading_has(r, spot, "table") &&
	       reading_has(r, spot, "columns") && begin_items(r, spot, f);
}

/* Association tables. */

static struct field column(const char *name, const struct resource *to)
{
	return (struct field){
		.name = name,
		.type = to->fields[RESOURCE_KEY].type,
		.flags = FIELD_KEY,
		.len.max = FIELD_UNBOUNDED,
		.digits = FIELD_UNBOUNDED,
		.places = FIELD_UNBOUNDED,
		.to = to,
	};
}

static bool read_columns(struct reading *r, const struct spot *spot, const char *columns[LINK_ENDS])
{
	const struct json *item = spot->value->first;

	if (spot->value->type != JSON_ARRAY || spot->value->count != LINK_ENDS)
		return reading_refuse_found(r, spot, "allowed is an array of two names");
	for (unsigned i = 0; i < LINK_ENDS; i++, item = item->next)
		if (!reading_name(r, spot_item(r, spot, i, item), &columns[i]))
			return false;
	return strcasecmp(columns[LINK_OWNER], columns[LINK_TO]) != 0 ||
	       reading_refuse_found(r, spot, "the columns need different names");
}

static bool read_table(struct reading *r, const struct spot *spot, const struct resource *from,
	const struct resource *to, struct resource *table)
{
	struct spot name = spot_member(spot, "table"), words = spot_member(spot, "columns");
	const struct spot *columns = spot_child(r, spot, words.name, words.key, words.value);
	struct field *ends = region_alloc(r->region, LINK_ENDS * sizeof(*ends));
	const char *names[LINK_ENDS] = { NULL };

	if (!reading_name(r, &name, &table->table) || !read_columns(r, columns, names))
		return false;
	ends[LINK_OWNER] = column(names[LINK_OWNER], from);
	ends[LINK_TO] = column(names[LINK_TO], to);
	table->name = table->plural = table->table;
	table->fields = ends;
	table->nfields = table->parent_field = LINK_ENDS;
	return true;
}

static bool read_links(
	struct reading *r, struct draft *draft, unsigned field, const struct resource **tables)
{
	const struct spot *spot = draft->field_spots[field];
	struct links *links = region_alloc(r->region, sizeof(*links));
	struct resource *table = region_alloc(r->region, sizeof(*table));
	struct spot to = spot_member(spot, "to");
	struct draft *found = declaration_find_resource(r, &to);

	if (!found || !read_table(r, spot, draft->resource, found->resource, table))
		return false;
	if (r->api->nassociations == ASSOCIATIONS_MAX)
		return reading_refuse(r, spot, "more than %d association tables", ASSOCIATIONS_MAX);
	table->index = r->ndrafts + r->api->nassociations;
	tables[r->api->nassociations++] = table;
	*links = (struct links){ .to = found->resource, .table = table };
	draft->fields[field].links = links;
	return true;
}

static unsigned count_links(const struct reading *r)
{
	unsigned count = 0;

	for (unsigned i = 0; i < r->ndrafts; i++)
		count += r->drafts[i].resource->nlinks;
	return count;
}

bool declaration_read_links(struct reading *r)
{
	const struct resource **tables =
		region_alloc(r->region, count_links(r) * sizeof(struct resource *));

	r->api->associations = tables;
	for (unsigned i = 0; i < r->ndrafts; i++) {
		struct draft *draft = &r->drafts[i];
		const struct resource *resource = draft->resource;
		for (unsigned f = resource_columns(resource); f < resource->nfields; f++)
			if (!read_links(r, draft, f, tables))
				return false;
	}
	return true;
}

/* Operations. */

static struct str list_links(struct reading *r, const struct operation *o)
{
	const struct resource *resource = o->resource;
	const char *word = o->action == ACTION_LINK ? "link" : "unlink";
	struct str list = STR("");

	for (unsigned i = resource_columns(resource); i < resource->nfields; i++)
		list = arena_printf(r->arena, "%s%s%s:%s", list.ptr, list.len ? ", " : "", word,
			resource->fields[i].name);
	return list.len ? list : STR("none: the resource has no field of type links");
}

bool declaration_find_links(
	struct reading *r, const struct spot *spot, const struct draft *draft, struct operation *o)
{
	const struct resource *resource = draft->resource;
	bool is_item = spot->value->type == JSON_STRING;
	struct str name = is_item ? spot->value->text : spot->name;
	const char *colon = memchr(name.ptr, ':', name.len);
	struct str field = str_from_index(name, (size_t)(colon - name.ptr) + 1);

	for (o->links = resource_columns(resource); o->links < resource->nfields; o->links++)
		if (str_equal(field, str_from(resource->fields[o->links].name)))
			return true;
	return (is_item ? reading_refuse_word : reading_refuse_key)(r, spot, list_links(r, o));
}
