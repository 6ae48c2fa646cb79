#include "transfer.h"

#include "key.h"

void transfer_name(struct buf *out, const struct record *row, unsigned column)
{
	const struct resource *r = row->resource;
	const struct field *key = &r->fields[RESOURCE_KEY];
	char text[KEY_TEXT_SIZE];

	buf_printf(out, "table %s, ", r->table);
	if (column != RESOURCE_KEY)
		buf_printf(out, "row %s%s",
			key_text(key, key_of_value(&row->values[RESOURCE_KEY]), text),
			column < resource_columns(r) ? ", " : "");
	if (column < resource_columns(r))
		buf_printf(out, "column %s", r->fields[column].name);
	buf_str(out, STR(": "));
}
