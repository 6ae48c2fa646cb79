#include "judgement.h"

#include "body_json.h"
#include "json_difference.h"
#include "json_write.h"

#include <strings.h>

enum { EXCERPT_MOST = 60, /* bytes of a value that is shown */ TEXT_MOST = 64 * 1024 };

/* Known differences. */

static bool is_method(const struct request *request, const char *method)
{
	return strcmp(request->method, method) == 0;
}

/* True if each of the methods in a is in b. */
static bool methods_within(struct str a, struct str b)
{
	while (a.len > 0) {
		size_t n = 0, at = 0;
		while (n < a.len && a.ptr[n] != ',')
			n++;
		while (at + n <= b.len && (strncasecmp(b.ptr + at, a.ptr, n) != 0 ||
						  (at + n < b.len && b.ptr[at + n] != ',')))
			at++;
		if (at + n > b.len)
			return false;
		while (n < a.len && (a.ptr[n] == ',' || a.ptr[n] == ' '))
			n++;
		a = str_from_index(a, n);
	}
	return true;
}

/* docs/contract.md, "Deviations" and "Additions". */
static bool is_known(
	const struct request *request, const struct peer_answer answers[PEERS], struct buf *text)
{
	const struct peer_answer *old = &answers[PEER_OLD], *new = &answers[PEER_NEW];

	if (old->status == 500 && new->status < 500)
		buf_printf(text, "OLD answers 500, NEW %d", new->status);
	else if (old->status == 405 && new->status != 405 && is_method(request, "HEAD"))
		buf_str(text, STR("OLD answers 405 to HEAD, NEW as to GET"));
	else if (old->status == 405 && new->status == 204 && is_method(request, "OPTIONS"))
		buf_str(text, STR("OLD answers 405 to OPTIONS, NEW 204"));
	else if (old->status == 405 && new->status == 405 && old->allow.ptr &&new->allow.ptr &&
		 !str_equal(old->allow, new->allow) && str_equal(old->body, new->body) &&
		 methods_within(old->allow, new->allow))
		buf_str(text, STR("allow of 405: OLD names one route's methods, NEW all"));
	return buf_len(text) > 0;
}

/* Parts. */

static void add_excerpt(struct buf *text, struct str part)
{
	size_t n = part.len < EXCERPT_MOST ? part.len : EXCERPT_MOST;

	while (n > 0 && n < part.len && ((unsigned char)part.ptr[n] & 0xC0) == 0x80)
		n--;
	for (size_t i = 0; i < n; i++)
		buf_char(text, (unsigned char)part.ptr[i] < ' ' || part.ptr[i] == 0x7f
				       ? '?'
				       : part.ptr[i]);
	buf_str(text, n < part.len ? STR("…") : STR(""));
}

static void add_value(struct buf *text, const struct json *value)
{
	struct buf json;

	if (!value) {
		buf_str(text, STR("absent"));
		return;
	}
	buf_init(&json, TEXT_MOST);
	json_write_whole(&json, value);
	add_excerpt(text, buf_view(&json));
	buf_done(&json);
}

static void add_field(struct buf *text, struct str value)
{
	if (value.ptr)
		add_excerpt(text, value);
	else
		buf_str(text, STR("absent"));
}

static void judge_field(struct buf *text, const char *name, struct str old, struct str new)
{
	if (old.ptr && new.ptr ? str_equal(old, new) : old.ptr == new.ptr)
		return;
	buf_printf(text, "%s: OLD ", name);
	add_field(text, old);
	buf_str(text, STR(", NEW "));
	add_field(text, new);
	buf_char(text, '\n');
}

/* A location without the origin and prefix of its server. */
static struct str relative(const struct peer *peer, struct str location)
{
	if (!location.ptr)
		return location;
	if (str_starts(location, peer->origin))
		location = str_from_index(location, peer->origin.len);
	if (str_starts(location, peer->prefix))
		location = str_from_index(location, peer->prefix.len);
	return location;
}

static size_t first_difference(struct str old, struct str new)
{
	size_t at = 0;

	while (at < old.len && at < new.len &&old.ptr[at] == new.ptr[at])
		at++;
	return at;
}

/* What both say from a little before the difference on. */
static void add_bytes(struct buf *text, struct str old, struct str new, size_t at)
{
	size_t from = at < EXCERPT_MOST / 3 ? 0 : at - EXCERPT_MOST / 3;

	buf_str(text, STR("OLD "));
	add_excerpt(text, str_from_index(old, from));
	buf_str(text, STR(", NEW "));
	add_excerpt(text, str_from_index(new, from));
}

static void judge_body(const struct judge *judge, struct str old, struct str new, struct buf *text)
{
	struct json_difference difference;
	size_t at = first_difference(old, new);

	if (at == old.len && at == new.len)
		return;
	const struct json *old_root = body_json(judge->arena, old);
	const struct json *new_root = body_json(judge->arena, new);
	buf_printf(text, "body, byte %zu: ", at);
	if (!old_root || !new_root) {
		add_bytes(text, old, new, at);
	} else if (json_difference_find(old_root, new_root, text, &difference)) {
		buf_str(text, STR(": OLD "));
		add_value(text, difference.old);
		buf_str(text, STR(", NEW "));
		add_value(text, difference.new);
	} else {
		buf_truncate(text, buf_len(text) - 1);
		buf_str(text, STR("the same JSON, other bytes: "));
		add_bytes(text, old, new, at);
	}
	buf_char(text, '\n');
}

/* Fields and body of two answers with the same status. */
static void judge_contents(const struct judge *judge, const struct request *request,
	const struct peer_answer answers[PEERS], struct buf *text)
{
	struct str bodies[PEERS], locations[PEERS];

	for (int side = 0; side < PEERS; side++) {
		enum peer_side s = (enum peer_side)side;
		bodies[s] = normal_body(&judge->form, request, s, &answers[s], judge->arena);
		locations[s] = normal_text(
			request, s, relative(&judge->peers[s], answers[s].location), judge->arena);
	}
	judge_field(text, "content-type", answers[PEER_OLD].content_type,
		answers[PEER_NEW].content_type);
	judge_field(text, "allow", answers[PEER_OLD].allow, answers[PEER_NEW].allow);
	judge_field(text, "location", locations[PEER_OLD], locations[PEER_NEW]);
	if (normal_shows_rows(request, &answers[PEER_OLD]) ||
		!str_equal(answers[PEER_OLD].body, answers[PEER_NEW].body))
		judge_body(judge, bodies[PEER_OLD], bodies[PEER_NEW], text);
}

/* Answers of different statuses: their bodies say why. */
static void show_statuses(const struct peer_answer answers[PEERS], struct buf *text)
{
	buf_printf(text, "status: OLD %d, NEW %d\n", answers[PEER_OLD].status,
		answers[PEER_NEW].status);
	for (int side = 0; side < PEERS; side++) {
		if (answers[side].body.len == 0)
			continue;
		buf_str(text, side == PEER_OLD ? STR("OLD says ") : STR("NEW says "));
		add_excerpt(text, answers[side].body);
		buf_char(text, '\n');
	}
}

enum verdict judge_answers(const struct judge *judge, const struct request *request,
	enum scope scope, const struct peer_answer answers[PEERS], struct buf *text)
{
	if (is_known(request, answers, text))
		return VERDICT_KNOWN;
	if (answers[PEER_OLD].status != answers[PEER_NEW].status)
		show_statuses(answers, text);
	else if (scope == SCOPE_ANSWER)
		judge_contents(judge, request, answers, text);
	return buf_len(text) > 0 ? VERDICT_DIFFERENT : VERDICT_SAME;
}
