#include "sql_names.h"

#include <stdlib.h>

static int compare_word(const void *name, const void *word)
{
	return strcmp(name, *(const char *const *)word);
}

static bool needs_quotes(const char *name, const struct sql_words *reserved)
{
	for (const char *c = name; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			return true;
	return (*name >= '0' && *name <= '9') || bsearch(name, reserved->list, reserved->count,
							 sizeof(*reserved->list), compare_word);
}

void sql_put_name(struct buf *out, const char *name, const struct sql_words *reserved)
{
	struct str quote = needs_quotes(name, reserved) ? STR("\"") : STR("");

	buf_str(out, quote);
	buf_str(out, str_from(name));
	buf_str(out, quote);
}
