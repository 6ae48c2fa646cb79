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

void issues_add(struct issues *issues, struct issue issue)
{
	issues->list[issues->count++] = issue;
}

/* The text between the quotes. */
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
		buf_int(out, (int64_t)issue->limit);
	else if (str_equal(slot, STR("actual")))
		buf_int(out, (int64_t)issue->actual);
	else if (str_equal(slot, STR("reason")))
		write_escaped(out, issue->reason);
	else if (issue->limit != 1) /* {s} */
		buf_char(out, 's');
}

/* The template with each {slot} filled in; a brace that begins no lower-case word is itself. */
static void write_template(struct buf *out, const char *template, const struct issue *issue)
{
	for (const char *p = template; *p; p++) {
		size_t n = *p == '{' ? strspn(p + 1, "abcdefghijklmnopqrstuvwxyz") : 0;
		if (n > 0 && p[1 + n] == '}') {
			write_slot(out, (struct str){ p + 1, n }, issue);
			p += n + 1;
		} else {
			buf_char(out, *p);
		}
	}
}

static void write_loc(struct buf *out, const struct issue *issue)
{
	switch (issue->place) {
	case ISSUE_IN_PATH:
		buf_printf(out, "[\"path\",\"%s_id\"]", issue->name);
		break;
	case ISSUE_IN_BODY:
		buf_str(out, STR("[\"body\"]"));
		break;
	case ISSUE_IN_FIELD:
		buf_printf(out, "[\"body\",\"%s\"]", issue->name);
		break;
	case ISSUE_AT_POSITION:
		buf_printf(out, "[\"body\",%zu]", issue->position);
		break;
	}
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

static void render(struct buf *out, const struct issue *issue)
{
	const struct wording *w = &wordings[issue->type];

	buf_printf(out, "{\"type\":\"%s\",\"loc\":", w->type);
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
