/* The values that words have. */
#include "declaration_reading.h"

#include "json_write.h"
#include "log.h"

#define NAME_RULE "a letter, then letters, digits and _, at most %d characters"

bool reading_bool(struct reading *r, const struct spot *spot, bool *value)
{
	if (spot->value->type != JSON_TRUE && spot->value->type != JSON_FALSE)
		return reading_refuse_word(r, spot, STR("true, false"));
	*value = spot->value->type == JSON_TRUE;
	return true;
}

bool reading_text(struct reading *r, const struct spot *spot, struct str *text)
{
	if (spot->value->type != JSON_STRING)
		return reading_refuse_found(r, spot, "allowed is a string");
	*text = spot->value->text;
	return true;
}

static bool is_name(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i], lower = (char)(c | 0x20);
		bool letter = lower >= 'a' && lower <= 'z';
		if (!letter && (i == 0 || ((c < '0' || c > '9') && c != '_')))
			return false;
	}
	return text.len > 0 && text.len <= DECLARATION_NAME_MOST;
}

bool reading_name(struct reading *r, const struct spot *spot, const char **name)
{
	if (spot->value->type != JSON_STRING || !is_name(spot->value->text))
		return reading_refuse_found(
			r, spot, "allowed is a name: " NAME_RULE, DECLARATION_NAME_MOST);
	*name = region_copy(r->region, spot->value->text).ptr;
	return true;
}

bool reading_key_name(struct reading *r, const struct spot *spot, const char **name)
{
	if (!is_name(spot->name))
		return reading_refuse_name(
			r, spot, "not a name; allowed is " NAME_RULE, DECLARATION_NAME_MOST);
	*name = region_copy(r->region, spot->name).ptr;
	return true;
}

/* The digits of a JSON integer, as long as it fits. */
static bool parse_int64(struct str digits, int64_t *value)
{
	bool minus = digits.ptr[0] == '-';
	int64_t n = 0;

	for (size_t i = minus; i < digits.len; i++) {
		int64_t digit = digits.ptr[i] - '0';
		if (__builtin_mul_overflow(n, 10, &n) ||
			__builtin_add_overflow(n, minus ? -digit : digit, &n))
			return false;
	}
	*value = n;
	return true;
}

bool reading_int64(struct reading *r, const struct spot *spot, int64_t *value)
{
	if (spot->value->type != JSON_INT || !parse_int64(spot->value->text, value))
		return reading_refuse_found(r, spot,
			"allowed is an integer from -9223372036854775808 to 9223372036854775807");
	return true;
}

bool reading_limit(struct reading *r, const struct spot *spot, struct limit *limit)
{
	int64_t n = 0;

	*limit = (struct limit){ 0 };
	if (spot->value->type == JSON_NULL)
		return true;
	if (!reading_int64(r, spot, &n))
		return false;
	limit->text = region_copy(r->region, arena_printf(r->arena, "%lld", (long long)n));
	limit->integer = n;
	limit->number = (double)n;
	return true;
}

bool reading_count(
	struct reading *r, const struct spot *spot, uint32_t least, uint32_t most, uint32_t *value)
{
	int64_t n;

	if (spot->value->type != JSON_INT || !parse_int64(spot->value->text, &n) || n < least ||
		n > most)
		return reading_refuse_found(
			r, spot, "allowed is an integer from %u to %u", least, most);
	*value = (uint32_t)n;
	return true;
}

bool reading_object(struct reading *r, const struct spot *spot)
{
	if (spot->value->type != JSON_OBJECT)
		return reading_refuse_found(r, spot, "allowed is an object");
	return true;
}

bool reading_has(struct reading *r, const struct spot *object, const char *word)
{
	return spot_member(object, word).value ||
	       reading_refuse(r, object, "\"%s\" is missing", word);
}

static const char *const on_delete_words[] = {
	[ON_DELETE_CASCADE] = "cascade",
	[ON_DELETE_RESTRICT] = "restrict",
	[ON_DELETE_SET_NULL] = "set_null",
};
_Static_assert(NITEMS(on_delete_words) == ON_DELETE__COUNT, "a kind of deletion has no word");

const char *declaration_on_delete_word(enum on_delete on_delete)
{
	return on_delete_words[on_delete];
}

bool reading_on_delete(struct reading *r, const struct spot *spot, enum on_delete *on_delete)
{
	struct str word = spot->value->type == JSON_STRING ? spot->value->text : STR("");

	for (int i = 0; i < ON_DELETE__COUNT; i++) {
		*on_delete = (enum on_delete)i;
		if (str_equal(word, str_from(on_delete_words[i])))
			return true;
	}
	return reading_refuse_word(r, spot, STR("cascade, restrict, set_null"));
}

bool reading_line(struct reading *r, const struct spot *spot, const char **line)
{
	struct str s = STR("");

	if (!reading_text(r, spot, &s))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
			return reading_refuse_found(
				r, spot, "allowed is text without control characters");
	*line = region_copy(r->region, s).ptr;
	return true;
}

bool reading_lines(struct reading *r, const struct spot *spot, const char **lines)
{
	struct str s = STR("");

	if (!reading_text(r, spot, &s))
		return false;
	if (memchr(s.ptr, '\0', s.len))
		return reading_refuse_found(r, spot, "allowed is text without NUL");
	*lines = region_copy(r->region, s).ptr;
	return true;
}

const char *reading_json(struct reading *r, const struct spot *spot)
{
	struct buf text;

	buf_init(&text, DECLARATION_CANONICAL_MOST);
	json_write(&text, spot->value);
	return reading_keep(r, &text).ptr;
}

bool reading_json_object(struct reading *r, const struct spot *spot, const char **text)
{
	struct buf whole;

	if (!reading_object(r, spot))
		return false;
	buf_init(&whole, DECLARATION_CANONICAL_MOST);
	json_write_whole(&whole, spot->value);
	*text = reading_keep(r, &whole).ptr;
	return true;
}

bool reading_tags(
	struct reading *r, const struct spot *spot, const char *const **tags, unsigned *ntags)
{
	unsigned n = 0;

	if (spot->value->type != JSON_ARRAY)
		return reading_refuse_found(r, spot, "allowed is an array of strings");
	const char **list = region_alloc(r->region, spot->value->count * sizeof(*list));
	for (const struct json *i = spot->value->first; i; i = i->next, n++)
		if (!reading_line(r, spot_item(r, spot, n, i), &list[n]))
			return false;
	*tags = list;
	*ntags = n;
	return true;
}

struct str reading_keep(struct reading *r, struct buf *text)
{
	if (text->failed)
		log_die("out of memory: a text of %s", r->file);
	struct str kept = region_copy(r->region, buf_view(text));
	buf_done(text);
	return kept;
}
