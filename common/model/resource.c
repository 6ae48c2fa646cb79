#include "resource.h"

unsigned resource_field_with(const struct resource *r, enum field_flag flag)
{
	unsigned i = 0;

	while (i < r->nfields && !(r->fields[i].flags & flag))
		i++;
	return i;
}

const struct api *api;

void api_use(const struct api *new_api)
{
	api = new_api;
}
