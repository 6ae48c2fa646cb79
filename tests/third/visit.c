#include "resources/declare.h"

/* An input of each type. */
static const struct field fields[] = {
	{ .name = "id", .type = FIELD_INT, .flags = FIELD_KEY | FIELD_INDEX },
	{ .name = "guest", .type = FIELD_STR, .flags = FIELD_INPUT, .len = { 1, 100 } },
	{ .name = "email", .type = FIELD_EMAIL, .flags = FIELD_INPUT, .len = { 0, 120 } },
	{ .name = "badge", .type = FIELD_INT, .flags = FIELD_INPUT | FIELD_UNIQUE },
	{ .name = "began", .type = FIELD_DATETIME, .flags = FIELD_INPUT },
	{ .name = "noted", .type = FIELD_DATETIME, .flags = FIELD_NOW },
};

const struct resource visit_resource = {
	.name = "visit",
	.plural = "visits",
	.table = "visits",
	.schema = "Visit",
	.fields = fields,
	.nfields = NITEMS(fields),
};
