#include "changes.h"

#include "log.h"
#include "showing.h"

#include <stdlib.h>

struct changes {
	struct generations *table;
	unsigned count;
	unsigned owned;                     /* noted rows of resources whose rows have owners */
	bool all;                           /* everything is noted */
	unsigned noted[GENERATIONS_PLACES]; /* the noted counters: the first `count` entries */
	bool is_noted[GENERATIONS_PLACES];  /* the same, by counter */
};

struct changes *changes_new(struct generations *table)
{
	struct changes *c = calloc(1, sizeof(*c));

	if (!c)
		log_die("out of memory for the changes of a transaction");
	c->table = table;
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

void changes_note(struct changes *c, const struct resource *r, struct key key)
{
	note(c, generations_row(r, key));
}

void changes_note_row(struct changes *c, const struct resource *r, struct key key)
{
	note(c, generations_row(r, key));
	changes_note_lists(c, r);
}

void changes_note_lists(struct changes *c, const struct resource *r)
{
	const struct showing *showing = showing_of(r);

	note(c, generations_list(r));
	for (unsigned i = 0; i < showing->nlists; i++)
		note(c, showing->lists[i]);
	c->owned += showing->owners != NULL;
}

void changes_note_all(struct changes *c)
{
	c->all = true;
}

unsigned changes_owned(const struct changes *c)
{
	return c->owned;
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
