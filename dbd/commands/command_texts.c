#include "command_texts.h"

static bool has_text(const struct record *r, unsigned i)
{
	return record_has(r, i) && r->values[i].kind == VALUE_STR;
}

size_t command_texts_size(const struct command *c)
{
	size_t size = c->match.len + c->request.len;

	for (unsigned i = 0; i < record_used(&c->record); i++)
		if (has_text(&c->record, i))
			size += c->record.values[i].text.len;
	return size;
}

/* Copies the text to `place` and lets it point there. Returns the place of the next text. */
static char *copy_text(char *place, struct str *text)
{
	if (text->len > 0)
		memcpy(place, text->ptr, text->len);
	text->ptr = place;
	return place + text->len;
}

void command_texts_copy(struct command *c, char *place)
{
	for (unsigned i = 0; i < record_used(&c->record); i++)
		if (has_text(&c->record, i))
			place = copy_text(place, &c->record.values[i].text);
	if (c->match.ptr)
		place = copy_text(place, &c->match);
	copy_text(place, &c->request);
}
