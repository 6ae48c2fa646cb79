#include "created_key.h"

#include "body_json.h"

/* The key's member; NULL if the schema does not show it. */
static const char *key_name(const struct schema *schema)
{
	for (unsigned m = 0; schema && m < schema->nmembers; m++) {
		const struct member *member = &schema->members[m];
		if (member->kind == MEMBER_FIELD && member->index == RESOURCE_KEY)
			return member->name;
	}
	return NULL;
}

static bool key_of_row(const struct schema *schema, const struct json *row, struct str *key)
{
	const char *name = key_name(schema);

	if (!name || !row || row->type != JSON_OBJECT)
		return false;
	const struct json *value = json_get(row, str_from(name));
	if (!value || (value->type != JSON_INT && value->type != JSON_STRING))
		return false;
	*key = value->text;
	return true;
}

bool created_key(const struct operation *operation, const struct peer_answer answers[PEERS],
	struct arena *arena, struct key_pair *key)
{
	for (int side = 0; side < PEERS; side++)
		if (answers[side].status != operation->status ||
			!key_of_row(operation->shown, body_json(arena, answers[side].body),
				&key->at[side]))
			return false;
	return true;
}

void listed_keys(const struct operation *operation, const struct peer_answer *old,
	struct arena *arena, struct key_pairs *pairs)
{
	const struct list_rules *rules = operation->resource->list;
	const struct json *rows = body_json(arena, old->body);
	struct str key;

	if (rows && rows->type == JSON_OBJECT && rules && rules->page_rows)
		rows = json_get(rows, str_from(rules->page_rows));
	if (!rows || rows->type != JSON_ARRAY)
		return;
	for (const struct json *row = rows->first; row; row = row->next)
		if (key_of_row(operation->shown, row, &key))
			key_pairs_add(
				pairs, operation->resource, (struct key_pair){ { key, key } });
}
