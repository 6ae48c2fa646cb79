/* The moments that the server sets: when a row is created or changed. */
#ifndef POSTERN_MOMENT_H
#define POSTERN_MOMENT_H

#include "record.h"

/* The current moment: microseconds since 1970, UTC. */
int64_t moment_now(void);

/* A moment as a value of a field of type DATE, TIME or DATETIME; zoned: one with a time zone
 * (FIELD_TIMEZONE) says that it is in UTC. */
struct value moment_value(const struct field *f, int64_t moment, bool zoned);

/* Sets the fields that every update sets (FIELD_NOW_TOO) to the current moment. Returns them, as
 * bits. */
uint64_t moment_touch(struct record *row, bool zoned);

#endif
