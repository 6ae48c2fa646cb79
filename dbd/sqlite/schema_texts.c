#include "schema_texts.h"

#include "arena.h"
#include "sql.h"

#include <stdlib.h>

struct texts {
	struct arena arena;
	struct buf buf; /* one text after the other */
	struct str *list;
	size_t count;
};

/* Ends the text that begins at an offset in the buffer, which may still move. */
static void add(struct texts *t, size_t begin)
{
	t->list[t->count++] = (struct str){ NULL, buf_len(&t->buf) - begin };
}

static void add_table(struct texts *t, const struct resource *r)
{
	size_t begin = buf_len(&t->buf);

	sql_create_table(&t->buf, r);
	add(t, begin);
	for (unsigned i = 0; i < resource_columns(r); i++) {
		if (!(r->fields[i].flags & FIELD_INDEX))
			continue;
		begin = buf_len(&t->buf);
		sql_create_index(&t->buf, r, i);
		add(t, begin);
	}
}

static size_t count_most(const struct api *declared)
{
	size_t count = 0;

	for (unsigned i = 0; i < api_count_tables(declared); i++)
		count += 1 + (size_t)resource_columns(api_table(declared, i));
	return count;
}

/* As SQLite compares texts. */
static int compare(struct str a, struct str b)
{
	int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_texts(const void *a, const void *b)
{
	return compare(*(const struct str *)a, *(const struct str *)b);
}

/* The texts of what the declaration needs, in order. */
static void write_texts(struct texts *t, const struct api *declared)
{
	t->list = arena_calloc(&t->arena, count_most(declared), sizeof(*t->list));
	for (unsigned i = 0; i < api_count_tables(declared); i++)
		add_table(t, api_table(declared, i));
	struct str rest = buf_view(&t->buf);
	for (size_t i = 0; i < t->count && !t->buf.failed; i++) {
		t->list[i].ptr = rest.ptr;
		rest = str_from_index(rest, t->list[i].len);
	}
	if (!t->buf.failed)
		qsort(t->list, t->count, sizeof(*t->list), compare_texts);
}

/* Both are in order. */
static bool has_all(sqlite3_stmt *rows, const struct texts *wanted)
{
	size_t found = 0;

	while (found < wanted->count && sqlite3_step(rows) == SQLITE_ROW) {
		const void *text = sqlite3_column_text(rows, 0);
		size_t len = (size_t)sqlite3_column_bytes(rows, 0);
		int order = text ? compare((struct str){ text, len }, wanted->list[found]) : 1;
		if (order > 0)
			return false;
		found += order == 0;
	}
	return found == wanted->count;
}

bool schema_texts_equal(sqlite3 *db, const struct api *declared)
{
	static const char query[] = "SELECT sql FROM main.sqlite_schema WHERE sql IS NOT NULL"
				    " ORDER BY sql";
	struct texts wanted = { 0 };
	sqlite3_stmt *rows = NULL;
	bool equal = false;

	buf_init(&wanted.buf, SIZE_MAX / 2);
	write_texts(&wanted, declared);
	if (!wanted.buf.failed && sqlite3_prepare_v2(db, query, -1, &rows, NULL) == SQLITE_OK)
		equal = has_all(rows, &wanted);
	sqlite3_finalize(rows);
	buf_done(&wanted.buf);
	arena_done(&wanted.arena);
	return equal;
}
