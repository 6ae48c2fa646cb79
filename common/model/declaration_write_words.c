/* Words that are written in both forms alike, if their absence does not say the same. */
#include "declaration_reading.h"

#include "json_write.h"

void declaration_begin_word(struct words_out *w, const char *word)
{
	buf_str(w->out, w->comma);
	buf_printf(w->out, "\"%s\": ", word);
	w->comma = STR(", ");
}

void declaration_write_text(struct words_out *w, const char *word, const char *text)
{
	declaration_begin_word(w, word);
	json_write_string(w->out, str_from(text));
}

void declaration_write_json(struct words_out *w, const char *word, const char *json)
{
	declaration_begin_word(w, word);
	buf_str(w->out, str_from(json));
}

static void write_list(struct buf *out, const char *const *texts, unsigned count)
{
	buf_char(out, '[');
	for (unsigned i = 0; i < count; i++) {
		buf_str(out, i ? STR(", ") : STR(""));
		json_write_string(out, str_from(texts[i]));
	}
	buf_char(out, ']');
}

void declaration_write_tags(
	struct words_out *w, const char *word, const char *const *tags, unsigned ntags)
{
	declaration_begin_word(w, word);
	write_list(w->out, tags, ntags);
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

	if (!has_default_path(path, r))
		buf_printf(out, "%s\"path\": \"%s\",\n", indent, path);
	if (r->ntags == 0)
		return;
	buf_printf(out, "%s\"tags\": ", indent);
	write_list(out, r->tags, r->ntags);
	buf_str(out, STR(",\n"));
}
