#include "resource.h"

const struct resource *api_resource_named(const struct api *a, const char *name)
{
	for (unsigned i = 0; i < a->nresources; i++)
		if (strcmp(a->resources[i]->name, name) == 0)
			return a->resources[i];
	return NULL;
}

unsigned resource_field_named(const struct resource *r, const char *name)
{
	unsigned i = 0;

	while (i < r->nfields && strcmp(r->fields[i].name, name) != 0)
		i++;
	return i;
}

const struct operation *resource_operation(
	const struct resource *r, enum action action, unsigned links)
{
	if (action != ACTION_LINK && action != ACTION_UNLINK)
		return r->by_action[action];
	for (unsigned i = 0; i < r->noperations; i++)
		if (r->operations[i].action == action && r->operations[i].links == links)
			return &r->operations[i];
	return NULL;
}

/* LITERALs have values only. */
static bool same_choice(
	const struct choices *choices, const struct choice *a, const struct choice *b)
{
	if (choices->schema && !str_equal(a->name, b->name))
		return false;
	return choices->integers ? a->integer == b->integer : str_equal(a->text, b->text);
}

unsigned choices_find(const struct choices *in, const struct choices *of, unsigned i)
{
	unsigned place = 0;

	while (place < in->count && !same_choice(in, &in->list[place], &of->list[i]))
		place++;
	return place;
}

const struct api *api;

void api_use(const struct api *new_api)
{
	api = new_api;
}

bool resource_conflicts_by_field(const struct resource *r)
{
	if (r->conflict.text && strstr(r->conflict.text, "{field}"))
		return true;
	for (unsigned i = 0; i < r->nfields; i++)
		if (r->fields[i].conflict)
			return true;
	return false;
}
