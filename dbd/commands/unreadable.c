#include "unreadable.h"

#include "digest.h"
#include "key.h"
#include "log.h"

#include <stdatomic.h>

/* Hash table of the digests of what has been logged; 0: free. Entries are never removed. */
static _Atomic uint64_t named[UNREADABLE_NAMED_MOST];
static atomic_bool is_full;

static struct key key_of(const struct record *row, unsigned field)
{
	return field == RESOURCE_KEY ? key_none() : key_of_value(&row->values[RESOURCE_KEY]);
}

static uint64_t digest_of(const struct record *row, unsigned field)
{
	uint64_t digest = digest_number(DIGEST_BEGIN, row->resource->number);

	digest = digest_number(digest, key_of(row, field).high);
	digest = digest_number(digest, key_of(row, field).low);
	digest = digest_number(digest, field);
	return digest ? digest : 1;
}

enum outcome { IS_NEW, IS_KNOWN, IS_FULL };

/* Lock-free, by linear probing. */
static enum outcome remember(uint64_t digest)
{
	for (uint64_t i = 0; i < UNREADABLE_NAMED_MOST; i++) {
		_Atomic uint64_t *place = &named[(digest + i) % UNREADABLE_NAMED_MOST];
		uint64_t found = atomic_load(place);
		if (found == 0 && atomic_compare_exchange_strong(place, &found, digest))
			return IS_NEW;
		if (found == digest)
			return IS_KNOWN;
	}
	return IS_FULL;
}

static void log_row(const struct record *row, unsigned field)
{
	const struct resource *r = row->resource;
	char key[KEY_TEXT_SIZE];

	key_text(&r->fields[RESOURCE_KEY], key_of(row, field), key);
	if (field == resource_columns(r))
		log_error("table %s, row %s: it is too long for a reply; lists omit it", r->plural,
			key);
	else if (r->fields[field].flags & FIELD_KEY)
		log_error("table %s, column %s: a row's value is not of the column's type; "
			  "lists omit the row",
			r->plural, r->fields[field].name);
	else
		log_error("table %s, row %s, column %s: its value is not of the "
			  "column's type; lists omit the row",
			r->plural, key, r->fields[field].name);
}

void unreadable_row(const struct record *row, unsigned field)
{
	switch (remember(digest_of(row, field))) {
	case IS_NEW:
		log_row(row, field);
		break;
	case IS_FULL:
		if (!atomic_exchange(&is_full, true))
			log_error("more than %d rows cannot be read; further ones are not logged, "
				  "only counted (postern_dbd_rows_left_out_total)",
				UNREADABLE_NAMED_MOST);
		break;
	case IS_KNOWN:
		break;
	}
}
