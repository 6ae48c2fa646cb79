/* The words of an object that is being written. */
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
