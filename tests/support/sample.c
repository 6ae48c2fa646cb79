#include "sample.h"

#include "suite.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

static char *read_file(const char *path, size_t *length)
{
	char *text = malloc(DECLARATION_CANONICAL_MOST);
	FILE *file = fopen(path, "r");

	if (!file || !text)
		err(EXIT_FAILURE, "%s", path);
	*length = fread(text, 1, DECLARATION_CANONICAL_MOST, file);
	fclose(file);
	return text;
}

void sample_use_api(void)
{
	const char *path = getenv("POSTERN_TEST_API");
	struct str text = builtin_declaration;
	char *of_file = path ? read_file(path, &text.len) : NULL;
	struct buf error;

	if (of_file)
		text.ptr = of_file;
	buf_init(&error, DECLARATION_MOST);
	api_use(declaration_read(text, path ? path : "built-in", &error));
	if (!api)
		errx(EXIT_FAILURE, "%.*s", STR_ARGS(buf_view(&error)));
	buf_done(&error);
	free(of_file);
}

const struct api *sample_read_api(struct str text)
{
	struct buf error;

	buf_init(&error, DECLARATION_MOST);
	const struct api *read = declaration_read(text, "test.json", &error);
	ck_assert_msg(read != NULL, "%.*s", STR_ARGS(buf_view(&error)));
	buf_done(&error);
	return read;
}

const struct resource *sample_resource(const char *name)
{
	for (unsigned i = 0; i < api->nresources; i++)
		if (strcmp(api->resources[i]->name, name) == 0)
			return api->resources[i];
	ck_abort_msg("no resource %s", name);
	return NULL;
}

struct str sample_text(struct arena *arena, const struct field *f, unsigned n)
{
	struct str text = arena_printf(arena, "%u %s", n, f->name);

	if (f->len.max != FIELD_UNBOUNDED && text.len > f->len.max)
		text.len = f->len.max;
	return text;
}

struct record sample_input(struct arena *arena, const struct resource *r, unsigned n)
{
	struct record record = { .resource = r };

	for (unsigned i = 0; i < r->nfields; i++) {
		const struct field *f = &r->fields[i];
		if (!(f->flags & FIELD_INPUT))
			continue;
		record_set(&record, i,
			value_kind_of(f->type) == VALUE_INT ? value_int(n)
							    : value_text(sample_text(arena, f, n)));
	}
	return record;
}

struct command sample_create(struct arena *arena, const struct resource *r, uint64_t id, unsigned n)
{
	return (struct command){
		.id = id,
		.action = ACTION_CREATE,
		.resource = r,
		.parent = key_int(r->parent ? 1 : 0),
		.record = sample_input(arena, r, n),
	};
}

const struct resource *sample_concerned(enum fault fault, const struct resource *r, uint64_t fields)
{
	return fault == FAULT_NOT_FOUND && fields ? r->fields[__builtin_ctzll(fields)].to : r;
}

void sample_assert_same(const struct record *got, const struct record *want)
{
	ck_assert_str_eq(got->resource->name, want->resource->name);
	ck_assert_uint_eq(got->present, want->present);
	for (unsigned i = 0; i < got->resource->nfields; i++) {
		if (!record_has(got, i))
			continue;
		ck_assert_int_eq(got->values[i].kind, want->values[i].kind);
		if (got->values[i].kind == VALUE_INT || got->values[i].kind == VALUE_ZONED)
			ck_assert_int_eq(got->values[i].integer, want->values[i].integer);
		if (got->values[i].kind == VALUE_ZONED)
			ck_assert_int_eq(got->values[i].offset, want->values[i].offset);
		if (got->values[i].kind == VALUE_STR)
			ck_assert_slice_eq(got->values[i].text, want->values[i].text);
	}
}

const struct schema *sample_shown(const struct resource *r, enum action action)
{
	ck_assert_ptr_nonnull(r->by_action[action]);
	return r->by_action[action]->shown;
}

const struct member *sample_embed(const struct resource *child)
{
	const struct schema *shown = sample_shown(child->parent, ACTION_READ);

	for (unsigned i = 0; i < shown->nmembers; i++)
		if (shown->members[i].of == child)
			return &shown->members[i];
	return NULL;
}

static void add_members(
	struct member *members, struct schema *schema, const struct resource *r, bool input)
{
	for (unsigned i = 0; i < r->nfields; i++) {
		const struct field *f = &r->fields[i];
		if (f->flags & FIELD_HIDDEN || !(f->flags & FIELD_INPUT) == input)
			continue;
		members[schema->nmembers++] = (struct member){
			.name = f->name, .kind = MEMBER_FIELD, .field = f, .index = i
		};
	}
}

struct schema sample_response(struct arena *arena, const struct resource *r)
{
	struct member *members = arena_calloc(arena, r->nfields, sizeof(*members));
	struct schema schema = { .resource = r, .members = members };

	add_members(members, &schema, r, true);
	add_members(members, &schema, r, false);
	return schema;
}

uint64_t sample_shape(const struct rows *rows, const struct schema *shown)
{
	return rows->embed ? rows->api->shapes[rows->embed->number] : shown->shape;
}
