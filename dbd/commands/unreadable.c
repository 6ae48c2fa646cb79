#include "unreadable.h"

#include "digest.h"
#include "log.h"

#include <inttypes.h>
#include <stdatomic.h>

/* Digests of what has been named; 0: free. Nothing is ever taken out. */
static _Atomic uint64_t named[UNREADABLE_NAMED_MOST];
static atomic_bool is_full;

static int64_t key_of(const struct record *row, unsigned field)
{
	unsigned key = resource_field_with(row->resource, FIELD_KEY);

	return key == field ? 0 : row->values[key].integer;
}

static uint64_t digest_of(const struct record *row, unsigned field)
{
	uint64_t digest = digest_number(DIGEST_BEGIN, resource_index(row->resource));

	digest = digest_number(digest, (uint64_t)key_of(row, field));
	digest = digest_number(digest, field);
	return digest ? digest : 1;
}

enum outcome { IS_NEW, IS_KNOWN, NO_ROOM };

static enum outcome remember(uint64_t digest)
{
	for (uint64_t i = 0; i < UNREADABLE_NAMED_MOST; i++) {
		_Atomic uint64_t *place = &named[(digest + i) % UNREADABLE_NAMED_MOST];
		uint64_t there = atomic_load(place);
		if (there == 0 && atomic_compare_exchange_strong(place, &there, digest))
			return IS_NEW;
		if (there == digest)
			return IS_KNOWN;
	}
	return NO_ROOM;
}

static void name_row(const struct record *row, unsigned field)
{
	const struct resource *r = row->resource;

	if (field == r->nfields)
		log_error("table %s, row %" PRId64 ": it is too long to be shown; "
			  "lists leave it out",
			r->plural, key_of(row, field));
	else if (r->fields[field].flags & FIELD_KEY)
		log_error("table %s, column %s: a row's value is not of the column's type; "
			  "lists leave the row out",
			r->plural, r->fields[field].name);
	else
		log_error("table %s, row %" PRId64 ", column %s: its value is not of the "
			  "column's type; lists leave the row out",
			r->plural, key_of(row, field), r->fields[field].name);
}

void unreadable_row(const struct record *row, unsigned field)
{
	switch (remember(digest_of(row, field))) {
	case IS_NEW:
		name_row(row, field);
		break;
	case NO_ROOM:
		if (!atomic_exchange(&is_full, true))
			log_error("more than %d rows cannot be read; the others are not named, "
				  "but counted (postern_dbd_rows_left_out_total)",
				UNREADABLE_NAMED_MOST);
		break;
	case IS_KNOWN:
		break;
	}
}
