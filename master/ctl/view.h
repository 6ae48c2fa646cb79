/* Formats the status that operator_status.h writes, for people and for programs. */
#ifndef POSTERN_VIEW_H
#define POSTERN_VIEW_H

#include "buf.h"

/* Appends a table. */
void view_table(struct str status, struct buf *out);

/* Appends one JSON object (RFC 8259) and an LF: a member for each fact, and "processes". */
void view_json(struct str status, struct buf *out);

#endif
