#include "comparison.h"

#include "created_key.h"
#include "shell_word.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MOST = 1024 * 1024, /* of a difference */ GROUPED_MOST = 32 };

/* Printing. */

static void print_indented(struct str lines)
{
	while (lines.len > 0) {
		const char *end = memchr(lines.ptr, '\n', lines.len);
		size_t n = end ? (size_t)(end - lines.ptr) : lines.len;
		printf("  %.*s\n", (int)n, lines.ptr);
		lines = str_from_index(lines, n + (end != NULL));
	}
}

/* The command with which curl sends the same request. */
static void write_curl(const struct comparison *c, const struct request *request,
	enum peer_side side, struct buf *out)
{
	struct buf url;

	buf_init(&url, TEXT_MOST);
	buf_str(&url, c->peers[side].origin);
	buf_str(&url, c->peers[side].prefix);
	buf_str(&url, buf_view(&request->target.at[side]));
	buf_str(out, STR("curl -i "));
	if (strcmp(request->method, "HEAD") == 0)
		buf_str(out, STR("-I "));
	else if (strcmp(request->method, "GET") != 0 || request->has_body)
		buf_printf(out, "-X %s ", request->method);
	if (request->has_body) {
		buf_printf(out, "-H 'content-type:%s%s' ", request->content_type ? " " : "",
			request->content_type ? request->content_type : "");
		buf_str(out, STR("--data-binary "));
		shell_word_write(out, buf_view(&request->body.at[side]));
		buf_char(out, ' ');
	}
	shell_word_write(out, buf_view(&url));
	buf_char(out, '\n');
	buf_done(&url);
}

static void print_difference(
	const struct comparison *c, const struct request *request, struct str what)
{
	struct buf out;

	if (c->differences > COMPARISON_SHOWN && !c->all)
		return;
	buf_init(&out, TEXT_MOST);
	for (int side = 0; side < PEERS; side++)
		write_curl(c, request, (enum peer_side)side, &out);
	printf("%s %.*s (%s)\n", request->method, STR_ARGS(buf_view(&request->target.at[PEER_OLD])),
		request->what);
	print_indented(what);
	print_indented(buf_view(&out));
	buf_done(&out);
}

/* "1,234" */
static const char *grouped(uint64_t number, char text[GROUPED_MOST])
{
	size_t at = GROUPED_MOST;

	text[--at] = '\0';
	for (unsigned digits = 0; number > 0 || digits == 0; digits++, number /= 10) {
		if (digits > 0 && digits % 3 == 0)
			text[--at] = ',';
		text[--at] = (char)('0' + number % 10);
	}
	return text + at;
}

/* Known differences, one entry for each text. */

struct known_difference {
	struct known_difference *next;
	uint64_t count;
	char *what, *first; /* the method and target that it was first seen at */
};

static void count_known(struct comparison *c, const struct request *request, struct str what)
{
	struct known_difference **at = &c->knowns;

	c->known++;
	while (*at && !str_equal(str_from((*at)->what), what))
		at = &(*at)->next;
	if (*at) {
		(*at)->count++;
		return;
	}
	struct known_difference *new = calloc(1, sizeof(*new));
	if (!new)
		return;
	new->count = 1;
	if (asprintf(&new->what, "%.*s", STR_ARGS(what)) < 0)
		new->what = NULL;
	if (asprintf(&new->first, "%s %.*s", request->method,
		    STR_ARGS(buf_view(&request->target.at[PEER_OLD]))) < 0)
		new->first = NULL;
	*at = new;
}

static void free_knowns(struct comparison *c)
{
	while (c->knowns) {
		struct known_difference *next = c->knowns->next;
		free(c->knowns->what);
		free(c->knowns->first);
		free(c->knowns);
		c->knowns = next;
	}
}

/* Requests. */

bool comparison_is_over(const struct comparison *c)
{
	return c->failed || (c->limit > 0 && c->requests >= c->limit);
}

static bool ask(struct comparison *c, const struct request *request, enum peer_side side,
	struct peer_answer *answer)
{
	const struct question question = {
		.method = request->method,
		.target = buf_view(&request->target.at[side]),
		.content_type = request->content_type,
		.body = request->has_body ? buf_view(&request->body.at[side])
					  : (struct str){ NULL, 0 },
	};

	return peer_ask(&c->peers[side], &question, &c->scratch, answer, c->error);
}

static bool ask_both(
	struct comparison *c, const struct request *request, struct peer_answer *answers)
{
	for (int side = 0; side < PEERS; side++) {
		if (ask(c, request, (enum peer_side)side, &answers[side]))
			continue;
		buf_printf(c->error, " (%s %.*s)", request->method,
			STR_ARGS(buf_view(&request->target.at[side])));
		return false;
	}
	return true;
}

static void judge(struct comparison *c, const struct request *request, enum scope scope,
	const struct peer_answer *answers)
{
	const struct judge judge = {
		.form = { .pairs = c->pairs, .hides_set = c->writes },
		.peers = c->peers,
		.arena = &c->scratch,
	};
	struct buf what;

	buf_init(&what, TEXT_MOST);
	switch (judge_answers(&judge, request, scope, answers, &what)) {
	case VERDICT_SAME:
		break;
	case VERDICT_KNOWN:
		count_known(c, request, buf_view(&what));
		break;
	case VERDICT_DIFFERENT:
		c->differences++;
		print_difference(c, request, buf_view(&what));
		break;
	}
	buf_done(&what);
}

/* Before the answers are judged, as they show the new keys. */
static void learn_key(
	struct comparison *c, const struct operation *operation, const struct peer_answer *answers)
{
	struct key_pair key;

	if (operation && operation->action == ACTION_CREATE &&
		created_key(operation, answers, &c->scratch, &key))
		key_pairs_add(c->pairs, operation->resource, key);
}

bool comparison_ask(struct comparison *c, const struct request *request, enum scope scope,
	struct peer_answer answers[PEERS])
{
	struct peer_answer own[PEERS];

	if (comparison_is_over(c))
		return false;
	if (!answers)
		answers = own;
	arena_reset(&c->scratch);
	c->failed = !ask_both(c, request, answers);
	if (c->failed)
		return false;
	c->requests++;
	learn_key(c, request->operation, answers);
	judge(c, request, scope, answers);
	return true;
}

/* The end. */

void comparison_conclude(const struct comparison *c)
{
	char requests[GROUPED_MOST], differences[GROUPED_MOST], known[GROUPED_MOST];

	if (c->differences > COMPARISON_SHOWN && !c->all)
		printf("%s more; --all prints them\n",
			grouped(c->differences - COMPARISON_SHOWN, differences));
	for (const struct known_difference *k = c->knowns; k; k = k->next)
		printf("known: %s; %s, first: %s\n", k->what, grouped(k->count, known), k->first);
	printf("%s requests, %s differences, %s known\n", grouped(c->requests, requests),
		grouped(c->differences, differences), grouped(c->known, known));
}

void comparison_done(struct comparison *c)
{
	for (int side = 0; side < PEERS; side++)
		peer_close(&c->peers[side]);
	free_knowns(c);
	key_pairs_free(c->pairs);
	arena_done(&c->scratch);
}
