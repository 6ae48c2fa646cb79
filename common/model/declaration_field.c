/* The words of fields: one row for each, from which fields are read and written. */
#include "declaration_reading.h"

#include "json_write.h"
#include "table.h"
#include "value_json.h"

#include <stdlib.h>

enum { PATTERN_ERROR_MAX = 256 };

/* The types that declarations have are those of fields, and this one: the field is of the type of
 * the key to which it refers. */
enum { REFERENCE = FIELD_TYPE__COUNT, DECLARED_TYPES };

#define OF(type)  (UINT32_C(1) << (type))
#define TEXTS     (OF(FIELD_STR) | OF(FIELD_TEXT) | OF(FIELD_EMAIL) | OF(FIELD_URL))
#define PATTERNED (TEXTS & ~OF(FIELD_URL)) /* Pydantic refuses one of an HttpUrl */
#define NUMBERS   (OF(FIELD_INT) | OF(FIELD_NUMBER) | OF(FIELD_DECIMAL))
#define TIMES     (OF(FIELD_DATE) | OF(FIELD_TIME) | OF(FIELD_DATETIME))
#define CHOICES   (OF(FIELD_LITERAL) | OF(FIELD_ENUM))
#define ALL_TYPES (OF(DECLARED_TYPES) - 1)
#define SCALARS   (ALL_TYPES & ~(OF(FIELD_OBJECT) | OF(FIELD_ARRAY) | OF(REFERENCE)))

/* clang-format off */
#define TYPE_NAMES(ROW) \
	ROW(FIELD_INT,       "integer") \
	ROW(FIELD_NUMBER,    "number") \
	ROW(FIELD_DECIMAL,   "decimal") \
	ROW(FIELD_BOOL,      "boolean") \
	ROW(FIELD_STR,       "string") \
	ROW(FIELD_TEXT,      "text") \
	ROW(FIELD_EMAIL,     "email") \
	ROW(FIELD_URL,       "url") \
	ROW(FIELD_UUID,      "uuid") \
	ROW(FIELD_DATE,      "date") \
	ROW(FIELD_TIME,      "time") \
	ROW(FIELD_DATETIME,  "datetime") \
	ROW(FIELD_ENUM,      "enum") \
	ROW(FIELD_LITERAL,   "literal") \
	ROW(FIELD_OBJECT,    "object") \
	ROW(FIELD_ARRAY,     "array") \
	ROW(REFERENCE,       "reference")
/* clang-format on */

static const struct type_name {
	const char *name;
} type_names[] = { TYPE_NAMES(TABLE_ROW) };
TABLE_IS_WHOLE(TYPE_NAMES, DECLARED_TYPES);

struct word;

/* What words of one kind have in common: what a word says of a field, and the field itself while it
 * is read. */
struct kind {
	bool (*read)(struct reading *r, const struct spot *spot, struct field *f,
		const struct word *word);
	void (*write)(struct buf *out, const struct field *f, const struct word *word);
	/* True if a field without the word is the same. NULL: it never is. */
	bool (*is_default)(const struct field *f, const struct word *word);
};

/* The type of a field that was read, as the declaration has it. */
static unsigned declared_type(const struct field *f)
{
	return f->to ? REFERENCE : f->type;
}

struct word {
	struct str name;
	uint32_t types;  /* the types of fields that have it */
	bool of_columns; /* items of arrays do not have it */
	const struct kind *kind;
	unsigned detail; /* for the functions */
};

static bool is_null(const struct spot *spot)
{
	return spot->value->type == JSON_NULL;
}

/* Flags. */

static bool flag_read(
	struct reading *r, const struct spot *spot, struct field *f, const struct word *word)
{
	bool on;

	if (!reading_bool(r, spot, &on))
		return false;
	f->flags = on ? f->flags | word->detail : f->flags & ~word->detail;
	return true;
}

static bool no_flag_read(
	struct reading *r, const struct spot *spot, struct field *f, const struct word *word)
{
	bool off;

	if (!reading_bool(r, spot, &off))
		return false;
	f->flags = off ? f->flags & ~word->detail : f->flags | word->detail;
	return true;
}

static void flag_write(struct buf *out, const struct field *f, const struct word *word)
{
	buf_str(out, f->flags & word->detail ? STR("true") : STR("false"));
}

static void no_flag_write(struct buf *out, const struct field *f, const struct word *word)
{
	buf_str(out, f->flags & word->detail ? STR("false") : STR("true"));
}

/* Clients send a field, unless the server sets it. */
static bool flag_is_default(const struct field *f, const struct word *word)
{
	unsigned plain = f->flags & (FIELD_NOW | FIELD_NOW_TOO) ? 0 : FIELD_INPUT;

	return ((f->flags ^ plain) & word->detail) == 0;
}

static const struct kind kind_of_flag = { flag_read, flag_write, flag_is_default };
static const struct kind kind_of_no_flag = { no_flag_read, no_flag_write, flag_is_default };

/* Counts; null: any. */

enum { COUNT_MOST = 1000 * 1000 * 1000 };

static uint32_t *count_of(struct field *f, unsigned member)
{
	return (uint32_t *)(void *)((char *)f + member);
}

static bool count_read(
	struct reading *r, const struct spot *spot, struct field *f, const struct word *word)
{
	uint32_t least = word->detail == offsetof(struct field, digits);

	if (is_null(spot) && word->detail != offsetof(struct field, len.min)) {
		*count_of(f, word->detail) = FIELD_UNBOUNDED;
		return true;
	}
	return reading_count(r, spot, least, COUNT_MOST, count_of(f, word->detail));
}

static uint32_t count_in(const struct field *f, unsigned member)
{
	uint32_t count;

	memcpy(&count, (const char *)f + member, sizeof(count));
	return count;
}

static void count_write(struct buf *out, const struct field *f, const struct word *word)
{
	uint32_t count = count_in(f, word->detail);

	if (count == FIELD_UNBOUNDED)
		buf_str(out, STR("null"));
	else
		buf_int(out, count);
}

static bool count_is_default(const struct field *f, const struct word *word)
{
	bool least = word->detail == offsetof(struct field, len.min);

	return count_in(f, word->detail) == (least ? 0 : FIELD_UNBOUNDED);
}

static const struct kind kind_of_count = { count_read, count_write, count_is_default };

/* Limits; null: none. */

static bool limit_read(
	struct reading *r, const struct spot *spot, struct field *f, const struct word *word)
{
	struct field number = {
		.type = f->type, .digits = FIELD_UNBOUNDED, .places = FIELD_UNBOUNDED
	};
	struct limit *limit = &f->limits[word->detail];
	struct value value;
	struct buf text;

	*limit = (struct limit){ 0 };
	if (is_null(spot))
		return true;
	if (!declaration_read_value(r, spot, &number, &value))
		return false;
	buf_init(&text, DECLARATION_MOST);
	if (value.kind == VALUE_STR)
		buf_str(&text, value.text);
	else if (spot->value->type == JSON_INT)
		buf_str(&text, spot->value->text);
	else
		json_write_double(&text, value.number);
	limit->text = reading_keep(r, &text);
	limit->integer = value.kind == VALUE_INT ? value.integer : 0;
	limit->number = strtod(limit->text.ptr, NULL);
	if (word->detail == LIMIT_MULTIPLE_OF && !(limit->number > 0))
		return reading_refuse_found(r, spot, "allowed is a number above 0");
	return true;
}

static void limit_write(struct buf *out, const struct field *f, const struct word *word)
{
	struct str text = f->limits[word->detail].text;

	buf_str(out, text.ptr ? text : STR("null"));
}

static bool limit_is_default(const struct field *f, const struct word *word)
{
	return !f->limits[word->detail].text.ptr;
}

static const struct kind kind_of_limit = { limit_read, limit_write, limit_is_default };

/* Patterns; null: none. */

static bool is_valid_pattern(struct reading *r, const struct spot *spot, struct str text)
{
	struct buf what;

	buf_init(&what, PATTERN_ERROR_MAX);
	bool valid = !r->check_pattern || r->check_pattern(text, &what);
	if (!valid)
		reading_refuse(r, spot, "not a valid pattern: %.*s", STR_ARGS(buf_view(&what)));
	buf_done(&what);
	return valid;
}

static bool pattern_read(
	struct reading *r, const struct spot *spot, struct field *f, const struct word *word)
{
	struct str text;

	(void)word;
	f->pattern = (struct str){ 0 };
	if (is_null(spot))
		return true;
	if (!reading_text(r, spot, &text) || !is_valid_pattern(r, spot, text))
		return false;
	f->pattern = region_copy(r->region, text);
	return true;
}

static void pattern_write(struct buf *out, const struct field *f, const struct word *word)
{
	(void)word;
	if (f->pattern.ptr)
		json_write_string(out, f->pattern);
	else
		buf_str(out, STR("null"));
}

static bool pattern_is_default(const struct field *f, const struct word *word)
{
	(void)word;
	return !f->pattern.ptr;
}

static const struct kind kind_of_pattern = { pattern_read, pattern_write, pattern_is_default };

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

static const struct kind kind_of_set = { set_read, set_write, set_is_default };

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
	(void)word;
	json_write_string(out, str_from(f->to->name));
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

static const struct kind kind_of_to = { to_read, to_write, NULL };
static const struct kind kind_of_on_delete = { on_delete_read, on_delete_write,
	on_delete_is_default };

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
	json_write_string(out, str_from(type_names[type].name));
}

static const struct kind kind_of_type = { read_elsewhere, type_write, NULL };

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

static const struct kind kind_of_preset = { read_elsewhere, default_write, no_default };

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

static const struct kind kind_of_choices = { choices_read, choices_write, NULL };

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

static const struct kind kind_of_conflict = { conflict_read, conflict_write, no_conflict };

#define MEMBER(name) offsetof(struct field, name)

/* clang-format off */
static const struct word words[] = {
	{ STR_INIT("type"),              ALL_TYPES,                  false, &kind_of_type,       0 },
	{ STR_INIT("literal"),           OF(FIELD_LITERAL),          false, &kind_of_choices,    0 },
	{ STR_INIT("enum"),              OF(FIELD_ENUM),             false, &kind_of_choices,    0 },
	{ STR_INIT("items"),             OF(FIELD_ARRAY),            true,  &kind_of_items,      0 },
	{ STR_INIT("to"),                OF(REFERENCE),              true,  &kind_of_to,         0 },
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
	{ STR_INIT("unique"),            ALL_TYPES,                  true,  &kind_of_flag,       FIELD_UNIQUE },
	{ STR_INIT("conflict"),          ALL_TYPES,                  true,  &kind_of_conflict,   0 },
	{ STR_INIT("index"),             ALL_TYPES,                  true,  &kind_of_flag,       FIELD_INDEX },
	{ STR_INIT("shown"),             ALL_TYPES,                  true,  &kind_of_no_flag,    FIELD_HIDDEN },
	{ STR_INIT("input"),             ALL_TYPES,                  true,  &kind_of_flag,       FIELD_INPUT },
};
/* clang-format on */

static bool has_word(const struct word *word, unsigned type, bool column)
{
	return word->types & OF(type) && (column || !word->of_columns);
}

/* Lists of words and types, for messages. */

static struct str list_types(struct reading *r, uint32_t types)
{
	struct str list = STR("");

	for (unsigned t = 0; t < DECLARED_TYPES; t++)
		if (types & OF(t))
			list = arena_printf(r->arena, "%.*s%s%s", STR_ARGS(list),
				list.len ? ", " : "", type_names[t].name);
	return list;
}

static struct str list_words(struct reading *r, unsigned type, bool column)
{
	struct str list = STR("");

	for (size_t i = 0; i < NITEMS(words); i++)
		if (has_word(&words[i], type, column))
			list = arena_printf(r->arena, "%.*s%s%s", STR_ARGS(list),
				list.len ? ", " : "", words[i].name.ptr);
	return list;
}

/* The types that a declaration says: choices are integers or strings. */
static uint32_t types_with(uint32_t types)
{
	return types & CHOICES ? OF(FIELD_INT) | OF(FIELD_STR) : types;
}

/* Types. */

static bool find_type(struct str name, uint32_t types, unsigned *type)
{
	for (unsigned t = 0; t < DECLARED_TYPES; t++) {
		if (!(types & OF(t)) || !str_equal(name, str_from(type_names[t].name)))
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
	for (size_t i = 0; i < NITEMS(words); i++) {
		if (!str_equal(spot->name, words[i].name))
			continue;
		if (has_word(&words[i], type, column))
			return words[i].kind->read(r, spot, f, &words[i]);
		if (!column && words[i].of_columns)
			return reading_refuse(
				r, spot, "found in the items of an array; allowed for fields only");
		return reading_refuse(r, spot, "found for type %s; allowed for %s",
			type_names[type].name, list_types(r, types_with(words[i].types)).ptr);
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
	for (const struct json *k = spot->value->first; k; k = k->next->next) {
		const struct spot word = { spot, k->text, k, k->next };
		if (!read_word(r, &word, f, type, column))
			return false;
	}
	return declaration_check_field(r, spot, f, column);
}

/* A word of a value's bounds. */
static bool is_bound(const struct word *word, enum field_type type)
{
	return has_word(word, type, false) && word->kind != &kind_of_type &&
	       word->kind != &kind_of_choices;
}

static struct str list_bounds(struct reading *r, enum field_type type, struct str further)
{
	struct str list = further;

	for (size_t i = 0; i < NITEMS(words); i++)
		if (is_bound(&words[i], type))
			list = arena_printf(r->arena, "%.*s%s%s", STR_ARGS(list),
				list.len ? ", " : "", words[i].name.ptr);
	return list;
}

bool declaration_read_bound(
	struct reading *r, const struct spot *spot, struct field *f, struct str further)
{
	for (size_t i = 0; i < NITEMS(words); i++)
		if (is_bound(&words[i], f->type) && str_equal(spot->name, words[i].name))
			return words[i].kind->read(r, spot, f, &words[i]);
	return reading_refuse_key(r, spot, list_bounds(r, f->type, further));
}

void declaration_write_bounds(struct buf *out, const struct field *f)
{
	for (size_t i = 0; i < NITEMS(words); i++) {
		if (!is_bound(&words[i], f->type) || words[i].kind->is_default(f, &words[i]))
			continue;
		buf_str(out, STR(", "));
		json_write_plain(out, words[i].name);
		buf_str(out, STR(": "));
		words[i].kind->write(out, f, &words[i]);
	}
}

/* No word says that a field has no default, or no words for conflicts. */
static bool is_written(const struct word *word, const struct field *f, bool column, bool brief)
{
	if (!has_word(word, declared_type(f), column))
		return false;
	if (!brief && word->kind != &kind_of_preset && word->kind != &kind_of_conflict)
		return true;
	return !word->kind->is_default || !word->kind->is_default(f, word);
}

static void write_words(struct buf *out, const struct field *f, bool column, bool brief)
{
	struct str comma = STR("");

	buf_char(out, '{');
	for (size_t i = 0; i < NITEMS(words); i++) {
		if (!is_written(&words[i], f, column, brief))
			continue;
		buf_str(out, comma);
		json_write_plain(out, words[i].name);
		buf_str(out, STR(": "));
		words[i].kind->write(out, f, &words[i]);
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

/* Fields as members of schemas have them: with other bounds, nullable or with another default. */

enum { OF_MEMBERS = FIELD_STRIP | FIELD_LOWER | FIELD_UPPER | FIELD_FINITE | FIELD_NULLABLE };

static bool is_of_members(const struct word *word)
{
	const struct kind *kind = word->kind;

	if (kind == &kind_of_flag || kind == &kind_of_no_flag)
		return word->detail & OF_MEMBERS;
	return kind == &kind_of_count || kind == &kind_of_limit || kind == &kind_of_pattern ||
	       kind == &kind_of_preset;
}

static struct str list_words_of_members(struct reading *r, enum field_type type)
{
	struct str list = STR("required");

	for (size_t i = 0; i < NITEMS(words); i++)
		if (is_of_members(&words[i]) && has_word(&words[i], type, true))
			list = arena_printf(
				r->arena, "%.*s, %s", STR_ARGS(list), words[i].name.ptr);
	return list;
}

static bool override_word(struct reading *r, const struct spot *spot, struct field *f)
{
	bool is_least = str_equal(spot->name, STR("min_length"));

	if (str_equal(spot->name, STR("required")))
		return true;
	for (size_t i = 0; i < NITEMS(words); i++) {
		if (!str_equal(spot->name, words[i].name) || !is_of_members(&words[i]) ||
			!has_word(&words[i], f->type, true))
			continue;
		if (!is_least || !is_null(spot))
			return words[i].kind->read(r, spot, f, &words[i]);
		f->len.min = 0;
		return true;
	}
	return reading_refuse_key(r, spot, list_words_of_members(r, f->type));
}

/* `required`: whether the member is without a default. */
static bool override_required(struct reading *r, const struct spot *spot, struct field *f)
{
	struct spot word = spot_member(spot, "required"), preset = spot_member(spot, "default");
	bool required;

	if (!word.value)
		return true;
	if (!reading_bool(r, &word, &required))
		return false;
	if (required && preset.value)
		return reading_refuse_pair(r, spot, "required", "default");
	if (required)
		f->flags &= ~(unsigned)FIELD_PRESET;
	return required || f->flags & FIELD_PRESET ||
	       reading_refuse_found(r, &word, "allowed only with \"default\"");
}

/* A default that the field has by itself. */
static bool check_inherited(struct reading *r, const struct spot *spot, const struct field *f)
{
	if (!(f->flags & FIELD_PRESET) || spot_member(spot, "default").value)
		return true;
	if (f->preset.kind != VALUE_NULL)
		return declaration_check_value(r, spot, f, &f->preset);
	return f->flags & FIELD_NULLABLE ||
	       reading_refuse(r, spot, "the default is null; allowed only with \"nullable\": true");
}

bool declaration_override_field(struct reading *r, const struct spot *spot,
	const struct field *field, const struct field **ret)
{
	struct field *f = region_alloc(r->region, sizeof(*f));

	*f = *field;
	for (const struct json *k = spot->value->first; k; k = k->next->next)
		if (!override_word(r, spot_child(r, spot, k->text, k, k->next), f))
			return false;
	*ret = f;
	return declaration_check_bounds(r, spot, f) && declaration_read_default(r, spot, f) &&
	       override_required(r, spot, f) && check_inherited(r, spot, f);
}

static bool says_the_same(
	const struct word *word, const struct field *a, const struct field *b, struct buf *scratch)
{
	buf_reset(scratch, 0);
	word->kind->write(scratch, a, word);
	size_t n = buf_len(scratch);
	word->kind->write(scratch, b, word);
	struct str text = buf_view(scratch);
	return str_equal((struct str){ text.ptr, n }, str_from_index(text, n));
}

/* The default is written by itself. */
static bool is_overridden(const struct word *word, const struct field *f, const struct field *field,
	struct buf *scratch)
{
	return is_of_members(word) && word->kind != &kind_of_preset &&
	       has_word(word, f->type, true) && !says_the_same(word, f, field, scratch);
}

static void write_overridden_default(
	struct words_out *w, const struct field *f, const struct field *field)
{
	bool has = f->flags & FIELD_PRESET, had = field->flags & FIELD_PRESET;

	if (had && !has)
		declaration_write_json(w, "required", "true");
	if (!has || (had && value_equal(&f->preset, &field->preset)))
		return;
	declaration_begin_word(w, "default");
	value_json_write(w->out, f, &f->preset);
}

void declaration_write_override(struct buf *out, const struct field *f, const struct field *field)
{
	struct words_out w = { .out = out };
	struct buf scratch;

	buf_init(&scratch, DECLARATION_MOST);
	buf_char(out, '{');
	for (size_t i = 0; i < NITEMS(words); i++) {
		if (!is_overridden(&words[i], f, field, &scratch))
			continue;
		declaration_begin_word(&w, words[i].name.ptr);
		words[i].kind->write(out, f, &words[i]);
	}
	write_overridden_default(&w, f, field);
	buf_char(out, '}');
	buf_done(&scratch);
}
