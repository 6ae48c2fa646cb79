#include "pattern_check.h"

#include "pattern.h"

enum { ERROR_MAX = 256 };

static bool check(const struct field *field, struct buf *error)
{
	if (!field || !field->pattern.ptr)
		return true;
	struct pattern *pattern = pattern_compile(field->pattern, error);
	pattern_free(pattern);
	return pattern != NULL;
}

static bool check_field(const struct resource *r, const struct field *field, struct buf *error)
{
	struct buf what;

	buf_init(&what, ERROR_MAX);
	bool good = check(field, &what) && check(field->items, &what);
	if (!good)
		buf_printf(error, "%s.%s: the pattern is not valid: %.*s", r->name, field->name,
			STR_ARGS(buf_view(&what)));
	buf_done(&what);
	return good;
}

bool pattern_check(const struct api *declared, struct buf *error)
{
	for (unsigned i = 0; i < declared->nresources; i++) {
		const struct resource *r = declared->resources[i];
		for (unsigned k = 0; k < r->nfields; k++)
			if (!check_field(r, &r->fields[k], error))
				return false;
	}
	return true;
}
