#include "declare.h"

static const struct field fields[] = {
	{ .name = "id", .type = FIELD_INT, .flags = FIELD_KEY | FIELD_INDEX },
	{ .name = "title", .type = FIELD_STR, .flags = FIELD_INPUT, .len = { 1, 100 } },
	{ .name = "content",
		.type = FIELD_TEXT,
		.flags = FIELD_INPUT,
		.len = { 1, FIELD_UNBOUNDED } },
	{ .name = "user_id", .type = FIELD_INT, .flags = FIELD_PARENT | FIELD_INDEX },
	{ .name = "date_posted", .type = FIELD_DATETIME, .flags = FIELD_NOW },
};

const struct resource post_resource = {
	.name = "post",
	.plural = "posts",
	.table = "posts",
	.schema = "Post",
	.parent = &user_resource,
	.embedded = true,
	.fields = fields,
	.nfields = NITEMS(fields),
};
