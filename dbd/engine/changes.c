#include "changes.h"

#include "log.h"

#include <stdlib.h>

struct changes {
	struct generations *table;
	unsigned count;
	unsigned embedded;           /* rows told of that are shown in others, too */
	bool all;                    /* everything is noted */
	const struct resource *last; /* the one told of last, as the next is likely to be of it */
	unsigned noted[GENERATIONS_PLACES]; /* the first count of them are those that … */
	bool is_noted[GENERATIONS_PLACES];  /* … stand here */
};

struct changes *changes_new(struct generations *table)
{
	struct changes *c = calloc(1, sizeof(*c));

	if (!c)
		log_die("out of memory for the changes of a transaction");
	c->table = table;
	c->last = resources[0];
	return c;
}

void changes_free(struct changes *c)
{
	free(c);
}

static void note(struct changes *c, unsigned place)
{
	if (c->is_noted[place])
		return;
	c->is_noted[place] = true;
	c->noted[c->count++] = place;
}

void changes_note(struct changes *c, const struct resource *r, int64_t key)
{
	note(c, generations_row(r, key));
}

void changes_note_all(struct changes *c)
{
	c->all = true;
}

unsigned changes_embedded(const struct changes *c)
{
	return c->embedded;
}

/* In a file that others have made the table may be named "Users", and SQLite then says so. */
const struct resource *changes_resource(const char *table)
{
	for (unsigned i = 0; i < nresources; i++)
		if (sqlite3_stricmp(resources[i]->plural, table) == 0)
			return resources[i];
	return NULL;
}

static void on_update(
	void *context, int operation, const char *database, const char *table, sqlite3_int64 key)
{
	struct changes *c = context;
	const struct resource *r =
		strcmp(c->last->plural, table) == 0 ? c->last : changes_resource(table);

	(void)operation;
	(void)database;
	if (!r)
		return;
	changes_note(c, r, key);
	note(c, generations_list(r));
	c->embedded += r->embedded;
	c->last = r;
}

void changes_watch(struct changes *c, sqlite3 *db)
{
	sqlite3_update_hook(db, on_update, c);
}

void changes_mark(struct changes *c)
{
	if (c->all)
		changes_mark_all(c);
	for (unsigned i = 0; i < c->count; i++)
		generations_mark(c->table, c->noted[i]);
}

void changes_settle(struct changes *c)
{
	for (unsigned i = 0; i < c->count; i++) {
		generations_settle(c->table, c->noted[i]);
		c->is_noted[c->noted[i]] = false;
	}
	c->count = 0;
	if (c->all)
		changes_invalidate_all(c);
	c->all = false;
}

void changes_mark_all(struct changes *c)
{
	for (unsigned place = 0; place < GENERATIONS_PLACES; place++)
		generations_mark(c->table, place);
}

void changes_invalidate_all(struct changes *c)
{
	generations_invalidate_all(c->table);
}
