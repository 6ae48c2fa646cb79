#include "words.h"

/* Appends what a placeholder at the start of the text stands for. Returns its length; 0: there is
 * none. */
static size_t write_placeholder(struct buf *out, struct str text, const struct said *said)
{
	const struct {
		struct str placeholder, value;
	} all[] = { { STR_INIT("{id}"), said->id }, { STR_INIT("{field}"), said->field } };

	for (size_t i = 0; i < NITEMS(all); i++) {
		if (!all[i].value.ptr || !str_starts(text, all[i].placeholder))
			continue;
		buf_str(out, all[i].value);
		return all[i].placeholder.len;
	}
	return 0;
}

void words_write(struct buf *out, const char *text, const struct said *said)
{
	struct str left = str_from(text);

	while (left.len > 0) {
		size_t n = write_placeholder(out, left, said);
		if (n == 0)
			buf_char(out, left.ptr[n++]);
		left = str_from_index(left, n);
	}
}
