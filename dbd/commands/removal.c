#include "removal.h"

#include "digest.h"
#include "log.h"
#include "moment.h"
#include "relations.h"
#include "shown_in.h"

#include <stdlib.h>

enum { ROOM_FIRST = 64 /* rows, a power of 2 */ };

struct removal {
	struct engine *engine;
	struct failure *failure;
	struct engine_row *rows; /* each one after the row through which it was found */
	size_t count, room;
	size_t *places; /* hash table of 2 * room entries: 1 + index in rows; 0: free */
	const struct resource *from; /* whose rows are being found */
	struct engine_row *staying;  /* those of `from` that refer to a deleted row */
	size_t nstaying, staying_room;
};

static bool fail(const struct removal *r, enum fault fault, const struct resource *resource)
{
	return failure_set(r->failure, fault, resource, 0);
}

/* The set of rows: linear probing. */

/* The entry of a row, or the free one where it belongs. */
static size_t *place_of(const struct removal *r, const struct resource *resource, struct key key)
{
	size_t mask = 2 * r->room - 1;
	size_t i = digest_number(resource_index(resource), key_number(key)) & mask;

	for (; r->places[i] > 0; i = (i + 1) & mask) {
		const struct engine_row *row = &r->rows[r->places[i] - 1];
		if (key_equal(row->key, key) && row->resource == resource)
			break;
	}
	return &r->places[i];
}

static void grow(struct removal *r)
{
	r->room = r->room > 0 ? 2 * r->room : ROOM_FIRST;
	r->rows = realloc(r->rows, r->room * sizeof(*r->rows));
	free(r->places);
	r->places = calloc(2 * r->room, sizeof(*r->places));
	if (!r->rows || !r->places)
		log_die("out of memory for the rows that a deletion removes");
	for (size_t i = 0; i < r->count; i++)
		*place_of(r, r->rows[i].resource, r->rows[i].key) = i + 1;
}

static void add(struct removal *r, const struct engine_row *row)
{
	if (r->count == r->room)
		grow(r);
	size_t *place = place_of(r, row->resource, row->key);
	if (*place > 0)
		return;
	r->rows[r->count++] = *row;
	*place = r->count;
}

static bool on_doomed(void *context, struct key key, struct key parent)
{
	struct removal *r = context;

	add(r, &(struct engine_row){ r->from, key, parent });
	return true;
}

/* Stops at the first row that is left. */
static bool on_restricting(void *context, struct key key, struct key parent)
{
	struct removal *r = context;

	(void)parent;
	return *place_of(r, r->from, key) > 0 || fail(r, FAULT_IN_USE, r->from);
}

static bool on_staying(void *context, struct key key, struct key parent)
{
	struct removal *r = context;

	if (r->nstaying == r->staying_room) {
		r->staying_room = r->staying_room > 0 ? 2 * r->staying_room : ROOM_FIRST;
		r->staying = realloc(r->staying, r->staying_room * sizeof(*r->staying));
		if (!r->staying)
			log_die("out of memory for the rows that refer to deleted ones");
	}
	r->staying[r->nstaying++] = (struct engine_row){ r->from, key, parent };
	return true;
}

static bool find_rows(struct removal *r, const struct engine_row *row,
	const struct relation *relation, engine_found *found)
{
	r->from = relation->from;
	enum fault fault = r->engine->ops->referring(
		r->engine, relation->from, relation->field, row->key, found, r);
	if (fault != FAULT_NONE)
		return fail(r, fault, relation->from);
	return r->failure->fault == FAULT_NONE;
}

static bool find_doomed(
	struct removal *r, const struct engine_row *row, const struct relation *relation)
{
	return find_rows(r, row, relation, on_doomed);
}

static bool find_restricting(
	struct removal *r, const struct engine_row *row, const struct relation *relation)
{
	return find_rows(r, row, relation, on_restricting);
}

/* The rows above those that stay show them without the reference. */
static bool note_staying(
	struct removal *r, const struct engine_row *row, const struct relation *relation)
{
	enum fault fault = FAULT_NONE;

	r->nstaying = 0;
	if (shown_in_any(relation->from) && !find_rows(r, row, relation, on_staying))
		return false;
	for (size_t i = 0; i < r->nstaying && fault == FAULT_NONE; i++)
		fault = shown_in_note_key(
			r->engine, relation->from, r->staying[i].key, r->staying[i].parent);
	return fault == FAULT_NONE || fail(r, fault, relation->from);
}

/* As SQLAlchemy, which sends an UPDATE for each such row, with what an update sets by itself. */
static bool set_null(
	struct removal *r, const struct engine_row *row, const struct relation *relation)
{
	struct record others = { .resource = relation->from };

	moment_touch(&others, r->engine->ops->keeps_zones);
	if (!note_staying(r, row, relation))
		return false;
	enum fault fault = r->engine->ops->set_null(
		r->engine, relation->from, relation->field, row->key, &others);
	return fault == FAULT_NONE || fail(r, fault, relation->from);
}

/* Does this for the relations of one kind to each of the rows; their list may grow meanwhile. */
static bool for_relations(struct removal *r, enum on_delete on_delete,
	bool (*act)(
		struct removal *r, const struct engine_row *row, const struct relation *relation))
{
	for (size_t n = 0; n < r->count; n++) {
		const struct engine_row row = r->rows[n];
		const struct relations *relations = relations_to(row.resource);
		for (unsigned i = 0; i < relations->count; i++) {
			const struct relation *relation = &relations->list[i];
			if (relation->on_delete == on_delete && !act(r, &row, relation))
				return false;
		}
	}
	return true;
}

static enum fault unlink_row(const struct removal *r, const struct engine_row *row)
{
	const struct relations *relations = relations_to(row->resource);
	enum fault fault = FAULT_NONE;

	for (unsigned i = 0; i < relations->nends && fault == FAULT_NONE; i++)
		fault = r->engine->ops->unlink_all(
			r->engine, relations->ends[i].table, relations->ends[i].end, row->key);
	return fault;
}

/* What shows the row changes, and its links go. */
static bool detach(const struct removal *r, const struct engine_row *row)
{
	enum fault fault = shown_in_note_key(r->engine, row->resource, row->key, row->parent);

	if (fault == FAULT_NONE)
		fault = unlink_row(r, row);
	return fault == FAULT_NONE || fail(r, fault, row->resource);
}

static bool remove_one(const struct removal *r, const struct engine_row *row, bool *done)
{
	if (!detach(r, row))
		return false;
	enum fault fault = r->engine->ops->remove(r->engine, row->resource, row->key, done);
	return fault == FAULT_NONE || fail(r, fault, row->resource);
}

static bool remove_together(const struct removal *r, bool *done)
{
	for (size_t i = r->count; i-- > 0;)
		if (!detach(r, &r->rows[i]))
			return false;
	enum fault fault = r->engine->ops->remove_rows(r->engine, r->rows, r->count, done);
	return fault == FAULT_NONE || fail(r, fault, r->rows[0].resource);
}

/* The row itself comes last. */
static bool remove_in_turn(const struct removal *r, bool *done)
{
	for (size_t i = r->count; i-- > 0;)
		if (!remove_one(r, &r->rows[i], done))
			return false;
	return true;
}

static bool remove_all(const struct removal *r)
{
	bool together = r->count > 1 && r->engine->ops->remove_rows, done = true;

	if (!(together ? remove_together : remove_in_turn)(r, &done))
		return false;
	return done || fail(r, engine_ignored(r->engine), r->rows[0].resource);
}

static bool remove_plain(struct removal *r, const struct engine_row *row)
{
	enum fault fault = r->engine->ops->remove_below(r->engine, row->resource, row->key);
	bool done;

	if (fault != FAULT_NONE)
		return fail(r, fault, row->resource);
	if (!remove_one(r, row, &done))
		return false;
	return done || fail(r, engine_ignored(r->engine), row->resource);
}

static bool remove_related(struct removal *r, const struct engine_row *row)
{
	r->failure->fault = FAULT_NONE;
	add(r, row);
	bool fine = for_relations(r, ON_DELETE_CASCADE, find_doomed) &&
		    for_relations(r, ON_DELETE_RESTRICT, find_restricting) &&
		    for_relations(r, ON_DELETE_SET_NULL, set_null) && remove_all(r);
	free(r->rows);
	free(r->places);
	free(r->staying);
	return fine;
}

bool removal_run(struct engine *engine, const struct resource *r, struct key key, struct key parent,
	struct failure *failure)
{
	struct removal removal = { .engine = engine, .failure = failure };
	const struct engine_row row = { r, key, parent };

	/* What is deleted with the row is found first if it must be looked at. */
	bool is_plain = relations_to(r)->is_plain && !shown_in_others_below(r);
	return is_plain ? remove_plain(&removal, &row) : remove_related(&removal, &row);
}
