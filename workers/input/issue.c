#include "issue.h"

#include "json_write.h"

struct wording {
	const char *type, *message, *ctx;
};

static const struct wording wordings[] = {
#define ISSUE(name, type, message, ctx) [ISSUE_##name] = { type, message, ctx },
#include "issue.def"
#undef ISSUE
};

/* The text as in a JSON string, without the quotes. */
static void write_escaped(struct buf *out, struct str text)
{
	size_t begin = buf_len(out);

	json_write_string(out, text);
	if (out->failed)
		return;
	char *p = out->data + out->start + begin;
	size_t n = buf_len(out) - begin - 2;
	memmove(p, p + 1, n);
	out->end -= 2;
}

static void write_slot(struct buf *out, struct str slot, const struct issue *issue)
{
	if (str_equal(slot, STR("limit")))
		buf_int(out, issue->limit);
	else if (str_equal(slot, STR("actual")))
		buf_int(out, (int64_t)issue->actual);
	else if (str_equal(slot, STR("reason")))
		write_escaped(out, issue->reason);
	else if (str_equal(slot, STR("bound")))
		buf_str(out, issue->bound);
	else if (str_equal(slot, STR("bound_json")))
		buf_str(out, issue->bound_json);
	else if (issue->limit != 1) /* {s} */
		buf_char(out, 's');
}

/* The word of a slot, such as {limit}, at which p points; "" if p points at something else. */
static struct str slot_at(const char *p)
{
	size_t n = 1;

	while (*p == '{' && ((p[n] >= 'a' && p[n] <= 'z') || p[n] == '_'))
		n++;
	return p[n] == '}' ? (struct str){ p + 1, n - 1 } : STR("");
}

/* Writes the template with the issue's values in its slots. */
static void write_template(struct buf *out, const char *template, const struct issue *issue)
{
	for (const char *p = template, *end; *p; p = end) {
		struct str slot = slot_at(p);
		if (slot.len > 0) {
			write_slot(out, slot, issue);
			end = slot.ptr + slot.len + 1;
		} else {
			end = strchrnul(p + 1, '{');
			buf_append(out, p, (size_t)(end - p));
		}
	}
}

static void write_loc(struct buf *out, const struct issue *issue)
{
	static const char *const forms[] = {
		[ISSUE_IN_FIELD] = "[\"body\",\"%s\"",
		[ISSUE_IN_BODY] = "[\"body\"",
		[ISSUE_IN_QUERY] = "[\"query\",\"%s\"",
		[ISSUE_IN_PATH] = "[\"path\",\"%s_id\"",
		[ISSUE_AT_POSITION] = "[\"body\",",
	};
	const char *form = forms[issue->place];
	const char *name = strchrnul(form, '%');

	buf_append(out, form, (size_t)(name - form));
	if (*name) {
		buf_str(out, str_from(issue->name));
		buf_str(out, str_from(name + 2));
	}
	if (issue->place == ISSUE_AT_POSITION)
		buf_int(out, (int64_t)issue->position);
	if (issue->in_item) {
		buf_char(out, ',');
		buf_int(out, (int64_t)issue->item);
	}
	buf_char(out, ']');
}

static void write_input(struct buf *out, const struct issue *issue)
{
	switch (issue->input) {
	case ISSUE_INPUT_NULL:
		buf_str(out, STR("null"));
		break;
	case ISSUE_INPUT_EMPTY:
		buf_str(out, STR("{}"));
		break;
	case ISSUE_INPUT_TEXT:
		json_write_string(out, issue->text);
		break;
	case ISSUE_INPUT_JSON:
		json_write(out, issue->json);
		break;
	}
}

struct issue *issues_add(struct issues *issues, struct issue issue)
{
	if (issues->count == issues->room) {
		unsigned room = issues->room ? 2 * issues->room : 8;
		struct issue *list = arena_alloc(issues->arena, room * sizeof(*list));
		if (issues->count > 0)
			memcpy(list, issues->list, issues->count * sizeof(*list));
		issues->list = list;
		issues->room = room;
	}
	issues->list[issues->count] = issue;
	return &issues->list[issues->count++];
}

static void render(struct buf *out, const struct issue *issue)
{
	const struct wording *w = &wordings[issue->type];

	buf_str(out, STR("{\"type\":\""));
	buf_str(out, str_from(w->type));
	buf_str(out, STR("\",\"loc\":"));
	write_loc(out, issue);
	buf_str(out, STR(",\"msg\":\""));
	write_template(out, w->message, issue);
	buf_str(out, STR("\",\"input\":"));
	write_input(out, issue);
	if (*w->ctx) {
		buf_str(out, STR(",\"ctx\":"));
		write_template(out, w->ctx, issue);
	}
	buf_char(out, '}');
}

void issues_render(struct buf *out, const struct issues *issues)
{
	buf_str(out, STR("{\"detail\":["));
	for (unsigned i = 0; i < issues->count; i++) {
		if (i > 0)
			buf_char(out, ',');
		render(out, &issues->list[i]);
	}
	buf_str(out, STR("]}"));
}
