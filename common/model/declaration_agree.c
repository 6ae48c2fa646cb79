/* What the words of a field say together. */
#include "declaration_reading.h"

bool declaration_read_default(struct reading *r, const struct spot *spot, struct field *f)
{
	struct spot word = spot_member(spot, "default");

	if (!word.value)
		return true;
	f->flags |= FIELD_PRESET;
	if (word.value->type != JSON_NULL)
		return declaration_read_value(r, &word, f, &f->preset);
	if (!(f->flags & FIELD_NULLABLE))
		return reading_refuse_found(r, &word, "allowed only with \"nullable\": true");
	f->preset = value_null();
	return true;
}

/* A field that the server sets is not sent by clients; one that nobody sends needs a value. */
static bool sender_agrees(struct reading *r, const struct spot *spot, struct field *f)
{
	struct spot input = spot_member(spot, "input");

	if (f->flags & (FIELD_NOW | FIELD_NOW_TOO)) {
		if (input.value && f->flags & FIELD_INPUT)
			return reading_refuse_pair(r, spot, "input", "set");
		if (f->flags & FIELD_PRESET)
			return reading_refuse_pair(r, spot, "default", "set");
		f->flags &= ~(unsigned)FIELD_INPUT;
		return true;
	}
	if (!(f->flags & (FIELD_INPUT | FIELD_PRESET | FIELD_NULLABLE)) && f->type != FIELD_LINKS)
		return reading_refuse_found(
			r, &input, "allowed only with \"default\", \"set\" or \"nullable\": true");
	return true;
}

static bool deletion_agrees(struct reading *r, const struct spot *spot, const struct field *f)
{
	struct spot word = spot_member(spot, "on_delete");

	return f->on_delete != ON_DELETE_SET_NULL || f->flags & FIELD_NULLABLE ||
	       reading_refuse_found(r, &word, "allowed only with \"nullable\": true");
}

static bool conflict_agrees(struct reading *r, const struct spot *spot, const struct field *f)
{
	struct spot conflict = spot_member(spot, "conflict");

	return !f->conflict || f->flags & FIELD_UNIQUE ||
	       reading_refuse(r, &conflict, "allowed only with \"unique\": true");
}

bool declaration_check_field(
	struct reading *r, const struct spot *spot, struct field *f, bool column)
{
	if (f->type == FIELD_ARRAY && !reading_has(r, spot, "items"))
		return false;
	if (declaration_is_reference(spot) && !reading_has(r, spot, "to"))
		return false;
	return declaration_check_bounds(r, spot, f) &&
	       (!column || (declaration_read_default(r, spot, f) && sender_agrees(r, spot, f) &&
				   deletion_agrees(r, spot, f) && conflict_agrees(r, spot, f)));
}
