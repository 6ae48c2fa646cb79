/* The words of fields; fields are read and written word by word. */
#include "declaration_word.h"

#include "json_write.h"

/* Items of arrays are fields, too. */

static bool items_read(
	struct reading *r, const struct spot *spot, struct field *f, const struct word *word)
{
	struct field *items = region_alloc(r->region, sizeof(*items));

	(void)word;
	f->items = items;
	return declaration_read_field(r, spot, items, false);
}

static void items_write(struct buf *out, const struct field *f, const struct word *word)
{
	(void)word;
	declaration_write_field(out, f->items, false);
}

static const struct kind kind_of_items = { items_read, items_write, NULL };

/* The words. */

#define MEMBER(name) offsetof(struct field, name)
#define NOTE(name)   offsetof(struct notes, name)

/* clang-format off */
const struct word declaration_words[] = {
	{ STR_INIT("type"),              ALL_TYPES,                  false, &kind_of_type,       0 },
	{ STR_INIT("literal"),           OF(FIELD_LITERAL),          false, &kind_of_choices,    0 },
	{ STR_INIT("enum"),              OF(FIELD_ENUM),             false, &kind_of_choices,    0 },
	{ STR_INIT("items"),             OF(FIELD_ARRAY),            true,  &kind_of_items,      0 },
	{ STR_INIT("to"),                OF(REFERENCE) | OF(FIELD_LINKS), true, &kind_of_to,     0 },
	{ STR_INIT("table"),             OF(FIELD_LINKS),            true,  &kind_of_table,      0 },
	{ STR_INIT("columns"),           OF(FIELD_LINKS),            true,  &kind_of_columns,    0 },
	{ STR_INIT("on_delete"),         OF(REFERENCE),              true,  &kind_of_on_delete,  0 },
	{ STR_INIT("timezone"),          OF(FIELD_DATETIME),         true,  &kind_of_flag,       FIELD_TIMEZONE },
	{ STR_INIT("set"),               TIMES | OF(FIELD_UUID),     true,  &kind_of_set,        0 },
	{ STR_INIT("strip_whitespace"),  TEXTS,                      false, &kind_of_flag,       FIELD_STRIP },
	{ STR_INIT("to_lower"),          TEXTS,                      false, &kind_of_flag,       FIELD_LOWER },
	{ STR_INIT("to_upper"),          TEXTS,                      false, &kind_of_flag,       FIELD_UPPER },
	{ STR_INIT("min_length"),        TEXTS,                      false, &kind_of_count,      MEMBER(len.min) },
	{ STR_INIT("max_length"),        TEXTS,                      false, &kind_of_count,      MEMBER(len.max) },
	{ STR_INIT("pattern"),           PATTERNED,                  false, &kind_of_pattern,    0 },
	{ STR_INIT("ge"),                NUMBERS,                    false, &kind_of_limit,      LIMIT_GE },
	{ STR_INIT("gt"),                NUMBERS,                    false, &kind_of_limit,      LIMIT_GT },
	{ STR_INIT("le"),                NUMBERS,                    false, &kind_of_limit,      LIMIT_LE },
	{ STR_INIT("lt"),                NUMBERS,                    false, &kind_of_limit,      LIMIT_LT },
	{ STR_INIT("multiple_of"),       NUMBERS,                    false, &kind_of_limit,      LIMIT_MULTIPLE_OF },
	{ STR_INIT("max_digits"),        OF(FIELD_DECIMAL),          false, &kind_of_count,      MEMBER(digits) },
	{ STR_INIT("decimal_places"),    OF(FIELD_DECIMAL),          false, &kind_of_count,      MEMBER(places) },
	{ STR_INIT("allow_inf_nan"),     OF(FIELD_NUMBER),           false, &kind_of_no_flag,    FIELD_FINITE },
	{ STR_INIT("nullable"),          ALL_TYPES,                  true,  &kind_of_flag,       FIELD_NULLABLE },
	{ STR_INIT("default"),           ALL_TYPES,                  true,  &kind_of_preset,     0 },
	{ STR_INIT("unique"),            COLUMNS,                    true,  &kind_of_flag,       FIELD_UNIQUE },
	{ STR_INIT("conflict"),          COLUMNS,                    true,  &kind_of_conflict,   0 },
	{ STR_INIT("index"),             COLUMNS,                    true,  &kind_of_flag,       FIELD_INDEX },
	{ STR_INIT("shown"),             COLUMNS,                    true,  &kind_of_no_flag,    FIELD_HIDDEN },
	{ STR_INIT("input"),             ALL_TYPES,                  true,  &kind_of_flag,       FIELD_INPUT },
	{ STR_INIT("title"),             ALL_TYPES,                  true,  &kind_of_note,       NOTE(title) },
	{ STR_INIT("description"),       ALL_TYPES,                  true,  &kind_of_note,       NOTE(description) },
	{ STR_INIT("examples"),          ALL_TYPES,                  true,  &kind_of_note,       NOTE(examples) },
};
/* clang-format on */

const size_t declaration_nwords = NITEMS(declaration_words);

/* Lists of words and types, for messages. */

static struct str list_types(struct reading *r, uint32_t types)
{
	struct str list = STR("");

	for (unsigned t = 0; t < DECLARED_TYPES; t++)
		if (types & OF(t))
			list = arena_printf(r->arena, "%.*s%s%s", STR_ARGS(list),
				list.len ? ", " : "", declaration_type_name(t));
	return list;
}

static struct str list_words(struct reading *r, unsigned type, bool column)
{
	struct str list = STR("");

	for (size_t i = 0; i < declaration_nwords; i++)
		if (has_word(&declaration_words[i], type, column))
			list = arena_printf(r->arena, "%.*s%s%s", STR_ARGS(list),
				list.len ? ", " : "", declaration_words[i].name.ptr);
	return list;
}

/* The types that a declaration says: choices are integers or strings. */
static uint32_t types_with(uint32_t types)
{
	return types & ~CHOICES ? types & ~CHOICES : OF(FIELD_INT) | OF(FIELD_STR);
}

/* Types. */

static bool find_type(struct str name, uint32_t types, unsigned *type)
{
	for (unsigned t = 0; t < DECLARED_TYPES; t++) {
		if (!(types & OF(t)) || !str_equal(name, str_from(declaration_type_name(t))))
			continue;
		*type = t;
		return true;
	}
	return false;
}

/* A string or an integer with a list of its values is a type of its own. */
static unsigned type_with_choices(const struct spot *spot, unsigned type)
{
	if (type != FIELD_STR && type != FIELD_INT)
		return type;
	if (spot_member(spot, "literal").value)
		return FIELD_LITERAL;
	return spot_member(spot, "enum").value ? FIELD_ENUM : type;
}

static bool read_type(struct reading *r, const struct spot *spot, bool column, unsigned *ret_type)
{
	uint32_t types = (column ? ALL_TYPES : SCALARS) & ~CHOICES;
	struct spot type = spot_member(spot, "type");

	if (!type.value)
		return reading_refuse(
			r, spot, "\"type\" is missing; allowed are %s", list_types(r, types).ptr);
	if (type.value->type != JSON_STRING || !find_type(type.value->text, types, ret_type))
		return reading_refuse_word(r, &type, list_types(r, types));
	*ret_type = type_with_choices(spot, *ret_type);
	return true;
}

static enum field_type type_of_reference(const struct reading *r, const struct spot *spot)
{
	struct spot to = spot_member(spot, "to");
	bool is_name = to.value && to.value->type == JSON_STRING;

	return is_name ? declaration_key_type(r, to.value->text) : FIELD_INT;
}

/* Fields. */

static bool read_word(
	struct reading *r, const struct spot *spot, struct field *f, unsigned type, bool column)
{
	for (size_t i = 0; i < declaration_nwords; i++) {
		if (!str_equal(spot->name, declaration_words[i].name))
			continue;
		if (has_word(&declaration_words[i], type, column))
			return declaration_words[i].kind->read(r, spot, f, &declaration_words[i]);
		if (!column && declaration_words[i].of_columns)
			return reading_refuse(
				r, spot, "found in the items of an array; allowed for fields only");
		return reading_refuse(r, spot, "found for type %s; allowed for %s",
			declaration_type_name(type),
			list_types(r, types_with(declaration_words[i].types)).ptr);
	}
	return reading_refuse_key(r, spot, list_words(r, type, column));
}

bool declaration_read_field(
	struct reading *r, const struct spot *spot, struct field *f, bool column)
{
	unsigned type = 0;

	f->flags = column ? FIELD_INPUT : 0;
	f->len.max = f->digits = f->places = FIELD_UNBOUNDED;
	if (!reading_object(r, spot) || !read_type(r, spot, column, &type))
		return false;
	f->type = type == REFERENCE ? type_of_reference(r, spot) : (enum field_type)type;
	if (type == FIELD_LINKS && !declaration_begin_links(r, spot, f))
		return false;
	for (const struct json *k = spot->value->first; k; k = k->next->next) {
		const struct spot word = { spot, k->text, k, k->next };
		if (!read_word(r, &word, f, type, column))
			return false;
	}
	return declaration_check_field(r, spot, f, column);
}

/* A word of a value's bounds, or a note. */
static bool is_bound(const struct word *word, enum field_type type)
{
	if (word->kind == &kind_of_note)
		return true;
	return has_word(word, type, false) && word->kind != &kind_of_type &&
	       word->kind != &kind_of_choices;
}

static struct str list_bounds(struct reading *r, enum field_type type, struct str further)
{
	struct str list = further;

	for (size_t i = 0; i < declaration_nwords; i++)
		if (is_bound(&declaration_words[i], type))
			list = arena_printf(r->arena, "%.*s%s%s", STR_ARGS(list),
				list.len ? ", " : "", declaration_words[i].name.ptr);
	return list;
}

bool declaration_read_bound(
	struct reading *r, const struct spot *spot, struct field *f, struct str further)
{
	for (size_t i = 0; i < declaration_nwords; i++)
		if (is_bound(&declaration_words[i], f->type) &&
			str_equal(spot->name, declaration_words[i].name))
			return declaration_words[i].kind->read(r, spot, f, &declaration_words[i]);
	return reading_refuse_key(r, spot, list_bounds(r, f->type, further));
}

static void write_bounds(struct buf *out, const struct field *f, bool notes_only)
{
	for (size_t i = 0; i < declaration_nwords; i++) {
		if (!is_bound(&declaration_words[i], f->type) ||
			declaration_words[i].kind->is_default(f, &declaration_words[i]) ||
			(notes_only && declaration_words[i].kind != &kind_of_note))
			continue;
		buf_str(out, STR(", "));
		json_write_plain(out, declaration_words[i].name);
		buf_str(out, STR(": "));
		declaration_words[i].kind->write(out, f, &declaration_words[i]);
	}
}

void declaration_write_bounds(struct buf *out, const struct field *f)
{
	write_bounds(out, f, false);
}

void declaration_write_notes(struct buf *out, const struct field *f)
{
	write_bounds(out, f, true);
}

/* No word says that a field has no default, or no words for conflicts; notes are seldom there. */
static bool is_written(const struct word *word, const struct field *f, bool column, bool brief)
{
	if (!has_word(word, declared_type(f), column))
		return false;
	if (!brief && word->kind != &kind_of_preset && word->kind != &kind_of_conflict &&
		word->kind != &kind_of_note)
		return true;
	return !word->kind->is_default || !word->kind->is_default(f, word);
}

static void write_words(struct buf *out, const struct field *f, bool column, bool brief)
{
	struct str comma = STR("");

	buf_char(out, '{');
	for (size_t i = 0; i < declaration_nwords; i++) {
		if (!is_written(&declaration_words[i], f, column, brief))
			continue;
		buf_str(out, comma);
		json_write_plain(out, declaration_words[i].name);
		buf_str(out, STR(": "));
		declaration_words[i].kind->write(out, f, &declaration_words[i]);
		comma = STR(", ");
	}
	buf_char(out, '}');
}

void declaration_write_field(struct buf *out, const struct field *f, bool column)
{
	write_words(out, f, column, false);
}

void declaration_write_field_briefly(struct buf *out, const struct field *f)
{
	write_words(out, f, true, true);
}
