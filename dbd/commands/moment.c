#include "moment.h"

#include <time.h>

#define DAY (INT64_C(24) * 60 * 60 * 1000000) /* microseconds */

int64_t moment_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

struct value moment_value(const struct field *f, int64_t moment, bool zoned)
{
	switch (f->type) {
	case FIELD_DATE:
		return value_int(moment / DAY);
	case FIELD_TIME:
		return value_int(moment % DAY);
	default:
		return zoned && f->flags & FIELD_TIMEZONE ? value_zoned(moment, 0)
							  : value_int(moment);
	}
}

uint64_t moment_touch(struct record *row, bool zoned)
{
	uint64_t touched = resource_fields_with(row->resource, FIELD_NOW_TOO);
	int64_t moment = touched ? moment_now() : 0;

	for (uint64_t left = touched; left; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctzll(left);
		record_set(row, i, moment_value(&row->resource->fields[i], moment, zoned));
	}
	return touched;
}
