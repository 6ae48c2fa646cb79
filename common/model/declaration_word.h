/*
 * Words of fields, one row for each, from which fields are read and written. For
 * declaration_field*.c and declaration_word*.c.
 */
#ifndef POSTERN_MODEL_DECLARATION_WORD_H
#define POSTERN_MODEL_DECLARATION_WORD_H

#include "declaration_reading.h"

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
#define COLUMNS   (ALL_TYPES & ~OF(FIELD_LINKS))
#define SCALARS   (COLUMNS & ~(OF(FIELD_OBJECT) | OF(FIELD_ARRAY) | OF(REFERENCE)))

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

struct word {
	struct str name;
	uint32_t types;  /* the types of fields that have it */
	bool of_columns; /* items of arrays do not have it */
	const struct kind *kind;
	unsigned detail; /* for the functions */
};

extern const struct kind kind_of_flag, kind_of_no_flag, kind_of_count, kind_of_limit,
	kind_of_pattern, kind_of_set, kind_of_to, kind_of_on_delete, kind_of_type, kind_of_table,
	kind_of_columns, kind_of_preset, kind_of_choices, kind_of_conflict, kind_of_note;

extern const struct word declaration_words[];
extern const size_t declaration_nwords;

/* The name of a type, one of DECLARED_TYPES. */
const char *declaration_type_name(unsigned type);

/* The type of a field that was read, as the declaration has it. */
static inline unsigned declared_type(const struct field *f)
{
	return f->to ? REFERENCE : f->type;
}

/* True if fields of the type have the word; column: false for the items of an array. */
static inline bool has_word(const struct word *word, unsigned type, bool column)
{
	return word->types & OF(type) && (column || !word->of_columns);
}

static inline bool is_null(const struct spot *spot)
{
	return spot->value->type == JSON_NULL;
}

#endif
