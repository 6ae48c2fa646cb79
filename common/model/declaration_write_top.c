/* The words of the whole declaration that are written in both forms alike. */
#include "declaration_reading.h"

#include "json_write.h"

void declaration_write_top(struct buf *out, const char *indent, const struct api *a)
{
	if (a->description) {
		buf_printf(out, "%s\"description\": ", indent);
		json_write_string(out, str_from(a->description));
		buf_str(out, STR(",\n"));
	}
	if (*a->prefix)
		buf_printf(out, "%s\"prefix\": \"%s\",\n", indent, a->prefix);
	if (a->schemas) {
		buf_printf(out, "%s\"schemas\": ", indent);
		buf_str(out, str_from(a->schemas));
		buf_str(out, STR(",\n"));
	}
	declaration_write_constants(out, indent, a);
}
