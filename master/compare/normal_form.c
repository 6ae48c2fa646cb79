#include "normal_form.h"

#include "arena_buf.h"
#include "body_json.h"

#include <ctype.h>
#include <stdlib.h>

enum { EDITS_FIRST = 64 };

#define TEXT_MOST (2 * (size_t)ANSWER_BODY_MOST)

/* A part of the body that is replaced by another text. */
struct edit {
	size_t at, len;
	struct str text;
};

struct walk {
	const struct normal_form *form;
	enum peer_side side;
	struct str body;
	struct arena *arena;
	struct edit *edits;
	size_t count, room;
};

/* Edits. */

static void add_edit(struct walk *w, struct str part, struct str text)
{
	if (w->count == w->room) {
		size_t room = w->room ? 2 * w->room : EDITS_FIRST;
		struct edit *more = arena_calloc(w->arena, room, sizeof(*more));
		if (w->count > 0)
			memcpy(more, w->edits, w->count * sizeof(*more));
		w->edits = more;
		w->room = room;
	}
	w->edits[w->count++] = (struct edit){ (size_t)(part.ptr - w->body.ptr), part.len, text };
}

static int by_place(const void *a, const void *b)
{
	const struct edit *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

static struct str apply_edits(struct walk *w)
{
	struct buf out;
	size_t at = 0;

	if (w->count == 0)
		return w->body;
	qsort(w->edits, w->count, sizeof(*w->edits), by_place);
	buf_init(&out, TEXT_MOST);
	for (size_t i = 0; i < w->count; i++) {
		const struct edit *edit = &w->edits[i];
		buf_append(&out, w->body.ptr + at, edit->at - at);
		buf_str(&out, edit->text);
		at = edit->at + edit->len;
	}
	buf_str(&out, str_from_index(w->body, at));
	return arena_take(w->arena, &out);
}

/* Values. A text with escapes is not part of the body, and neither a key nor a time. */

static bool is_in_body(const struct walk *w, struct str text)
{
	return text.ptr >= w->body.ptr && text.ptr + text.len <= w->body.ptr + w->body.len;
}

static void visit_key(struct walk *w, const struct json *value, const struct resource *of)
{
	if (w->side != PEER_OLD || (value->type != JSON_INT && value->type != JSON_STRING) ||
		!is_in_body(w, value->text))
		return;
	struct str new = key_pairs_new_of(w->form->pairs, of, value->text);
	if (!str_equal(new, value->text))
		add_edit(w, value->text, new);
}

static void visit_set(struct walk *w, const struct json *value, enum field_type type)
{
	if (value->type != JSON_STRING || !is_in_body(w, value->text))
		return;
	struct str zeros = arena_copy(w->arena, value->text);
	char *text = arena_alloc(w->arena, zeros.len + 1);
	for (size_t i = 0; i < zeros.len; i++) {
		unsigned char c = (unsigned char)zeros.ptr[i];
		text[i] = (type == FIELD_UUID ? isxdigit(c) : isdigit(c)) ? '0' : (char)c;
	}
	add_edit(w, value->text, (struct str){ text, zeros.len });
}

static void visit_field(
	struct walk *w, const struct json *value, const struct resource *r, unsigned index)
{
	const struct field *f = &r->fields[index];

	if (index == RESOURCE_KEY)
		visit_key(w, value, r);
	else if (f->to)
		visit_key(w, value, f->to);
	else if (w->form->hides_set && f->flags & (FIELD_NOW | FIELD_NOW_TOO))
		visit_set(w, value, f->type);
}

/* Rows: schemas nest without circles, so the depth is bounded. */

static void visit_row(struct walk *w, const struct json *row, const struct schema *schema);

static void visit_rows(struct walk *w, const struct json *rows, const struct schema *schema)
{
	if (rows->type != JSON_ARRAY)
		return;
	for (const struct json *row = rows->first; row; row = row->next)
		visit_row(w, row, schema);
}

static void visit_member(struct walk *w, const struct json *value, const struct schema *schema,
	const struct member *member)
{
	switch (member->kind) {
	case MEMBER_FIELD:
		visit_field(w, value, schema->resource, member->index);
		break;
	case MEMBER_ONE:
		visit_row(w, value, member->schema);
		break;
	case MEMBER_MANY:
	case MEMBER_LINKED:
		visit_rows(w, value, member->schema);
		break;
	}
}

static const struct member *find_member(const struct schema *schema, struct str name)
{
	for (unsigned m = 0; m < schema->nmembers; m++)
		if (str_equal(name, str_from(schema->members[m].name)))
			return &schema->members[m];
	return NULL;
}

static void visit_row(struct walk *w, const struct json *row, const struct schema *schema)
{
	if (row->type != JSON_OBJECT)
		return;
	for (const struct json *key = row->first; key && key->next; key = key->next->next) {
		const struct member *member = find_member(schema, key->text);
		if (member)
			visit_member(w, key->next, schema, member);
	}
}

/* The rows of a page are in one of its members. */
static void visit_list(struct walk *w, const struct json *root, const struct operation *operation)
{
	const struct list_rules *rules = operation->resource->list;

	if (root->type == JSON_OBJECT && rules && rules->page_rows)
		root = json_get(root, str_from(rules->page_rows));
	if (root)
		visit_rows(w, root, operation->shown);
}

bool normal_shows_rows(const struct request *request, const struct peer_answer *answer)
{
	const struct operation *operation = request->operation;

	return operation && answer->status == operation->status && operation->shown;
}

struct str normal_body(const struct normal_form *form, const struct request *request,
	enum peer_side side, const struct peer_answer *answer, struct arena *arena)
{
	struct walk w = { .form = form, .side = side, .body = answer->body, .arena = arena };

	if (!normal_shows_rows(request, answer))
		return normal_text(request, side, answer->body, arena);
	const struct json *root = body_json(arena, answer->body);
	if (!root)
		return answer->body;
	if (request->operation->answer == ANSWER_ROWS)
		visit_list(&w, root, request->operation);
	else
		visit_row(&w, root, request->operation->shown);
	return apply_edits(&w);
}

/* Texts. */

/* The length of the word or the number, also one with a point, that starts at s. */
static size_t word_length(struct str s)
{
	size_t n = 0;

	while (n < s.len && (isalnum((unsigned char)s.ptr[n]) || s.ptr[n] == '-' ||
				    (s.ptr[n] == '.' && n > 0 && n + 1 < s.len &&
					    isdigit((unsigned char)s.ptr[n + 1]))))
		n++;
	return n;
}

static struct str new_word(const struct request *request, struct str word)
{
	const struct paired *texts[] = { &request->target, &request->body };

	for (size_t t = 0; t < NITEMS(texts); t++)
		for (unsigned i = 0; i < texts[t]->nkeys; i++)
			if (str_equal(texts[t]->keys[i].at[PEER_OLD], word))
				return texts[t]->keys[i].at[PEER_NEW];
	return word;
}

struct str normal_text(
	const struct request *request, enum peer_side side, struct str text, struct arena *arena)
{
	struct buf out;

	if (!text.ptr || side != PEER_OLD || request->target.nkeys + request->body.nkeys == 0)
		return text;
	buf_init(&out, TEXT_MOST);
	while (text.len > 0) {
		size_t n = word_length(text);
		struct str part = { text.ptr, n > 0 ? n : 1 };
		buf_str(&out, n > 0 ? new_word(request, part) : part);
		text = str_from_index(text, part.len);
	}
	return arena_take(arena, &out);
}
