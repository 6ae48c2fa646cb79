/* Words that say what a field is: who sets it, to what it refers, its notes. */
#include "declaration_word.h"

#include "json_write.h"
#include "value_json.h"

/* Who sets a field. */

static bool set_read(
	struct reading *r, const struct spot *spot, struct field *f, const struct word *word)
{
	struct str text = spot->value->type == JSON_STRING ? spot->value->text : STR("");

	(void)word;
	f->flags &= ~(unsigned)(FIELD_NOW | FIELD_NOW_TOO);
	if (str_equal(text, STR("create")))
		f->flags |= FIELD_NOW;
	else if (str_equal(text, STR("update")))
		f->flags |= FIELD_NOW_TOO;
	else if (!is_null(spot))
		return reading_refuse_word(r, spot, STR("create, update, null"));
	return true;
}

static void set_write(struct buf *out, const struct field *f, const struct word *word)
{
	(void)word;
	buf_str(out, f->flags & FIELD_NOW       ? STR("\"create\"")
		     : f->flags & FIELD_NOW_TOO ? STR("\"update\"")
						: STR("null"));
}

static bool set_is_default(const struct field *f, const struct word *word)
{
	(void)word;
	return !(f->flags & (FIELD_NOW | FIELD_NOW_TOO));
}

const struct kind kind_of_set = { set_read, set_write, set_is_default };

/* References. */

/* declaration_link finds the resource. */
static bool to_read(
	struct reading *r, const struct spot *spot, struct field *f, const struct word *word)
{
	const char *name;

	(void)f;
	(void)word;
	return reading_name(r, spot, &name);
}

static void to_write(struct buf *out, const struct field *f, const struct word *word)
{
	const struct resource *to = f->links ? f->links->to : f->to;

	(void)word;
	json_write_string(out, str_from(to->name));
}

static bool on_delete_read(
	struct reading *r, const struct spot *spot, struct field *f, const struct word *word)
{
	(void)word;
	return reading_on_delete(r, spot, &f->on_delete);
}

static void on_delete_write(struct buf *out, const struct field *f, const struct word *word)
{
	(void)word;
	json_write_string(out, str_from(declaration_on_delete_word(f->on_delete)));
}

static bool on_delete_is_default(const struct field *f, const struct word *word)
{
	(void)word;
	return f->on_delete == ON_DELETE_CASCADE;
}

const struct kind kind_of_to = { to_read, to_write, NULL };
const struct kind kind_of_on_delete = { on_delete_read, on_delete_write, on_delete_is_default };

/* Association tables: declaration_read_links reads these words. */

static void table_write(struct buf *out, const struct field *f, const struct word *word)
{
	(void)word;
	json_write_string(out, str_from(f->links->table->table));
}

static void columns_write(struct buf *out, const struct field *f, const struct word *word)
{
	const struct field *ends = f->links->table->fields;

	(void)word;
	buf_printf(out, "[\"%s\", \"%s\"]", ends[LINK_OWNER].name, ends[LINK_TO].name);
}

/* What other places read and write. */

static bool read_elsewhere(
	struct reading *r, const struct spot *spot, struct field *f, const struct word *word)
{
	(void)r;
	(void)spot;
	(void)f;
	(void)word;
	return true;
}

static void type_write(struct buf *out, const struct field *f, const struct word *word)
{
	unsigned type = declared_type(f);

	(void)word;
	if (OF(type) & CHOICES)
		type = f->choices->integers ? FIELD_INT : FIELD_STR;
	json_write_string(out, str_from(declaration_type_name(type)));
}

const struct kind kind_of_type = { read_elsewhere, type_write, NULL };
const struct kind kind_of_table = { read_elsewhere, table_write, NULL };
const struct kind kind_of_columns = { read_elsewhere, columns_write, NULL };

static void default_write(struct buf *out, const struct field *f, const struct word *word)
{
	(void)word;
	value_json_write(out, f, &f->preset);
}

static bool no_default(const struct field *f, const struct word *word)
{
	(void)word;
	return !(f->flags & FIELD_PRESET);
}

const struct kind kind_of_preset = { read_elsewhere, default_write, no_default };

static bool choices_read(
	struct reading *r, const struct spot *spot, struct field *f, const struct word *word)
{
	(void)word;
	return declaration_read_choices(r, spot, f);
}

static void choices_write(struct buf *out, const struct field *f, const struct word *word)
{
	(void)word;
	declaration_write_choices(out, f);
}

const struct kind kind_of_choices = { choices_read, choices_write, NULL };

static bool conflict_read(
	struct reading *r, const struct spot *spot, struct field *f, const struct word *word)
{
	struct words *words = region_alloc(r->region, sizeof(*words));

	(void)word;
	f->conflict = words;
	return declaration_read_failure(r, spot, &declaration_conflict, words);
}

static void conflict_write(struct buf *out, const struct field *f, const struct word *word)
{
	(void)word;
	declaration_write_failure(out, &declaration_conflict, f->conflict);
}

static bool no_conflict(const struct field *f, const struct word *word)
{
	(void)word;
	return !f->conflict;
}

const struct kind kind_of_conflict = { conflict_read, conflict_write, no_conflict };

/* Notes; null: none. */

static const char *note_of(const struct field *f, unsigned member)
{
	const char *note = NULL;

	if (f->notes)
		memcpy(&note, (const char *)f->notes + member, sizeof(note));
	return note;
}

static bool read_examples(struct reading *r, const struct spot *spot, const char **text)
{
	if (spot->value->type != JSON_ARRAY)
		return reading_refuse_found(r, spot, "allowed is an array of examples");
	*text = reading_json(r, spot);
	return true;
}

/* A member of a schema shares the notes of its field until it has its own. */
static bool note_read(
	struct reading *r, const struct spot *spot, struct field *f, const struct word *word)
{
	struct notes *notes = region_alloc(r->region, sizeof(*notes));

	*notes = f->notes ? *f->notes : (struct notes){ NULL, NULL, NULL };
	f->notes = notes;
	const char **note = (const char **)(void *)((char *)notes + word->detail);
	*note = NULL;
	if (is_null(spot))
		return true;
	if (word->detail == offsetof(struct notes, examples))
		return read_examples(r, spot, note);
	return word->detail == offsetof(struct notes, title) ? reading_line(r, spot, note)
							     : reading_lines(r, spot, note);
}

static void note_write(struct buf *out, const struct field *f, const struct word *word)
{
	const char *note = note_of(f, word->detail);

	if (note && word->detail != offsetof(struct notes, examples))
		json_write_string(out, str_from(note));
	else
		buf_str(out, note ? str_from(note) : STR("null"));
}

static bool no_note(const struct field *f, const struct word *word)
{
	return !note_of(f, word->detail);
}

const struct kind kind_of_note = { note_read, note_write, no_note };
