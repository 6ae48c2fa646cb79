#include "field_pattern.h"

#include "log.h"
#include "pattern.h"

#include <stdlib.h>

enum { ERROR_MAX = 256 };

struct field_pattern {
	const struct field *field;
	struct pattern *pattern; /* NULL until it is needed */
};

/* Of this process, sorted by the address of the field. */
static struct field_pattern *patterns;
static size_t npatterns;

static int compare(const void *left, const void *right)
{
	const struct field_pattern *a = left, *b = right;

	return (a->field > b->field) - (a->field < b->field);
}

static void add(const struct field *field)
{
	if (!field || !field->pattern.ptr)
		return;
	struct field_pattern *grown = realloc(patterns, (npatterns + 1) * sizeof(*grown));
	if (!grown)
		log_die("out of memory");
	patterns = grown;
	patterns[npatterns++] = (struct field_pattern){ .field = field };
}

void field_patterns_open(const struct api *declared)
{
	field_patterns_close();
	for (unsigned i = 0; i < declared->nresources; i++) {
		const struct resource *r = declared->resources[i];
		for (unsigned k = 0; k < r->nfields; k++) {
			add(&r->fields[k]);
			add(r->fields[k].items);
		}
	}
	if (npatterns > 0)
		qsort(patterns, npatterns, sizeof(*patterns), compare);
}

void field_patterns_close(void)
{
	for (size_t i = 0; i < npatterns; i++)
		pattern_free(patterns[i].pattern);
	free(patterns);
	patterns = NULL;
	npatterns = 0;
}

static struct pattern *compile(const struct field *field)
{
	struct buf error;

	buf_init(&error, ERROR_MAX);
	struct pattern *pattern = pattern_compile(field->pattern, &error);
	if (!pattern)
		log_die("field %s: %.*s", field->name, STR_ARGS(buf_view(&error)));
	buf_done(&error);
	return pattern;
}

bool field_pattern_matches(const struct field *field, struct str text)
{
	struct field_pattern key = { .field = field }, *found = NULL;

	if (npatterns > 0)
		found = bsearch(&key, patterns, npatterns, sizeof(key), compare);
	if (!found)
		log_die("field %s: its pattern is not known", field->name);
	if (!found->pattern)
		found->pattern = compile(field);
	return pattern_matches(found->pattern, text);
}
