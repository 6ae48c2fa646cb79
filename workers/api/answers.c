#include "answers.h"

#include "etag.h"
#include "stats.h"
#include "table.h"
#include "validate.h"
#include "words.h"

#define RETRY_AFTER STR("retry-after: 1\r\n")

bool answer_internal_error(struct exchange *x)
{
	return answer_json(x, 500, STR("{\"detail\":\"Internal Server Error\"}"));
}

bool answer_body(struct exchange *x, int status)
{
	return x->body.failed ? answer_internal_error(x)
			      : answer_json(x, status, buf_view(&x->body));
}

/* The header lines of a 304: those of the 200 without Content-Encoding (RFC 9110 15.4.5). */
static struct str without_coding(struct exchange *x, struct str fields)
{
	const struct str coded = GZIP_FIELDS, vary = GZIP_VARY;

	if (fields.len < coded.len ||
		!str_equal(str_from_index(fields, fields.len - coded.len), coded))
		return fields;
	return arena_printf(
		&x->arena, "%.*s%.*s", (int)(fields.len - coded.len), fields.ptr, STR_ARGS(vary));
}

bool answer_is_known(struct exchange *x, struct str fields)
{
	return x->fields.seen & HTTP_IF_NONE_MATCH &&
	       etag_is_listed(http_field(&x->fields, HTTP_IF_NONE_MATCH, &x->arena), fields);
}

bool answer_shown(
	struct exchange *x, int status, struct str fields, struct str type, struct str body)
{
	if (answer_is_known(x, fields))
		return answer(x, 304, without_coding(x, fields), STR(""), STR(""));
	return answer(x, status, fields, type, body);
}

bool answer_issues(struct exchange *x, const struct issues *issues)
{
	issues_render(&x->body, issues);
	return answer_body(x, 422);
}

/* Words. */

static bool answer_words(struct exchange *x, const struct words *words, const struct said *said)
{
	buf_str(&x->body, STR("{\"detail\":\""));
	words_write(&x->body, words->text, said);
	buf_str(&x->body, STR("\"}"));
	return answer_body(x, words->status);
}

struct str answer_key(struct exchange *x, const struct resource *r, struct key key)
{
	char text[KEY_TEXT_SIZE];

	return arena_copy(&x->arena, str_from(key_text(&r->fields[RESOURCE_KEY], key, text)));
}

/* A key for these words; "" if they do not need it. */
static struct str key_for(
	struct exchange *x, const struct words *words, const struct resource *r, struct key key)
{
	return words->text ? answer_key(x, r, key) : STR("");
}

bool answer_not_found(struct exchange *x, const struct resource *r, struct str id)
{
	if (r->not_found.text)
		return answer_words(x, &r->not_found, &(struct said){ .id = id });
	return answer_json(x, r->not_found.status,
		arena_printf(&x->arena, "{\"detail\":\"%s not found\"}", r->schema));
}

/* Faults. */

/* The key of the row to which a field of the command's row is to refer. The parent's may be that of
 * the path. */
static struct key key_referred(const struct exchange *x, unsigned field)
{
	const struct command *c = &x->command;
	bool has_record = x->route.operation->body != NULL;

	return has_record && record_has(&c->record, field) ? key_of_value(&c->record.values[field])
							   : c->parent;
}

/* "1,2": the keys of a list of links, as texts show them. */
static struct str list_keys(struct exchange *x, struct str list)
{
	const struct str marks = STR("[]\"");
	char *keys = arena_alloc(&x->arena, list.len);
	size_t n = 0;

	for (size_t i = 0; i < list.len; i++)
		if (!memchr(marks.ptr, list.ptr[i], marks.len))
			keys[n++] = list.ptr[i];
	return (struct str){ keys, n };
}

/* One of the rows of a field of type LINKS is missing. Of a list it is not known which: its keys
 * are named as they were sent. */
static bool answer_missing_linked(struct exchange *x, unsigned field)
{
	const struct command *c = &x->command;
	const struct resource *to = c->resource->fields[field].links->to;

	if (c->links)
		return answer_not_found(x, to, key_for(x, &to->not_found, to, c->linked));
	return answer_not_found(x, to, list_keys(x, c->record.values[field].text));
}

static bool answer_missing_row(struct exchange *x, const struct reply *reply)
{
	const struct resource *r = reply->resource;
	struct key key = x->command.key;

	if (reply->fields && r == x->command.resource) {
		unsigned field = (unsigned)__builtin_ctzll(reply->fields);
		const struct resource *to = r->fields[field].to;
		if (r->fields[field].links)
			return answer_missing_linked(x, field);
		if (to)
			key = key_referred(x, field);
		r = to ? to : r;
	}
	return answer_not_found(x, r, key_for(x, &r->not_found, r, key));
}

static bool answer_changed(struct exchange *x, const struct reply *reply)
{
	return answer_json(x, 412,
		arena_printf(
			&x->arena, "{\"detail\":\"%s has changed\"}", reply->resource->schema));
}

/* The name with its first letter in upper case. */
static void write_capitalised(struct buf *out, const char *name)
{
	bool lower = *name >= 'a' && *name <= 'z';

	buf_printf(out, "%c%s", lower ? *name - 'a' + 'A' : *name, name + 1);
}

/* "Username or email": the unique fields of the resource; "Post" if it declares none and the
 * database has a unique index of its own. */
static void write_unique_fields(struct buf *out, const struct resource *r)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->nfields; i++) {
		const char *name = r->fields[i].name;
		if (!(r->fields[i].flags & FIELD_UNIQUE))
			continue;
		if (n++ > 0)
			buf_printf(out, " or %s", name);
		else
			write_capitalised(out, name);
	}
	if (n == 0)
		buf_str(out, str_from(r->schema));
}

/* The name of the first of the fields; "" if there are none. */
static struct str first_name(const struct resource *r, uint64_t fields)
{
	return fields ? str_from(r->fields[__builtin_ctzll(fields)].name) : STR("");
}

/* The first of these fields with words of its own; NULL: none has any. */
static const struct field *first_with_words(const struct resource *r, uint64_t fields)
{
	for (; fields; fields &= fields - 1) {
		const struct field *f = &r->fields[__builtin_ctzll(fields)];
		if (f->conflict)
			return f;
	}
	return NULL;
}

/* If dbd does not know what is taken, the database has a unique index of its own. */
static bool answer_conflict(struct exchange *x, const struct reply *reply)
{
	const struct resource *r = reply->resource;
	const struct field *f = first_with_words(r, reply->fields);
	uint64_t unique = resource_fields_with(r, FIELD_UNIQUE);

	if (f)
		return answer_words(x, f->conflict, &(struct said){ .field = str_from(f->name) });
	if (r->conflict.text)
		return answer_words(x, &r->conflict,
			&(struct said){
				.field = first_name(r, reply->fields ? reply->fields : unique) });
	buf_str(&x->body, STR("{\"detail\":\""));
	write_unique_fields(&x->body, r);
	buf_str(&x->body, STR(" already exists\"}"));
	return answer_body(x, r->conflict.status);
}

/* "Category is in use by products" */
static bool answer_in_use(struct exchange *x, const struct reply *reply)
{
	const struct resource *r = x->command.resource;
	struct str id = key_for(x, &r->in_use, r, x->command.key);

	if (r->in_use.text)
		return answer_words(x, &r->in_use, &(struct said){ .id = id });
	return answer_json(x, r->in_use.status,
		arena_printf(&x->arena, "{\"detail\":\"%s is in use by %s\"}", r->schema,
			reply->resource->plural));
}

static bool answer_refused_fields(struct exchange *x, const struct reply *reply)
{
	struct issues issues = { .arena = &x->arena };

	validate_refused(x->route.operation, reply->fields, x->input, &issues);
	return answer_issues(x, &issues);
}

/* clang-format off */
#define FAULTS(ROW) /* a function, or status, cause of a 503 for the metrics, and detail */ \
	ROW(FAULT_NOT_FOUND,  answer_missing_row,    0, 0, { 0 }) \
	ROW(FAULT_CONFLICT,   answer_conflict,       0, 0, { 0 }) \
	ROW(FAULT_REFUSED,    answer_refused_fields, 0, 0, { 0 }) \
	ROW(FAULT_IN_USE,     answer_in_use,         0, 0, { 0 }) \
	ROW(FAULT_CHANGED,    answer_changed,        0, 0, { 0 }) \
	ROW(FAULT_BUSY, NULL, 503, STAT_CAUSE_BUSY, \
		STR_INIT("{\"detail\":\"Too many requests are waiting; nothing was done\"}")) \
	ROW(FAULT_LOCKED, NULL, 503, STAT_CAUSE_LOCKED, \
		STR_INIT("{\"detail\":\"The database is locked by another process; nothing was done\"}")) \
	ROW(FAULT_UNAVAILABLE, NULL, 503, STAT_CAUSE_UNAVAILABLE, \
		STR_INIT("{\"detail\":\"The database did not answer; nothing was done\"}")) \
	ROW(FAULT_UNKNOWN, NULL, 503, STAT_CAUSE_UNKNOWN, \
		STR_INIT("{\"detail\":\"The database was lost before it answered; " \
			"whether this was done is unknown\"}")) \
	ROW(FAULT_FULL, NULL, 507, 0, \
		STR_INIT("{\"detail\":\"No space is left for the database; nothing was done\"}")) \
	ROW(FAULT_STORAGE, NULL, 500, 0, \
		STR_INIT("{\"detail\":\"The database could not be read or written\"}")) \
	ROW(FAULT_TOO_LARGE, NULL, 500, 0, \
		STR_INIT("{\"detail\":\"A row is too large to be shown\"}")) \
	ROW(FAULT_INTERNAL, NULL, 500, 0, \
		STR_INIT("{\"detail\":\"Internal Server Error\"}"))
/* clang-format on */

static const struct {
	bool (*answer)(struct exchange *x, const struct reply *reply);
	int status;
	enum stat_cause cause;
	struct str body;
} faults[] = { FAULTS(TABLE_ROW) };
TABLE_IS_WHOLE(FAULTS, FAULT__COUNT);

static bool answer_unavailable(struct exchange *x, enum fault fault)
{
	if (!x->parted)
		stats_add_at(STAT_HTTP_UNAVAILABLE, faults[fault].cause, 1);
	return answer(x, 503, RETRY_AFTER, ANSWER_JSON, faults[fault].body);
}

bool answer_fault(struct exchange *x, const struct reply *reply)
{
	enum fault fault = reply->fault;

	buf_reset(&x->body, ANSWER_BODY_KEPT);
	if (faults[fault].answer)
		return faults[fault].answer(x, reply);
	if (faults[fault].status == 503)
		return answer_unavailable(x, fault);
	return answer_json(x, faults[fault].status, faults[fault].body);
}
