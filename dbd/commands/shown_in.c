#include "shown_in.h"

#include "showing.h"

/* The owners of a row of r, from this one of its list on. */
static enum fault note_owners(
	struct engine *engine, const struct resource *r, struct key key, const struct owner *first);

static enum fault note_owner(struct engine *engine, const struct owner *owner, struct key key)
{
	if (owner->is_read)
		changes_note(engine->changes, owner->of, key);
	return note_owners(engine, owner->of, key, owner->above);
}

/* A row that is not there is shown nowhere. */
static enum fault note_owners(
	struct engine *engine, const struct resource *r, struct key key, const struct owner *first)
{
	enum fault fault = FAULT_NONE;

	for (const struct owner *o = first; o && fault == FAULT_NONE; o = o->next) {
		struct key owner;
		bool there;
		fault = engine->ops->find_referred(engine, r, key, o->field, &owner, &there);
		if (fault == FAULT_NONE && there)
			fault = note_owner(engine, o, owner);
	}
	return fault;
}

/* Nothing is noted where nobody reads it. */
static const struct owner *owners_of(const struct engine *engine, const struct resource *r)
{
	return engine->changes ? showing_of(r)->owners : NULL;
}

enum fault shown_in_note(struct engine *engine, const struct record *row)
{
	enum fault fault = FAULT_NONE;

	for (const struct owner *o = owners_of(engine, row->resource); o && fault == FAULT_NONE;
		o = o->next) {
		const struct value *v = &row->values[o->field];
		if (v->kind != VALUE_NULL)
			fault = note_owner(engine, o, key_of_value(v));
	}
	return fault;
}

enum fault shown_in_note_key(
	struct engine *engine, const struct resource *r, struct key key, struct key parent)
{
	const struct owner *first = owners_of(engine, r);

	/* Most rows have no other owner than their parent. */
	if (first && !first->next && first->field == r->parent_field)
		return note_owner(engine, first, parent);
	return note_owners(engine, r, key, first);
}

bool shown_in_moves(const struct record *row, const struct record *changes)
{
	for (const struct owner *o = showing_of(row->resource)->owners; o; o = o->next)
		if (record_has(changes, o->field) &&
			!value_equal(&row->values[o->field], &changes->values[o->field]))
			return true;
	return false;
}

bool shown_in_any(const struct resource *r)
{
	return showing_of(r)->owners != NULL;
}

bool shown_in_others_below(const struct resource *r)
{
	return showing_of(r)->has_others_below;
}
