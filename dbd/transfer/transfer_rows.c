#include "transfer_rows.h"

#include "civil.h"

static bool fail(
	struct transfer_end *end, const struct record *row, unsigned column, const char *why)
{
	transfer_name(end->error, row, column);
	buf_str(end->error, str_from(why));
	return false;
}

/* NULL, or why the column cannot have this moment with a zone. */
static const char *drop_zone(const struct field *f, struct value *v)
{
	int64_t moment = v->integer - v->offset * CIVIL_SECOND;

	if (!(f->flags & FIELD_TIMEZONE))
		return "it has a time zone, and the column has none";
	if (moment < CIVIL_FIRST || moment >= CIVIL_END)
		return "it is beyond the years 1 to 9999 in UTC";
	*v = value_int(moment);
	return NULL;
}

static bool drop_zones(struct transfer_end *end, struct record *row)
{
	for (unsigned i = 0; i < resource_columns(row->resource); i++) {
		struct value *v = &row->values[i];
		const char *why = NULL;
		if (v->kind == VALUE_ZONED)
			why = drop_zone(&row->resource->fields[i], v);
		if (why)
			return fail(end, row, i, why);
	}
	return true;
}

bool transfer_next_row(
	struct transfer_end *end, struct transfer_digest *digest, struct record *row, bool *there)
{
	unsigned field;

	if (!end->ops->next_row(end, row, &field, there))
		return false;
	if (!*there)
		return true;
	if (field < resource_columns(row->resource))
		return fail(end, row, field, "its value is not of the column's type");
	if (!drop_zones(end, row))
		return false;
	transfer_digest_add(digest, row);
	return true;
}

const char *transfer_fault(const struct field *f, const struct value *value)
{
	struct field stored = *f;

	/* Clients' bounds: what is stored need not keep them. */
	stored.len.min = 0;
	stored.len.max = FIELD_UNBOUNDED;
	stored.flags &= ~(unsigned)FIELD_FINITE;
	stored.flags |= FIELD_NULLABLE;
	return value->kind != VALUE_REFUSED && value->kind != VALUE_ZONED &&
			       value_is_input(value, &stored)
		       ? NULL
		       : "its value is not of the column's type";
}
