/* The rules for declarations on which all engines rely. */
#include "record.h"
#include "suite.h"

#include <ctype.h>

/* Names need no quoting as columns, JSON keys, parts of paths and operation ids. */
static bool is_snake_case(const char *name)
{
	return islower((unsigned char)name[0]) &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

static unsigned count_with(const struct resource *r, unsigned flags)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->nfields; i++)
		n += (r->fields[i].flags & flags) != 0;
	return n;
}

START_TEST(names_are_plain)
{
	const struct resource *r = api->resources[_i];

	ck_assert_msg(is_snake_case(r->name), "%s", r->name);
	ck_assert_msg(is_snake_case(r->plural), "%s", r->plural);
	ck_assert_msg(isupper((unsigned char)r->schema[0]), "%s", r->schema);
	for (const char *p = r->schema; *p; p++)
		ck_assert_msg(isalnum((unsigned char)*p), "%s", r->schema);
	for (unsigned i = 0; i < r->nfields; i++)
		ck_assert_msg(is_snake_case(r->fields[i].name), "%s", r->fields[i].name);
}
END_TEST

START_TEST(names_are_unique)
{
	const struct resource *r = api->resources[_i];

	for (unsigned i = 0; i < (unsigned)_i; i++) {
		ck_assert_str_ne(api->resources[i]->name, r->name);
		ck_assert_str_ne(api->resources[i]->plural, r->plural);
		ck_assert_str_ne(api->resources[i]->schema, r->schema);
	}
	for (unsigned i = 0; i < r->nfields; i++)
		for (unsigned j = 0; j < i; j++)
			ck_assert_str_ne(r->fields[i].name, r->fields[j].name);
}
END_TEST

START_TEST(the_first_field_is_the_only_key)
{
	const struct resource *r = api->resources[_i];

	ck_assert_uint_ge(r->nfields, 1);
	ck_assert_uint_le(r->nfields, RESOURCE_MAX_FIELDS);
	ck_assert_uint_eq(count_with(r, FIELD_KEY), 1);
	ck_assert(r->fields[RESOURCE_KEY].flags & FIELD_KEY);
	ck_assert_int_eq(r->fields[0].type, FIELD_INT);
}
END_TEST

START_TEST(a_parent_is_declared_before_its_children)
{
	const struct resource *r = api->resources[_i];

	ck_assert_uint_eq(count_with(r, FIELD_PARENT), r->parent ? 1 : 0);
	ck_assert(r->parent || !r->embedded);
	if (!r->parent)
		return;
	ck_assert_uint_lt(resource_index(r->parent), (unsigned)_i);
	ck_assert_int_eq(r->fields[r->parent_field].type, FIELD_INT);
}
END_TEST

/* A field is set by the database, the client, the path or the clock. */
START_TEST(every_field_has_one_origin)
{
	const struct resource *r = api->resources[_i];

	for (unsigned i = 0; i < r->nfields; i++) {
		const struct field *f = &r->fields[i];
		unsigned origins = f->flags & (FIELD_KEY | FIELD_INPUT | FIELD_PARENT | FIELD_NOW);
		ck_assert_msg(__builtin_popcount(origins) == 1, "%s", f->name);
		ck_assert_msg(!(f->flags & FIELD_NOW) || f->type == FIELD_DATETIME, "%s", f->name);
	}
}
END_TEST

START_TEST(an_index_and_a_number_find_their_resource)
{
	const struct resource *r = api->resources[_i];

	ck_assert_uint_eq(resource_index(r), (unsigned)_i);
	ck_assert_ptr_eq(resource_numbered(r->number), r);
	ck_assert_ptr_null(resource_numbered(api->nnumbers));
	ck_assert_ptr_null(resource_numbered(UINT64_MAX));
}
END_TEST

START_TEST(the_masks_are_those_of_the_flags)
{
	const struct resource *r = api->resources[_i];

	for (unsigned bit = 0; bit < FIELD_FLAG_COUNT; bit++)
		for (unsigned i = 0; i < 64; i++)
			ck_assert_uint_eq(
				resource_fields_with(r, (enum field_flag)(1U << bit)) >> i & 1,
				i < r->nfields ? r->fields[i].flags >> bit & 1 : 0);
	uint64_t parent = resource_fields_with(r, FIELD_PARENT);
	ck_assert_uint_eq(r->parent_field, parent ? (unsigned)__builtin_ctzll(parent) : r->nfields);
}
END_TEST

START_TEST(children_are_the_resources_that_name_the_parent)
{
	const struct resource *r = api->resources[_i];
	const struct resource *child = r->first_child;
	unsigned embedded = 0;

	for (unsigned i = 0; i < api->nresources; i++) {
		if (api->resources[i]->parent != r)
			continue;
		ck_assert_ptr_eq(child, api->resources[i]);
		embedded += child->embedded;
		child = child->next_child;
	}
	ck_assert_ptr_null(child);
	ck_assert_uint_eq(r->by_action[ACTION_READ]->shown->nembeds, embedded);
}
END_TEST

START_TEST(the_api_has_a_title_and_a_version)
{
	const char *const texts[] = { api->title, api->version };

	for (size_t i = 0; i < NITEMS(texts); i++) {
		ck_assert_uint_gt(strlen(texts[i]), 0);
		/* The title is not escaped in HTML. */
		ck_assert_ptr_null(strpbrk(texts[i], "<>&\"\\"));
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("resource");
	TCase *tests = tcase_create("resource");
	int n = (int)api->nresources;

	tcase_add_loop_test(tests, names_are_plain, 0, n);
	tcase_add_loop_test(tests, names_are_unique, 0, n);
	tcase_add_loop_test(tests, the_first_field_is_the_only_key, 0, n);
	tcase_add_loop_test(tests, a_parent_is_declared_before_its_children, 0, n);
	tcase_add_loop_test(tests, every_field_has_one_origin, 0, n);
	tcase_add_loop_test(tests, an_index_and_a_number_find_their_resource, 0, n);
	tcase_add_loop_test(tests, the_masks_are_those_of_the_flags, 0, n);
	tcase_add_loop_test(tests, children_are_the_resources_that_name_the_parent, 0, n);
	tcase_add_test(tests, the_api_has_a_title_and_a_version);
	suite_add_tcase(suite, tests);
	return suite;
}
