#include "declaration_word.h"

#include "value_json.h"

/* Fields as members of schemas have them: with other bounds, nullable or with another default. One
 * that the server sets has FIELD_INPUT if the class says a default, which it then has in OpenAPI.
 */

enum { OF_MEMBERS = FIELD_STRIP | FIELD_LOWER | FIELD_UPPER | FIELD_FINITE | FIELD_NULLABLE };

static bool is_of_members(const struct word *word)
{
	const struct kind *kind = word->kind;

	if (kind == &kind_of_flag || kind == &kind_of_no_flag)
		return word->detail & OF_MEMBERS;
	return kind == &kind_of_count || kind == &kind_of_limit || kind == &kind_of_pattern ||
	       kind == &kind_of_preset || kind == &kind_of_note;
}

static struct str list_words_of_members(struct reading *r, enum field_type type)
{
	struct str list = STR("required");

	for (size_t i = 0; i < declaration_nwords; i++)
		if (is_of_members(&declaration_words[i]) &&
			has_word(&declaration_words[i], type, true))
			list = arena_printf(r->arena, "%.*s, %s", STR_ARGS(list),
				declaration_words[i].name.ptr);
	return list;
}

static bool override_word(struct reading *r, const struct spot *spot, struct field *f)
{
	bool is_least = str_equal(spot->name, STR("min_length"));

	if (str_equal(spot->name, STR("required")))
		return true;
	for (size_t i = 0; i < declaration_nwords; i++) {
		if (!str_equal(spot->name, declaration_words[i].name) ||
			!is_of_members(&declaration_words[i]) ||
			!has_word(&declaration_words[i], f->type, true))
			continue;
		if (!is_least || !is_null(spot))
			return declaration_words[i].kind->read(r, spot, f, &declaration_words[i]);
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
	if (spot_member(spot, "default").value)
		f->flags |= FIELD_INPUT;
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
	bool is_own = (f->flags ^ field->flags) & FIELD_INPUT;
	if (!has || (had && !is_own && value_equal(&f->preset, &field->preset)))
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
	for (size_t i = 0; i < declaration_nwords; i++) {
		if (!is_overridden(&declaration_words[i], f, field, &scratch))
			continue;
		declaration_begin_word(&w, declaration_words[i].name.ptr);
		declaration_words[i].kind->write(out, f, &declaration_words[i]);
	}
	write_overridden_default(&w, f, field);
	buf_char(out, '}');
	buf_done(&scratch);
}
