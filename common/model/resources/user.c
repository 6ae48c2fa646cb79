#include "declare.h"

static const struct field fields[] = {
	{ .name = "id", .type = FIELD_INT, .flags = FIELD_KEY | FIELD_INDEX },
	{ .name = "username",
		.type = FIELD_STR,
		.flags = FIELD_INPUT | FIELD_UNIQUE | FIELD_INDEX,
		.len = { 1, 50 } },
	{ .name = "email",
		.type = FIELD_EMAIL,
		.flags = FIELD_INPUT | FIELD_UNIQUE | FIELD_INDEX,
		.len = { 0, 120 } },
};

const struct resource user_resource = {
	.name = "user",
	.plural = "users",
	.table = "users",
	.schema = "User",
	.fields = fields,
	.nfields = NITEMS(fields),
};
