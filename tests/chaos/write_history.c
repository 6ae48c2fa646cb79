#include "write_history.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNAVAILABLE "{\"detail\":\"The database did not answer; nothing was done\"}"
#define BUSY        "{\"detail\":\"Too many requests are waiting; nothing was done\"}"
#define LOST                                                                                       \
	"{\"detail\":\"The database was lost before it answered; whether this was done is "        \
	"unknown\"}"

enum {
	FIRST_SIZE = 1024,
	TEXT_MAX = 4096,
	DATE_MAX = 27, /* 2026-01-31T12:00:00.123456Z */
	LONG_EVERY = 8,
	LONG_CONTENT = 2000
};

struct write_history_entry {
	uint32_t parent, id;
	uint8_t outcome, rows;
	char date[DATE_MAX + 1]; /* of a post, as in the answer */
};

void write_history_done(struct write_history *l)
{
	free(l->entries);
	*l = (struct write_history){ 0 };
}

size_t write_history_add(struct write_history *l, uint32_t parent)
{
	if (l->count == l->size) {
		l->size = l->size ? l->size * 2 : FIRST_SIZE;
		l->entries = realloc(l->entries, l->size * sizeof(*l->entries));
		ck_assert_ptr_nonnull(l->entries);
	}
	l->entries[l->count] = (struct write_history_entry){ .parent = parent };
	return l->count++;
}

uint32_t write_history_id(const struct write_history *l, size_t number)
{
	return l->entries[number].id;
}

/* Some texts are long, so that their rows need overflow pages. */
static void write_content(size_t number, char text[LONG_CONTENT + 1])
{
	int n = snprintf(text, LONG_CONTENT + 1, "content \xc3\xa9 %zu ", number);

	if (number % LONG_EVERY != 0)
		return;
	memset(text + n, 'x', LONG_CONTENT - (size_t)n);
	text[LONG_CONTENT] = '\0';
}

/* The members of the request body, without the closing brace. */
static void write_members(const struct write_history *l, size_t number, char text[TEXT_MAX])
{
	char content[LONG_CONTENT + 1];

	if (l->entries[number].parent == 0) {
		snprintf(text, TEXT_MAX, "{\"username\":\"u%zu\",\"email\":\"u%zu@example.com\"",
			number, number);
		return;
	}
	write_content(number, content);
	snprintf(text, TEXT_MAX, "{\"title\":\"t%zu\",\"content\":\"%s\"", number, content);
}

void write_history_ask(const struct write_history *l, size_t number, struct async_client *client)
{
	char target[64] = "/users", body[TEXT_MAX + 1];

	if (l->entries[number].parent != 0)
		snprintf(target, sizeof(target), "/users/%" PRIu32 "/posts",
			l->entries[number].parent);
	write_members(l, number, body);
	strcat(body, "}");
	async_client_ask(client, "POST", target, body);
}

/* Answers. */

static void note_row(struct write_history *l, size_t number, const struct heard *heard)
{
	struct write_history_entry *e = &l->entries[number];
	char members[TEXT_MAX];
	uint32_t parent = 0;
	int end = 0;

	write_members(l, number, members);
	bool same = str_starts(heard->body, str_from(members));
	const char *rest = same ? heard->body.ptr + strlen(members) : "";
	if (e->parent == 0)
		sscanf(rest, ",\"id\":%" SCNu32 "}%n", &e->id, &end);
	else
		sscanf(rest,
			",\"id\":%" SCNu32 ",\"user_id\":%" SCNu32
			",\"date_posted\":\"%27[0-9T:.Z-]\"}%n",
			&e->id, &parent, e->date, &end);
	ck_assert_msg(end > 0 && rest[end] == '\0' && parent == e->parent && e->id > 0,
		"%s} was answered with %s", members, heard->body.ptr);
}

static enum write_history_outcome judge(const struct heard *heard)
{
	if (heard->status == 201)
		return WRITE_ACKNOWLEDGED;
	if (heard->status == 503 && str_equal(heard->body, STR(LOST)))
		return WRITE_UNKNOWN;
	ck_assert_msg(heard->status == 503 && (str_equal(heard->body, STR(UNAVAILABLE)) ||
						      str_equal(heard->body, STR(BUSY))),
		"a write was answered with %d %s", heard->status, heard->body.ptr);
	return WRITE_REFUSED;
}

enum write_history_outcome write_history_note(
	struct write_history *l, size_t number, const struct heard *heard)
{
	enum write_history_outcome outcome = judge(heard);

	l->entries[number].outcome = (uint8_t)outcome;
	if (outcome == WRITE_ACKNOWLEDGED)
		note_row(l, number, heard);
	return outcome;
}

/* Reading back. */

void write_history_ask_back(
	const struct write_history *l, size_t number, struct async_client *client)
{
	const struct write_history_entry *e = &l->entries[number];
	char target[64];

	snprintf(target, sizeof(target), "/%s/%" PRIu32, e->parent ? "posts" : "users", e->id);
	async_client_ask(client, "GET", target, NULL);
}

void write_history_check_back(
	const struct write_history *l, size_t number, const struct heard *heard)
{
	const struct write_history_entry *e = &l->entries[number];
	char text[TEXT_MAX];

	write_members(l, number, text);
	size_t n = strlen(text);
	if (e->parent == 0)
		snprintf(text + n, TEXT_MAX - n, ",\"id\":%" PRIu32 ",\"posts\":[", e->id);
	else
		snprintf(text + n, TEXT_MAX - n,
			",\"id\":%" PRIu32 ",\"user_id\":%" PRIu32 ",\"date_posted\":\"%s\"}",
			e->id, e->parent, e->date);
	ck_assert_msg(heard->status == 200 && str_starts(heard->body, str_from(text)),
		"what was acknowledged as %s is read as %d %s", text, heard->status,
		heard->body.ptr);
}

/* The audit. */

/* The row of the write with this number, as sqlite3 and psql print it. */
static void write_row(const struct write_history *l, size_t number, uint32_t id, struct buf *out)
{
	const struct write_history_entry *e = &l->entries[number];
	char content[LONG_CONTENT + 1];

	if (e->parent == 0) {
		buf_printf(out, "u%zu|u%zu@example.com|%" PRIu32, number, number, id);
		return;
	}
	write_content(number, content);
	buf_printf(out, "t%zu|%s|%" PRIu32 "|%" PRIu32, number, content, id, e->parent);
	if (e->outcome == WRITE_ACKNOWLEDGED)
		buf_printf(out, "|%s", e->date);
}

/* Finds the write of a row, and sets *id to the id of the row. */
static size_t find_number(const struct write_history *l, const char *row, uint32_t *id)
{
	size_t number = SIZE_MAX;
	bool is_user = row[0] == 'u';

	ck_assert_msg(sscanf(row + 1, "%zu|%*[^|]|%" SCNu32, &number, id) == 2 &&
			      number < l->count && is_user == (l->entries[number].parent == 0),
		"a row that was never sent: %s", row);
	return number;
}

static void check_row(struct write_history *l, const char *row)
{
	struct buf due;
	uint32_t id = 0;
	size_t number = find_number(l, row, &id);
	struct write_history_entry *e = &l->entries[number];
	bool known = e->outcome == WRITE_ACKNOWLEDGED;

	ck_assert_msg(e->outcome != WRITE_REFUSED, "\"nothing was done\", but it was: %s", row);
	ck_assert_msg(e->rows++ == 0, "written twice: %s", row);
	buf_init(&due, TEXT_MAX);
	write_row(l, number, known ? e->id : id, &due);
	/* The date of a post with unknown outcome is not known. */
	bool same = known ? str_equal(buf_view(&due), str_from(row))
			  : str_starts(str_from(row), buf_view(&due));
	ck_assert_msg(same, "due %.*s, kept %s", (int)buf_len(&due), buf_view(&due).ptr, row);
	buf_done(&due);
}

/* Formats a date as answers do: without the microseconds if they are 0. */
#define ROWS(date)                                                                                 \
	"SELECT username, email, id FROM users; SELECT title, content, id, user_id, " date         \
	" FROM posts;"
static const char sqlite_rows[] = ROWS("replace(replace(date_posted, ' ', 'T'), '.000000', '')");
static const char postgres_rows[] = ROWS("replace(to_char(date_posted AT TIME ZONE 'UTC',"
					 " 'YYYY-MM-DD\"T\"HH24:MI:SS.USZ'), '.000000', '')");

static void check_rows(struct write_history *l, const char *url)
{
	char *line = NULL;
	size_t size = 0;

	FILE *rows =
		test_database_open(url, test_database_is_postgres() ? postgres_rows : sqlite_rows);
	for (ssize_t n; (n = getline(&line, &size, rows)) > 0;) {
		line[n - 1] = '\0';
		check_row(l, line);
	}
	free(line);
	ck_assert_int_eq(pclose(rows), 0);
}

void write_history_audit(struct write_history *l, const struct postern *server)
{
	check_rows(l, server->url);
	memset(l->outcomes, 0, sizeof(l->outcomes));
	for (size_t i = 0; i < l->count; i++) {
		const struct write_history_entry *e = &l->entries[i];
		l->outcomes[e->outcome]++;
		ck_assert_msg(e->outcome != WRITE_ACKNOWLEDGED || e->rows == 1,
			"write %zu was acknowledged with id %" PRIu32 " and is lost", i, e->id);
	}
	postern_check_database(server);
}
