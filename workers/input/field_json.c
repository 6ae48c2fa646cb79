/* The readers of objects and arrays: pydantic-core, src/validators/dict.rs and list.rs. */
#include "field_kinds.h"

#include "arena_buf.h"
#include "json_write.h"
#include "value_json.h"

bool read_object(struct field_input *input)
{
	struct buf out;

	/* Pydantic does not look at the texts in an object; an answer with one would not be UTF-8.
	 */
	if (json_has_surrogate(input->json))
		return field_unstorable(input, ISSUE_NOT_UNICODE);
	buf_init(&out, SIZE_MAX);
	json_write_whole(&out, input->json);
	input->value = value_text(arena_take(input->arena, &out));
	return true;
}

/* An integer beyond 64 bits is a VALUE_STR, its digits. */
static void write_item(struct buf *out, const struct field_input *item)
{
	if (item->field->type == FIELD_INT && item->value.kind == VALUE_STR)
		buf_str(out, item->value.text);
	else
		value_json_write(out, item->field, &item->value);
}

bool read_items(struct field_input *input, bool (*read)(struct field_input *item))
{
	struct field_input item = *input;
	struct buf out;
	bool good = true, refused = false;

	item.array = input->field;
	item.field = input->field->items;
	item.optional = false;
	item.item = 0;
	buf_init(&out, SIZE_MAX);
	buf_char(&out, '[');
	for (item.json = input->json->first; item.json; item.json = item.json->next) {
		if (item.item > 0)
			buf_char(&out, ',');
		if (!read(&item))
			good = false;
		else if (item.value.kind == VALUE_REFUSED)
			refused = true;
		else
			write_item(&out, &item);
		item.item++;
	}
	buf_char(&out, ']');
	struct str text = arena_take(input->arena, &out);
	input->value = refused ? value_refused() : value_text(text);
	return good;
}
