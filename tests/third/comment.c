#include "resources/declare.h"

static const struct field fields[] = {
	{ .name = "id", .type = FIELD_INT, .flags = FIELD_KEY | FIELD_INDEX },
	{ .name = "body", .type = FIELD_STR, .flags = FIELD_INPUT, .len = { 1, 2000 } },
	{ .name = "post_id", .type = FIELD_INT, .flags = FIELD_PARENT | FIELD_INDEX },
};

const struct resource comment_resource = {
	.name = "comment",
	.plural = "comments",
	.table = "comments",
	.schema = "Comment",
	.parent = &post_resource,
	.fields = fields,
	.nfields = NITEMS(fields),
};
