/* The faults of SQLite's result codes. */
#include "fault_of_sqlite.h"

#include "suite.h"

#include <sqlite3.h>

static const struct {
	int code;
	enum fault fault;
} cases[] = {
	{ SQLITE_CONSTRAINT_UNIQUE, FAULT_CONFLICT },
	{ SQLITE_CONSTRAINT_PRIMARYKEY, FAULT_CONFLICT },
	{ SQLITE_CONSTRAINT_FOREIGNKEY, FAULT_INTERNAL },
	{ SQLITE_CONSTRAINT_NOTNULL, FAULT_INTERNAL },
	{ SQLITE_CONSTRAINT_CHECK, FAULT_INTERNAL },
	{ SQLITE_BUSY, FAULT_LOCKED },
	{ SQLITE_BUSY_SNAPSHOT, FAULT_LOCKED },
	{ SQLITE_LOCKED, FAULT_LOCKED },
	{ SQLITE_FULL, FAULT_FULL },
	{ SQLITE_IOERR_SHMSIZE, FAULT_FULL },
	{ SQLITE_TOOBIG, FAULT_TOO_LARGE },
	{ SQLITE_IOERR, FAULT_STORAGE },
	{ SQLITE_IOERR_FSYNC, FAULT_STORAGE },
	{ SQLITE_IOERR_SHORT_READ, FAULT_STORAGE },
	{ SQLITE_CORRUPT, FAULT_STORAGE },
	{ SQLITE_CORRUPT_INDEX, FAULT_STORAGE },
	{ SQLITE_NOTADB, FAULT_STORAGE },
	{ SQLITE_CANTOPEN, FAULT_STORAGE },
	{ SQLITE_READONLY_DBMOVED, FAULT_STORAGE },
	{ SQLITE_MISUSE, FAULT_INTERNAL },
	{ SQLITE_NOMEM, FAULT_INTERNAL },
};

START_TEST(each_code_has_its_fault)
{
	ck_assert_msg(fault_of_sqlite(cases[_i].code) == cases[_i].fault, "%d: %s", cases[_i].code,
		fault_text(fault_of_sqlite(cases[_i].code)));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("fault_of_sqlite");
	TCase *tc = tcase_create("codes");

	tcase_add_loop_test(tc, each_code_has_its_fault, 0, NITEMS(cases));
	suite_add_tcase(suite, tc);
	return suite;
}
