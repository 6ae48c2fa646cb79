/* Records as the API shows them: input fields first, then the others, each in the declared order.
 */
#ifndef POSTERN_RECORD_JSON_H
#define POSTERN_RECORD_JSON_H

#include "buf.h"
#include "record.h"

/* A resource's fields in the order in which they are shown. */
struct record_json {
	unsigned nfields;
	struct record_json_field {
		unsigned index; /* in the resource and in a record */
		struct str name;
		void (*write)(struct buf *out, const struct value *v); /* what is not null */
	} fields[RESOURCE_MAX_FIELDS];
};

void record_json_init(struct record_json *json, const struct resource *r);

/* One object; with open, its last brace is left out, so that embedded children can follow. The
 * record is one of the resource that json was made of. */
void record_json_write(
	struct buf *out, const struct record_json *json, const struct record *record, bool open);

/* Python's datetime.isoformat() of a moment without a zone, as a JSON string:
 * "2026-01-02T03:04:05", with six digits of a fraction unless it is 0. Behind one with a zone
 * stands what Pydantic writes of that (pydantic-core, speedate): Z if it is UTC, else "+02:00". */
void record_json_datetime(struct buf *out, int64_t microseconds);

#endif
