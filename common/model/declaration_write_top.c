/* Words of the file and of a resource that are written only if their absence does not say the same.
 */
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

/* True if the path of the collection follows from the plural. */
static bool has_default_path(const char *path, const struct resource *r)
{
	return path[0] == '/' && strcmp(path + 1, r->plural) == 0;
}

void declaration_write_place(
	struct buf *out, const char *indent, const struct api *a, const struct resource *r)
{
	const char *path = r->path + strlen(a->prefix);
	struct words_out w = { .out = out };

	if (!has_default_path(path, r))
		buf_printf(out, "%s\"path\": \"%s\",\n", indent, path);
	if (r->ntags == 0)
		return;
	buf_str(out, str_from(indent));
	declaration_write_tags(&w, "tags", r->tags, r->ntags);
	buf_str(out, STR(",\n"));
}
