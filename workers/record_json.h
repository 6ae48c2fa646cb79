/* Records as the API shows them: input fields first, then the others, each in the declared order.
 */
#ifndef POSTERN_RECORD_JSON_H
#define POSTERN_RECORD_JSON_H

#include "buf.h"
#include "record.h"

/* The indexes of r's fields in the order in which they are shown; returns r->nfields. */
unsigned record_json_order(const struct resource *r, unsigned order[RESOURCE_MAX_FIELDS]);

/* One object; with open, its last brace is left out, so that embedded children can follow. */
void record_json_write(struct buf *out, const struct record *record, bool open);

/* Python's datetime.isoformat() of a moment in UTC without a zone: "2026-01-02T03:04:05", with six
 * digits of a fraction unless it is 0. */
void record_json_datetime(struct buf *out, int64_t microseconds);

#endif
