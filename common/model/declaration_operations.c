/* Which operations a resource has, and their order: `operations`. */
#include "declaration_reading.h"

static const char *const action_words[] = {
	[ACTION_LIST] = "list",
	[ACTION_CREATE] = "create",
	[ACTION_READ] = "read",
	[ACTION_UPDATE] = "update",
	[ACTION_DELETE] = "delete",
	[ACTION_REPLACE] = "replace",
	[ACTION_CHILDREN] = "children",
	[ACTION_LINK] = "link:",
	[ACTION_UNLINK] = "unlink:",
};
_Static_assert(NITEMS(action_words) == ACTION__COUNT, "an action has no word");

#define ACTIONS "list, create, read, update, replace, delete, children, link:FIELD, unlink:FIELD"

static bool find_action(struct str name, enum action *action)
{
	for (int i = 0; i < ACTION__COUNT; i++) {
		struct str word = str_from(action_words[i]);
		*action = (enum action)i;
		if (word.ptr[word.len - 1] == ':' ? str_starts(name, word) : str_equal(name, word))
			return true;
	}
	return false;
}

/* The name of an operation: a member's, or an item. */
static struct str name_of(const struct spot *at)
{
	return at->value->type == JSON_STRING ? at->value->text : at->name;
}

static bool add_operation(
	struct reading *r, const struct spot *at, struct draft *draft, enum action action)
{
	unsigned n = draft->noperations++;

	for (unsigned i = 0; i < n; i++)
		if (str_equal(name_of(draft->operation_spots[i]), name_of(at)))
			return reading_refuse_found(r, at, "the operation is there twice");
	draft->operations[n].action = action;
	draft->operation_spots[n] = at;
	return true;
}

static bool read_names(struct reading *r, const struct spot *spot, struct draft *draft)
{
	enum action action;
	unsigned n = 0;

	for (const struct json *item = spot->value->first; item; item = item->next) {
		const struct spot *at = spot_item(r, spot, n++, item);
		if (item->type != JSON_STRING || !find_action(item->text, &action))
			return reading_refuse_word(r, at, STR(ACTIONS));
		if (!add_operation(r, at, draft, action))
			return false;
	}
	return true;
}

static bool read_members(struct reading *r, const struct spot *spot, struct draft *draft)
{
	enum action action;

	for (const struct json *k = spot->value->first; k; k = k->next->next) {
		const struct spot *at = spot_child(r, spot, k->text, k, k->next);
		if (!find_action(k->text, &action))
			return reading_refuse_key(r, at, STR(ACTIONS));
		if (!reading_object(r, at) || !add_operation(r, at, draft, action))
			return false;
	}
	return true;
}

bool declaration_read_operations(struct reading *r, const struct spot *spot, struct draft *draft)
{
	unsigned count = spot->value->count;

	if (spot->value->type != JSON_ARRAY && spot->value->type != JSON_OBJECT)
		return reading_refuse_found(
			r, spot, "allowed is an array of these, or an object: " ACTIONS);
	draft->operations = region_alloc(r->region, count * sizeof(struct operation));
	draft->operation_spots = arena_calloc(r->arena, count, sizeof(struct spot *));
	return spot->value->type == JSON_ARRAY ? read_names(r, spot, draft)
					       : read_members(r, spot, draft);
}

/* Writing. */

static bool has_words(const struct resource *r)
{
	for (unsigned i = 0; i < r->noperations; i++)
		if (r->operations[i].declared)
			return true;
	return false;
}

static void write_name(struct buf *out, const struct operation *o)
{
	bool links = o->action == ACTION_LINK || o->action == ACTION_UNLINK;

	buf_printf(out, "\"%s%s\"", action_words[o->action],
		links ? o->resource->fields[o->links].name : "");
}

static void write_names(struct buf *out, const struct resource *r)
{
	buf_char(out, '[');
	for (unsigned i = 0; i < r->noperations; i++) {
		buf_str(out, i ? STR(", ") : STR(""));
		write_name(out, &r->operations[i]);
	}
	buf_char(out, ']');
}

static void write_members(
	struct buf *out, const char *indent, const struct api *a, const struct resource *r)
{
	buf_char(out, '{');
	for (unsigned i = 0; i < r->noperations; i++) {
		const struct operation *o = &r->operations[i];
		buf_printf(out, "%s\n%s  ", i ? "," : "", indent);
		write_name(out, o);
		buf_str(out, STR(": "));
		declaration_write_operation(out, a, o);
	}
	buf_printf(out, "\n%s}", indent);
}

void declaration_write_operations(
	struct buf *out, const char *indent, const struct api *a, const struct resource *r)
{
	buf_printf(out, "%s\"operations\": ", indent);
	if (has_words(r))
		write_members(out, indent, a, r);
	else
		write_names(out, r);
	buf_str(out, STR(",\n"));
}
