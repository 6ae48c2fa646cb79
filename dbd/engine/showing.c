#include "showing.h"

#include "arena.h"
#include "earlier.h"
#include "generations.h"

/* By the number of the resource; of the current declaration and those that earlier_use has got. */
static struct showing all[RESOURCES_MAX];
static const struct api *known;
static unsigned known_uses;
static struct arena arena;

/* The way from a shown row up to the one that is read. */
struct way {
	const struct resource *of; /* of the row */
	unsigned field;            /* has the key of the row above */
	const struct way *above;   /* NULL: this row is the one that is read */
};

/* The owner by this field in a list, to which it is added if it is not there. */
static struct owner *find_owner(struct owner **list, unsigned field, const struct resource *of)
{
	struct owner *o = *list;

	while (o && o->field != field)
		o = o->next;
	if (o)
		return o;
	o = arena_alloc(&arena, sizeof(*o));
	*o = (struct owner){ .field = field, .of = of, .next = *list };
	*list = o;
	return o;
}

static void add_way(struct owner **list, const struct way *way)
{
	for (; way->above; way = way->above) {
		struct owner *owner = find_owner(list, way->field, way->above->of);
		owner->is_read |= way->above->above == NULL;
		list = &owner->above;
	}
}

static void add_owners(const struct schema *shown, const struct way *way)
{
	for (unsigned i = 0; i < shown->nmembers; i++) {
		const struct member *m = &shown->members[i];
		if (m->kind == MEMBER_FIELD)
			continue;
		const struct way below = {
			.of = earlier_current(m->of),
			.field = earlier_field(m->of, m->index),
			.above = way,
		};
		add_way(&all[m->of->number].owners, &below);
		add_owners(m->schema, &below);
	}
}

static void add_list(struct showing *showing, unsigned place)
{
	unsigned *lists = arena_alloc(&arena, (showing->nlists + 1) * sizeof(*lists));

	for (unsigned i = 0; i < showing->nlists; i++) {
		if (showing->lists[i] == place)
			return;
		lists[i] = showing->lists[i];
	}
	lists[showing->nlists++] = place;
	showing->lists = lists;
}

/* Everything embedded in a row of r, as it is shown, is known by the counter of the list of r. */
static void add_lists(const struct schema *shown, const struct resource *r)
{
	for (unsigned i = 0; i < shown->nmembers; i++) {
		const struct member *m = &shown->members[i];
		if (m->kind == MEMBER_FIELD)
			continue;
		if (m->of->number != r->number)
			add_list(&all[m->of->number], generations_list(r));
		add_lists(m->schema, r);
	}
}

/* Answers to other actions are not cached. */
static void add_operation(const struct operation *operation)
{
	const struct resource *r = earlier_current(operation->resource);

	if (!operation->shown)
		return;
	if (operation->answer == ANSWER_ROWS ||
		(operation->action == ACTION_READ && operation->shown->is_far))
		add_lists(operation->shown, r);
	else if (operation->action == ACTION_READ)
		add_owners(operation->shown, &(struct way){ .of = r });
}

static void add_declaration(const struct api *declared)
{
	for (unsigned i = 0; i < declared->nresources; i++)
		for (unsigned k = 0; k < declared->resources[i]->noperations; k++)
			add_operation(&declared->resources[i]->operations[k]);
}

static void find_others(const struct resource *r)
{
	for (const struct owner *o = all[r->number].owners; o; o = o->next)
		for (const struct resource *p = r->parent; p && o->field != r->parent_field;
			p = p->parent)
			all[p->number].has_others_below = true;
}

static void derive(void)
{
	memset(all, 0, sizeof(all));
	arena_done(&arena);
	arena_init(&arena);
	for (unsigned i = 0; i < earlier_count(); i++)
		add_declaration(earlier_nth(i));
	for (unsigned i = 0; i < api->nresources; i++)
		find_others(api->resources[i]);
	known = api;
	known_uses = earlier_uses();
}

const struct showing *showing_of(const struct resource *r)
{
	if (known != api || known_uses != earlier_uses())
		derive();
	return &all[r->number];
}
