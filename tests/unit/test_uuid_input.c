/* UUIDs as Pydantic reads them: what is accepted, and the words of each refusal. */
#include "suite.h"
#include "uuid_input.h"

#include <stdlib.h>

#define NORMAL "abcdef78-1234-5678-1234-567812345678"

static struct arena arena;

static void setup(void)
{
	arena_init(&arena);
}

static void teardown(void)
{
	arena_done(&arena);
}

static const struct {
	struct str text;
	const char *wanted; /* the reason; NULL: it is NORMAL */
} rows[] = {
	{ STR_INIT(NORMAL), NULL },
	{ STR_INIT("ABCDEF78-1234-5678-1234-567812345678"), NULL },
	{ STR_INIT("abcdef78123456781234567812345678"), NULL },
	{ STR_INIT("{" NORMAL "}"), NULL },
	{ STR_INIT("urn:uuid:" NORMAL), NULL },
	{ STR_INIT(""), "invalid length: found 0" },
	{ STR_INIT("abc"), "invalid length: found 3" },
	{ STR_INIT("abcdef7812345678123456781234567"), "invalid length: found 31" },
	{ STR_INIT("abcdef781234567812345678123456780"), "invalid length: found 33" },
	{ STR_INIT("0123456789012345678901234567890123456789x12345"), "invalid length: found 46" },
	{ STR_INIT("abcdef7812345678123456781234567g"), "invalid character: found `g` at 31" },
	{ STR_INIT("Gbcdef78-1234-5678-1234-567812345678"), "invalid character: found `G` at 0" },
	{ STR_INIT("{Gbcdef78-1234-5678-1234-567812345678}"), "invalid character: found `G` at 0" },
	{ STR_INIT("{abg}"), "invalid character: found `g` at 3" },
	{ STR_INIT("{" NORMAL), "invalid character: found `{` at 0" },
	{ STR_INIT(NORMAL "}"), "invalid character: found `}` at 36" },
	{ STR_INIT("URN:UUID:" NORMAL), "invalid character: found `U` at 0" },
	{ STR_INIT("urn:uuid:abx"), "invalid character: found `x` at 11" },
	{ STR_INIT("ab\xd9\xa5"), "invalid character: found `\xd9\xa5` at 2" },
	{ STR_INIT("\xf0\x9f\x98\x80"), "invalid character: found `\xf0\x9f\x98\x80` at 0" },
	{ STR_INIT("{}"), "invalid group count: expected 5, found 1" },
	{ STR_INIT("urn:uuid:"), "invalid group count: expected 5, found 1" },
	{ STR_INIT("{abcdef78123456781234567812345678}"),
		"invalid group count: expected 5, found 1" },
	{ STR_INIT("abcdef78123456781234567812345678abcd"),
		"invalid group count: expected 5, found 1" },
	{ STR_INIT("--5"), "invalid group count: expected 5, found 3" },
	{ STR_INIT("-----"), "invalid group count: expected 5, found 6" },
	{ STR_INIT("----"), "invalid group length in group 0: expected 8, found 0" },
	{ STR_INIT("abcdef781-234-5678-1234-567812345678"),
		"invalid group length in group 0: expected 8, found 9" },
	{ STR_INIT("abcdef78-12345-678-1234-567812345678"),
		"invalid group length in group 1: expected 4, found 5" },
	{ STR_INIT("abcdef78-1234-567-81234-567812345678"),
		"invalid group length in group 2: expected 4, found 3" },
	{ STR_INIT("abcdef78-1234-5678-123-4567812345678"),
		"invalid group length in group 3: expected 4, found 3" },
	{ STR_INIT("abcdef78-1234-5678-1234-56781234567"),
		"invalid group length in group 4: expected 12, found 11" },
	/* The crate counts the braces. */
	{ STR_INIT("{abcdef78-1234-5678-1234-56781234567}"),
		"invalid group length in group 4: expected 12, found 13" },
};

START_TEST(uuids_are_read)
{
	struct str text = rows[_i].text, uuid, reason;
	/* A copy of the exact size, so that a sanitizer sees a read behind it. */
	char *copy = malloc(text.len ? text.len : 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text.ptr, text.len);
	if (uuid_input(&arena, (struct str){ copy, text.len }, &uuid, &reason)) {
		ck_assert_ptr_null(rows[_i].wanted);
		ck_assert_slice_eq(uuid, STR(NORMAL));
	} else {
		ck_assert_ptr_nonnull(rows[_i].wanted);
		ck_assert_slice_eq(reason, str_from(rows[_i].wanted));
	}
	free(copy);
}
END_TEST

START_TEST(a_refused_character_may_be_nul)
{
	struct str uuid, reason;

	ck_assert(!uuid_input(&arena, STR("\0"), &uuid, &reason));
	ck_assert_slice_eq(reason, STR("invalid character: found `\0` at 0"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("uuid_input");
	TCase *tests = tcase_create("uuid_input");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, uuids_are_read, 0, (int)NITEMS(rows));
	tcase_add_test(tests, a_refused_character_may_be_nul);
	suite_add_tcase(suite, tests);
	return suite;
}
