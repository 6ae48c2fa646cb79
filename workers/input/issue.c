#include "issue.h"

#include "json_write.h"

struct wording {
	struct str type;
	const char *message, *ctx;
};

static const struct wording wordings[] = {
#define ISSUE(name, type, message, ctx) [ISSUE_##name] = { STR_INIT(type), message, ctx },
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

/* The first letters of the words differ, but for bound and bound_json. */
static void write_slot(struct buf *out, struct str slot, const struct issue *issue)
{
	switch (*slot.ptr) {
	case 'l':
		buf_int(out, issue->limit);
		break;
	case 'a':
		buf_int(out, (int64_t)issue->actual);
		break;
	case 'r':
		write_escaped(out, issue->reason);
		break;
	case 'b':
		buf_str(out, slot.len > sizeof("bound") - 1 ? issue->bound_json : issue->bound);
		break;
	default: /* s */
		if (issue->limit != 1)
			buf_char(out, 's');
	}
}

/* Of the letters between '_' and 'z' a slot has no '`'. */
static bool is_of_slot(char c)
{
	return c >= '_' && c <= 'z';
}

/* The word of a slot, such as {limit}, at which p points; "" if p points at something else. */
static struct str slot_at(const char *p)
{
	size_t n = 1;

	if (*p != '{')
		return STR("");
	while (is_of_slot(p[n]))
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

static void write_named(struct buf *out, struct str before, const char *name, struct str after)
{
	buf_str(out, before);
	buf_str(out, str_from(name));
	buf_str(out, after);
}

static void write_loc(struct buf *out, const struct issue *issue)
{
	switch (issue->place) {
	case ISSUE_IN_FIELD:
		write_named(out, STR("[\"body\",\""), issue->name, STR("\""));
		break;
	case ISSUE_IN_BODY:
		buf_str(out, STR("[\"body\""));
		break;
	case ISSUE_IN_QUERY:
		write_named(out, STR("[\"query\",\""), issue->name, STR("\""));
		break;
	case ISSUE_IN_PATH:
		write_named(out, STR("[\"path\",\""), issue->name, STR("\""));
		break;
	case ISSUE_AT_POSITION:
		buf_str(out, STR("[\"body\","));
		buf_int(out, (int64_t)issue->position);
		break;
	}
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

void issues_grow(struct issues *issues)
{
	unsigned room = issues->room ? 2 * issues->room : 8;
	struct issue *list = arena_alloc(issues->arena, room * sizeof(*list));

	if (issues->count > 0)
		memcpy(list, issues->list, issues->count * sizeof(*list));
	issues->list = list;
	issues->room = room;
}

struct issue *issues_add(struct issues *issues, struct issue issue)
{
	struct issue *place = issues_new(issues);

	*place = issue;
	return place;
}

static void render(struct buf *out, const struct issue *issue)
{
	const struct wording *w = &wordings[issue->type];

	buf_str(out, STR("{\"type\":\""));
	buf_str(out, w->type);
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
