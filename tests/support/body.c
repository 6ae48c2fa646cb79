#include "body.h"

void body_init(struct body *body, const struct resource *r, bool partial)
{
	*body = (struct body){
		.schema = { .name = r->schema, .resource = r, .members = body->members },
		.operation = {
			.action = partial ? ACTION_UPDATE : ACTION_CREATE,
			.resource = r,
			.body = &body->schema,
			.partial = partial,
			.answer = ANSWER_ROW,
		},
	};
	for (unsigned i = 0; i < r->nfields; i++) {
		if (!(r->fields[i].flags & FIELD_INPUT))
			continue;
		body->members[body->schema.nmembers++] = (struct member){
			.name = r->fields[i].name,
			.field = &r->fields[i],
			.index = i,
			.optional = partial,
		};
		body->schema.fields |= UINT64_C(1) << i;
	}
}
