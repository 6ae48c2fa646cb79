/* The numbers of an older API. */
#include "declaration_reading.h"

static bool number_like(const struct api *a, const struct api *old, unsigned *numbers)
{
	unsigned next = 0;

	for (unsigned i = 0; i < a->nresources; i++) {
		const struct resource *r = api_resource_named(old, a->resources[i]->name);
		while (!r && next < old->nnumbers && old->numbered[next])
			next++;
		numbers[i] = r ? r->number : next++;
		if (numbers[i] >= RESOURCES_MAX)
			return false;
	}
	return true;
}

struct api *declaration_number_like(const struct api *a, const struct api *old)
{
	unsigned numbers[RESOURCES_MAX];
	struct buf text, error;

	if (!number_like(a, old, numbers))
		return NULL;
	buf_init(&text, DECLARATION_CANONICAL_MOST);
	buf_init(&error, DECLARATION_MOST);
	declaration_write_numbered(&text, a, numbers);
	struct api *numbered =
		text.failed ? NULL : declaration_read_canonical(buf_view(&text), "", &error);
	buf_done(&text);
	buf_done(&error);
	return numbered;
}
