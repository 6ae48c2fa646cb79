#include "declaration_extends.h"

#include "plain_decimal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A field or an item of an array, in both declarations. */
struct pair {
	const struct resource *resource;
	const struct schema *schema; /* NULL: the field itself, not a member */
	const char *name;            /* of the field */
	bool is_item;
	bool is_key; /* the parameter of paths */
	const struct field *now, *old;
	struct buf *why;
};

__attribute__((format(printf, 3, 4))) static bool refuse(
	const struct pair *p, const char *word, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (p->is_key)
		buf_printf(p->why, "resources.%s.key.%s: ", p->resource->name, word);
	else
		buf_printf(p->why, "resources.%s.%s%s.%s%s%s%s: ", p->resource->name,
			p->schema ? "schemas." : "fields", p->schema ? p->schema->name : "",
			p->name, p->is_item ? ".items" : "", word ? "." : "", word ? word : "");
	buf_str(p->why, str_from(text));
	return false;
}

/* Types and flags. */

/* The words of both types, as declared: an enum and a literal are words of a string or integer. */
static const char *type_name(const struct field *f)
{
	static const char *const names[] = {
		[FIELD_INT] = "integer",
		[FIELD_NUMBER] = "number",
		[FIELD_DECIMAL] = "decimal",
		[FIELD_BOOL] = "boolean",
		[FIELD_STR] = "string",
		[FIELD_TEXT] = "text",
		[FIELD_EMAIL] = "email",
		[FIELD_URL] = "url",
		[FIELD_UUID] = "uuid",
		[FIELD_DATE] = "date",
		[FIELD_TIME] = "time",
		[FIELD_DATETIME] = "datetime",
		[FIELD_ENUM] = "enum",
		[FIELD_LITERAL] = "literal",
		[FIELD_OBJECT] = "object",
		[FIELD_ARRAY] = "array",
	};
	_Static_assert(NITEMS(names) == FIELD_TYPE__COUNT, "a type has no name");

	return f->to ? "reference" : names[f->type];
}

static bool same_type(const struct pair *p)
{
	if (p->now->type != p->old->type || !p->now->to != !p->old->to)
		return refuse(p, "type", "%s, was %s", type_name(p->now), type_name(p->old));
	if (p->now->to && strcmp(p->now->to->name, p->old->to->name) != 0)
		return refuse(p, "to", "%s, was %s", p->now->to->name, p->old->to->name);
	return true;
}

/* How each flag may change. Those that are not here may change in any way. */
static const struct flag_rule {
	enum field_flag flag;
	enum { NEVER, MAY_COME, MAY_GO } change;
	const char *word;
	const char *came, *went; /* what is said of a change that is refused */
} flag_rules[] = {
	{ FIELD_INPUT, NEVER, "input", "true, was false", "false, was true" },
	{ FIELD_UNIQUE, MAY_GO, "unique", "true, was false", NULL },
	{ FIELD_NOW, NEVER, "set", "changed", "changed" },
	{ FIELD_NOW_TOO, NEVER, "set", "changed", "changed" },
	{ FIELD_NULLABLE, MAY_COME, "nullable", NULL, "false, was true" },
	{ FIELD_PRESET, MAY_COME, "default", NULL, "removed" },
	{ FIELD_TIMEZONE, NEVER, "timezone", "true, was false", "false, was true" },
	{ FIELD_STRIP, NEVER, "strip_whitespace", "true, was false", "false, was true" },
	{ FIELD_LOWER, NEVER, "to_lower", "true, was false", "false, was true" },
	{ FIELD_UPPER, NEVER, "to_upper", "true, was false", "false, was true" },
	{ FIELD_FINITE, MAY_GO, "allow_inf_nan", "false, was true", NULL },
};

static bool flag_extends(const struct pair *p, const struct flag_rule *rule)
{
	bool now = p->now->flags & rule->flag, old = p->old->flags & rule->flag;

	if (now == old || rule->change == (now ? MAY_COME : MAY_GO))
		return true;
	return refuse(p, rule->word, "%s", now ? rule->came : rule->went);
}

static bool flags_extend(const struct pair *p)
{
	for (size_t i = 0; i < NITEMS(flag_rules); i++)
		if (!flag_extends(p, &flag_rules[i]))
			return false;
	return true;
}

/* Bounds. */

static const char *bound_text(char text[16], uint32_t bound)
{
	if (bound == FIELD_UNBOUNDED)
		snprintf(text, 16, "none");
	else
		snprintf(text, 16, "%u", bound);
	return text;
}

static bool most_extends(const struct pair *p, const char *word, uint32_t now, uint32_t old)
{
	char a[16], b[16];

	return now >= old || refuse(p, word, "%s, was %s", bound_text(a, now), bound_text(b, old));
}

/* Digits before the point. Pydantic allows max_digits - decimal_places if both are declared. */
static uint32_t whole_digits(const struct field *f)
{
	if (f->digits == FIELD_UNBOUNDED || f->places == FIELD_UNBOUNDED)
		return f->digits;
	return f->digits - f->places;
}

static bool sizes_extend(const struct pair *p)
{
	const struct field *now = p->now, *old = p->old;

	if (now->len.min > old->len.min)
		return refuse(p, "min_length", "%u, was %u", now->len.min, old->len.min);
	if (!most_extends(p, "max_length", now->len.max, old->len.max) ||
		!most_extends(p, "max_digits", now->digits, old->digits) ||
		!most_extends(p, "decimal_places", now->places, old->places))
		return false;
	return whole_digits(now) >= whole_digits(old) ||
	       refuse(p, "max_digits", "%u digits before the point, were %u", whole_digits(now),
		       whole_digits(old));
}

static int compare_limits(enum field_type type, const struct limit *a, const struct limit *b)
{
	if (type == FIELD_INT)
		return (a->integer > b->integer) - (a->integer < b->integer);
	if (type == FIELD_DECIMAL)
		return plain_decimal_compare(a->text, b->text);
	return (a->number > b->number) - (a->number < b->number);
}

/* The tighter one of two limits on the same side. The side is 1 for upper limits, -1 for lower
 * ones. NULL: there is no limit. */
static const struct limit *tighter(
	const struct field *f, enum field_limit closed, enum field_limit open, int side)
{
	const struct limit *a = &f->limits[closed], *b = &f->limits[open];

	if (!a->text.ptr || !b->text.ptr)
		return a->text.ptr ? a : b->text.ptr ? b : NULL;
	return side * compare_limits(f->type, a, b) < 0 ? a : b;
}

static bool side_extends(
	const struct pair *p, enum field_limit closed, enum field_limit open, int side)
{
	const char *const words[LIMIT__COUNT] = {
		[LIMIT_LE] = "le", [LIMIT_LT] = "lt", [LIMIT_GE] = "ge", [LIMIT_GT] = "gt"
	};
	const struct limit *now = tighter(p->now, closed, open, side);
	const struct limit *old = tighter(p->old, closed, open, side);

	if (!now)
		return true;
	enum field_limit word = (enum field_limit)(now - p->now->limits);
	if (!old)
		return refuse(p, words[word], "%.*s, was none", STR_ARGS(now->text));
	int order = side * compare_limits(p->now->type, now, old);
	enum field_limit was = (enum field_limit)(old - p->old->limits);
	bool fine = order > 0 || (order == 0 && (word == closed || was == open));
	return fine || refuse(p, words[word], "%.*s, was %s %.*s", STR_ARGS(now->text), words[was],
			       STR_ARGS(old->text));
}

/* Each multiple of the old number is one of the new one. */
static bool multiples_extend(const struct pair *p)
{
	const struct limit *now = &p->now->limits[LIMIT_MULTIPLE_OF];
	const struct limit *old = &p->old->limits[LIMIT_MULTIPLE_OF];
	bool fine = !now->text.ptr;

	if (!fine && old->text.ptr)
		fine = str_equal(now->text, old->text) ||
		       (p->now->type == FIELD_INT && old->integer % now->integer == 0);
	return fine || refuse(p, "multiple_of", "%.*s, was %.*s", STR_ARGS(now->text),
			       STR_ARGS(old->text.ptr ? old->text : STR("none")));
}

static bool limits_extend(const struct pair *p)
{
	return side_extends(p, LIMIT_LE, LIMIT_LT, 1) && side_extends(p, LIMIT_GE, LIMIT_GT, -1) &&
	       multiples_extend(p);
}

static bool pattern_extends(const struct pair *p)
{
	struct str now = p->now->pattern, old = p->old->pattern;

	if (!now.ptr || (old.ptr && str_equal(now, old)))
		return true;
	return refuse(p, "pattern", "%s", old.ptr ? "changed" : "added");
}

/* Choices. */

static bool choices_extend(const struct pair *p)
{
	const struct choices *now = p->now->choices, *old = p->old->choices;
	const char *word = p->now->type == FIELD_ENUM ? "enum" : "literal";

	if (!old)
		return true;
	if (now->integers != old->integers)
		return refuse(p, word, "%s, were %s", now->integers ? "integers" : "strings",
			old->integers ? "integers" : "strings");
	for (unsigned i = 0; i < old->count; i++) {
		const struct choice *choice = &old->list[i];
		if (choices_find(now, old, i) < now->count)
			continue;
		if (old->schema)
			return refuse(p, word, "%.*s removed or changed", STR_ARGS(choice->name));
		if (old->integers)
			return refuse(p, word, "%lld removed", (long long)choice->integer);
		return refuse(p, word, "\"%.*s\" removed", STR_ARGS(choice->text));
	}
	return true;
}

/* Fields. */

static bool value_extends(const struct pair *p)
{
	return same_type(p) && flags_extend(p) && sizes_extend(p) && limits_extend(p) &&
	       pattern_extends(p) && choices_extend(p);
}

static bool field_extends(struct pair p)
{
	if (!value_extends(&p))
		return false;
	if (!p.old->items)
		return true;
	p.is_item = true;
	p.now = p.now->items;
	p.old = p.old->items;
	return value_extends(&p);
}

static bool old_fields_extend(
	const struct resource *now, const struct resource *old, struct buf *why)
{
	for (unsigned i = 0; i < old->nfields; i++) {
		struct pair p = { .resource = old, .name = old->fields[i].name, .why = why };
		p.old = &old->fields[i];
		unsigned field = resource_field_named(now, p.name);
		if (field == now->nfields)
			return refuse(&p, NULL, "removed");
		p.now = &now->fields[field];
		if (!field_extends(p))
			return false;
	}
	return true;
}

static bool new_fields_extend(
	const struct resource *now, const struct resource *old, struct buf *why)
{
	enum { HAS_VALUE = FIELD_NULLABLE | FIELD_PRESET | FIELD_NOW | FIELD_NOW_TOO };

	for (unsigned i = 0; i < now->nfields; i++) {
		const struct field *f = &now->fields[i];
		struct pair p = { .resource = old, .name = f->name, .now = f, .why = why };
		if (resource_field_named(old, f->name) == old->nfields && !(f->flags & HAS_VALUE))
			return refuse(&p, NULL,
				"a new field needs a default, or to be nullable or set by the "
				"server");
	}
	return true;
}

/* Resources. */

static bool same_text(const struct resource *old, const char *word, const char *now_text,
	const char *old_text, struct buf *why)
{
	if (strcmp(now_text, old_text) == 0)
		return true;
	buf_printf(why, "resources.%s.%s: %s, was %s", old->name, word, now_text, old_text);
	return false;
}

/* Keys. The column's index may come and go. */
static bool key_extends(const struct resource *now, const struct resource *old, struct buf *why)
{
	const struct field *now_key = &now->fields[RESOURCE_KEY];
	const struct field *old_key = &old->fields[RESOURCE_KEY];
	const struct pair p = { .resource = old,
		.is_key = true,
		.now = &now->key_parameter,
		.old = &old->key_parameter,
		.why = why };

	return same_text(old, "key.name", now_key->name, old_key->name, why) &&
	       same_text(old, "key.type", type_name(now_key), type_name(old_key), why) &&
	       same_text(old, "key.parameter", p.now->name, p.old->name, why) && limits_extend(&p);
}

/* Before the fields that refer to them. */
static bool keys_extend(const struct api *a, const struct api *old, struct buf *why)
{
	for (unsigned i = 0; i < old->nresources; i++) {
		const struct resource *r = old->resources[i];
		const struct resource *now = api_resource_named(a, r->name);
		if (now && !key_extends(now, r, why))
			return false;
	}
	return true;
}

/* Lists: rows, their order and what a client may ask for are the same. */

static bool same_bounds(const struct field *a, const struct field *b)
{
	for (unsigned l = 0; l < LIMIT__COUNT; l++)
		if (!str_equal(a->limits[l].text, b->limits[l].text))
			return false;
	return a->len.min == b->len.min && a->len.max == b->len.max && a->digits == b->digits &&
	       a->places == b->places && str_equal(a->pattern, b->pattern);
}

/* A value that the old one may have is one of the new one. Fields are compared elsewhere. */
static bool same_values(const struct field *a, const struct field *b)
{
	if (a->type != b->type || a->flags != b->flags)
		return false;
	if (!a->choices || b->preset.kind == VALUE_NULL)
		return value_equal(&a->preset, &b->preset);
	return a->preset.kind == VALUE_INT &&
	       a->preset.integer ==
		       choices_find(a->choices, b->choices, (unsigned)b->preset.integer);
}

/* The fields that are compared have the same names. */
static bool same_fields(
	const struct resource *a, uint64_t of_a, const struct resource *b, uint64_t of_b)
{
	if (__builtin_popcountll(of_a) != __builtin_popcountll(of_b))
		return false;
	for (; of_b != 0; of_b &= of_b - 1) {
		const char *name = b->fields[__builtin_ctzll(of_b)].name;
		unsigned field = resource_field_named(a, name);
		if (field == a->nfields || !(of_a >> field & 1))
			return false;
	}
	return true;
}

static bool same_parameter(const struct resource *now, const struct parameter *one,
	const struct resource *old, const struct parameter *other)
{
	const struct field *a = &one->field, *b = &other->field;

	return one->role == other->role && strcmp(a->name, b->name) == 0 && same_bounds(a, b) &&
	       same_values(a, b) && same_fields(now, one->fields, old, other->fields);
}

static bool same_name(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_page(const struct list_rules *a, const struct list_rules *b)
{
	return same_name(a->page_schema, b->page_schema) && same_name(a->page_rows, b->page_rows) &&
	       same_name(a->page_count, b->page_count) && a->count_first == b->count_first;
}

static bool same_list(const struct resource *a, const struct resource *b)
{
	const struct list_rules *now = a->list, *old = b->list;

	if (!now || !old)
		return now == old;
	for (unsigned i = 0; i < old->nparameters; i++)
		if (i == now->nparameters ||
			!same_parameter(a, &now->parameters[i], b, &old->parameters[i]))
			return false;
	return now->nparameters == old->nparameters && now->descending == old->descending &&
	       strcmp(a->fields[now->order].name, b->fields[old->order].name) == 0 &&
	       same_page(now, old);
}

static bool list_extends(const struct resource *now, const struct resource *old, struct buf *why)
{
	if (same_list(now, old))
		return true;
	buf_printf(why, "resources.%s.list: changed", old->name);
	return false;
}

/* Bodies: what an old body may have, a new one may have. */

static const struct member *member_named(const struct schema *schema, const char *name)
{
	for (unsigned i = 0; i < schema->nmembers; i++)
		if (strcmp(schema->members[i].name, name) == 0)
			return &schema->members[i];
	return NULL;
}

/* The field with what the class says besides. */
static struct field field_of(const struct member *m)
{
	struct field f = *m->field;

	if (m->optional)
		f.flags |= FIELD_NULLABLE | FIELD_PRESET;
	return f;
}

static bool members_extend(const struct schema *now, const struct schema *old, struct buf *why)
{
	for (unsigned i = 0; i < old->nmembers; i++) {
		const struct member *was = &old->members[i], *is = member_named(now, was->name);
		struct pair p = {
			.resource = old->resource, .schema = now, .name = was->name, .why = why
		};
		if (!is)
			return refuse(&p, NULL, "removed");
		struct field a = field_of(is), b = field_of(was);
		p.now = &a;
		p.old = &b;
		if (!field_extends(p))
			return false;
	}
	return true;
}

/* Of fields that the old resource has; new_fields_extend judges the others. */
static bool is_new_member(const struct member *m, const struct schema *old)
{
	return !member_named(old, m->name) &&
	       resource_field_named(old->resource, m->name) < old->resource->nfields;
}

static bool new_members_extend(const struct schema *now, const struct schema *old, struct buf *why)
{
	for (unsigned i = 0; i < now->nmembers; i++) {
		const struct member *m = &now->members[i];
		struct pair p = {
			.resource = old->resource, .schema = now, .name = m->name, .why = why
		};
		if (is_new_member(m, old) && !(field_of(m).flags & FIELD_PRESET))
			return refuse(&p, NULL, "a new member of a body needs a default");
	}
	return true;
}

/* Operations. */

static bool refuse_operation(struct buf *why, const struct operation *old, const char *text)
{
	buf_printf(
		why, "resources.%s: %s (%s) %s", old->resource->name, old->name, old->path, text);
	return false;
}

/* Equal but for the names of parameters. */
static bool same_path(const char *a, const char *b)
{
	while (*a && *a == *b) {
		size_t skip = *a == '{' ? strcspn(a, "}") : 1;
		b += *b == '{' ? strcspn(b, "}") : 1;
		a += skip;
	}
	return *a == *b;
}

static bool operation_extends(
	const struct resource *now, const struct operation *old, struct buf *why)
{
	const struct operation *o = now->by_action[old->action];

	if (!o)
		return refuse_operation(why, old, "is switched off");
	if (!same_path(o->path, old->path))
		return refuse_operation(why, old, "has another path");
	if (o->partial != old->partial)
		return refuse_operation(why, old, "treats what a body does not have differently");
	return !old->body || (members_extend(o->body, old->body, why) &&
				     new_members_extend(o->body, old->body, why));
}

static bool operations_extend(
	const struct resource *now, const struct resource *old, struct buf *why)
{
	for (unsigned i = 0; i < old->noperations; i++)
		if (!operation_extends(now, &old->operations[i], why))
			return false;
	return true;
}

static const char *parent_name(const struct resource *r)
{
	return r->parent ? r->parent->name : "none";
}

static bool resource_extends(const struct api *a, const struct resource *old, struct buf *why)
{
	const struct resource *now = api_resource_named(a, old->name);

	if (!now || now->number != old->number) {
		buf_printf(why, "resources.%s: %s", old->name, now ? "another number" : "removed");
		return false;
	}
	return same_text(old, "plural", now->plural, old->plural, why) &&
	       same_text(old, "table", now->table, old->table, why) &&
	       same_text(old, "parent", parent_name(now), parent_name(old), why) &&
	       list_extends(now, old, why) && old_fields_extend(now, old, why) &&
	       new_fields_extend(now, old, why) && operations_extend(now, old, why);
}

static bool constant_extends(const struct api *a, const struct constant *old, struct buf *why)
{
	for (unsigned i = 0; i < a->nconstants; i++)
		if (strcmp(a->constants[i].path, old->path) == 0)
			return true;
	buf_printf(why, "constants.%s: removed", old->path);
	return false;
}

bool declaration_extends(const struct api *a, const struct api *old, struct buf *why)
{
	for (unsigned i = 0; i < old->nconstants; i++)
		if (!constant_extends(a, &old->constants[i], why))
			return false;
	if (!keys_extend(a, old, why))
		return false;
	for (unsigned i = 0; i < old->nresources; i++)
		if (!resource_extends(a, old->resources[i], why))
			return false;
	return true;
}
