#include "pg_statements.h"

#include "digest.h"
#include "log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES = 2 * PG_STATEMENTS_MAX, TEXT_LIMIT = 1024 * 1024 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct kept {
	struct pg_key key;
	struct pg_statement statement;
} * all[PG_STATEMENTS_MAX];
static unsigned count;
static uint16_t places[PLACES]; /* hash table, linear probing: 1 + index in `all`; 0: free */

static uint64_t mix(uint64_t hash, uint64_t with)
{
	hash = (hash ^ with) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

static unsigned hash_of(const struct pg_key *key)
{
	uint64_t hash = mix(key->family, (uintptr_t)key->resource);

	hash = mix(hash, (uintptr_t)key->table);
	hash = mix(hash, key->number);
	hash = mix(hash, key->others);
	return (unsigned)(mix(hash, (uintptr_t)key->text) % PLACES);
}

static bool is_equal(const struct pg_key *a, const struct pg_key *b)
{
	return a->family == b->family && a->resource == b->resource && a->table == b->table &&
	       a->number == b->number && a->others == b->others && a->text == b->text;
}

static void generate(const struct pg_key *key, struct buf *text)
{
	switch (key->family) {
	case PG_FAMILY_TEXT:
		buf_str(text, str_from(key->text));
		break;
	case PG_FAMILY_PURPOSE:
		pg_sql_statement(text, key->resource, (enum pg_purpose)key->number);
		break;
	case PG_FAMILY_UPDATE:
		pg_sql_update(text, key->resource, key->number);
		break;
	case PG_FAMILY_CHILDREN:
		pg_sql_children(text, key->resource, (unsigned)key->number);
		buf_printf(text, " LIMIT %d", PG_SHARED_MOST);
		break;
	case PG_FAMILY_FIELD:
		pg_sql_field(text, key->resource, (unsigned)key->number);
		break;
	case PG_FAMILY_REFERRING:
		pg_sql_referring(text, key->resource, (unsigned)key->number);
		break;
	case PG_FAMILY_SET_NULL:
		pg_sql_set_null(text, key->resource, (unsigned)key->number, key->others);
		break;
	case PG_FAMILY_LINKS:
		pg_sql_links(text, key->resource, (enum pg_links)key->number);
		break;
	case PG_FAMILY_LINKED:
		pg_sql_linked(text, key->resource, key->table, (enum link_end)key->number);
		buf_printf(text, " LIMIT %d", PG_SHARED_MOST);
		break;
	case PG_FAMILY_DELETE_BELOW:
		pg_sql_delete_below(text, key->resource, key->table);
		break;
	}
	buf_char(text, '\0');
	if (text->failed)
		log_die("out of memory for a statement");
}

static const struct pg_statement *keep(const struct pg_key *key, unsigned place)
{
	struct kept *kept = calloc(1, sizeof(*kept));
	struct buf text;

	if (!kept)
		log_die("out of memory for a statement");
	buf_init(&text, TEXT_LIMIT);
	generate(key, &text);
	kept->key = *key;
	kept->statement.number = count;
	kept->statement.text = strdup(buf_view(&text).ptr);
	buf_done(&text);
	if (!kept->statement.text)
		log_die("out of memory for a statement");
	snprintf(kept->statement.name, sizeof(kept->statement.name), "postern%016" PRIx64,
		digest_bytes(DIGEST_BEGIN, str_from(kept->statement.text)));
	all[count++] = kept;
	places[place] = (uint16_t)count;
	return &kept->statement;
}

static const struct pg_statement *find(const struct pg_key *key)
{
	unsigned place = hash_of(key);

	for (; places[place] > 0; place = (place + 1) % PLACES)
		if (is_equal(&all[places[place] - 1]->key, key))
			return &all[places[place] - 1]->statement;
	return count < PG_STATEMENTS_MAX ? keep(key, place) : NULL;
}

const struct pg_statement *pg_statement(
	const struct pg_key *key, struct pg_statement *spare, struct buf *text)
{
	pthread_mutex_lock(&mutex);
	const struct pg_statement *found = find(key);
	pthread_mutex_unlock(&mutex);
	if (found)
		return found;
	buf_reset(text, SIZE_MAX);
	generate(key, text);
	*spare = (struct pg_statement){ .text = buf_view(text).ptr, .once = true };
	return spare;
}
