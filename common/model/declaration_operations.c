/* The operations of a resource: `operations`. */
#include "declaration_reading.h"

static const char *const action_words[] = {
	[ACTION_LIST] = "list",
	[ACTION_CREATE] = "create",
	[ACTION_READ] = "read",
	[ACTION_UPDATE] = "update",
	[ACTION_DELETE] = "delete",
	[ACTION_REPLACE] = "replace",
	[ACTION_CHILDREN] = "children",
};
_Static_assert(NITEMS(action_words) == ACTION__COUNT, "an action has no word");

#define ACTIONS "list, create, read, update, delete"

static bool read_action(struct reading *r, const struct spot *spot, enum action *action)
{
	struct str name = spot->value->type == JSON_STRING ? spot->value->text : STR("");

	for (int i = 0; i < DEFAULT_OPERATIONS; i++) {
		*action = (enum action)i;
		if (str_equal(name, str_from(action_words[i])))
			return true;
	}
	return reading_refuse_word(r, spot, STR(ACTIONS));
}

bool declaration_read_operations(struct reading *r, const struct spot *spot, struct draft *draft)
{
	struct operation *list =
		region_alloc(r->region, spot->value->count * sizeof(struct operation));
	unsigned seen = 0, n = 0;

	if (spot->value->type != JSON_ARRAY || spot->value->count != DEFAULT_OPERATIONS)
		return reading_refuse_found(r, spot, "allowed is an array of all of: " ACTIONS);
	for (const struct json *item = spot->value->first; item; item = item->next, n++) {
		const struct spot *at = spot_item(r, spot, n, item);
		if (!read_action(r, at, &list[n].action))
			return false;
		if (seen >> list[n].action & 1)
			return reading_refuse_found(r, at, "the operation is there twice");
		seen |= 1U << list[n].action;
	}
	draft->operations = list;
	draft->noperations = n;
	return true;
}

void declaration_write_operations(struct buf *out, const char *indent, const struct resource *r)
{
	buf_printf(out, "%s\"operations\": [", indent);
	for (unsigned i = 0; i < r->noperations; i++)
		buf_printf(out, "%s\"%s\"", i ? ", " : "", action_words[r->operations[i].action]);
	buf_str(out, STR("],\n"));
}
