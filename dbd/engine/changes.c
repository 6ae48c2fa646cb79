#include "changes.h"

#include "log.h"
#include "showing.h"

#include <stdlib.h>

/* What transactions that are open at the same time have marked. */
struct marks {
	struct generations *table;
	unsigned users;                  /* sets that share it */
	unsigned held;                   /* marks of all places together */
	unsigned all;                    /* sets that have marked everything */
	unsigned of[GENERATIONS_PLACES]; /* sets that have marked this counter */
};

struct changes {
	struct marks *marks;
	unsigned count;
	unsigned marked;                    /* of the noted counters, the first ones */
	unsigned owned;                     /* noted rows of resources whose rows have owners */
	bool all;                           /* everything is noted */
	bool all_marked;                    /* and marked */
	unsigned noted[GENERATIONS_PLACES]; /* the noted counters: the first `count` entries */
	bool is_noted[GENERATIONS_PLACES];  /* the same, by counter */
};

static void *allocate(size_t size)
{
	void *zeroed = calloc(1, size);

	if (!zeroed)
		log_die("out of memory for the changes of a transaction");
	return zeroed;
}

static struct changes *with_marks(struct marks *marks)
{
	struct changes *c = allocate(sizeof(*c));

	c->marks = marks;
	marks->users++;
	return c;
}

struct changes *changes_new(struct generations *table)
{
	struct marks *marks = allocate(sizeof(*marks));

	marks->table = table;
	return with_marks(marks);
}

struct changes *changes_new_beside(struct changes *other)
{
	return with_marks(other->marks);
}

void changes_free(struct changes *c)
{
	if (!c)
		return;
	if (--c->marks->users == 0)
		free(c->marks);
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

const unsigned *changes_noted(const struct changes *c, unsigned *count)
{
	*count = c->count;
	return c->all ? NULL : c->noted;
}

static void mark_all(struct changes *c)
{
	changes_mark_all(c);
	c->all_marked = true;
	c->marks->all++;
	c->marks->held++;
}

void changes_mark(struct changes *c)
{
	if (c->all && !c->all_marked)
		mark_all(c);
	for (; c->marked < c->count; c->marked++) {
		unsigned place = c->noted[c->marked];
		generations_mark(c->marks->table, place);
		c->marks->of[place]++;
		c->marks->held++;
	}
}

static bool is_held(const struct marks *m, unsigned place)
{
	return m->all > 0 || m->of[place] > 0;
}

static void empty(struct changes *c)
{
	for (unsigned i = 0; i < c->count; i++)
		c->is_noted[c->noted[i]] = false;
	c->count = 0;
	c->all = false;
}

void changes_settle(struct changes *c)
{
	struct marks *m = c->marks;

	m->held -= c->marked + c->all_marked;
	m->all -= c->all_marked;
	for (unsigned i = 0; i < c->marked; i++) {
		unsigned place = c->noted[i];
		m->of[place]--;
		if (!is_held(m, place))
			generations_settle(m->table, place);
	}
	c->marked = 0;
	c->all_marked = false;
	if (c->all)
		changes_invalidate_all(c);
	empty(c);
}

void changes_forget(struct changes *c)
{
	if (c->marked > 0 || c->all_marked)
		changes_settle(c);
	else
		empty(c);
}

void changes_advance(struct changes *c, unsigned place)
{
	generations_advance(c->marks->table, place);
}

void changes_mark_all(struct changes *c)
{
	for (unsigned place = 0; place < GENERATIONS_PLACES; place++)
		generations_mark(c->marks->table, place);
}

/* The counters that are marked again were even for a moment: stamps from then do not hold, as these
 * counters move on. */
void changes_invalidate_all(struct changes *c)
{
	const struct marks *m = c->marks;

	generations_invalidate_all(m->table);
	if (m->held == 0)
		return;
	for (unsigned place = 0; place < GENERATIONS_PLACES; place++)
		if (is_held(m, place))
			generations_mark(m->table, place);
}
