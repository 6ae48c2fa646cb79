#include "accept_encoding.h"

#include "suite.h"

static const struct {
	struct str field;
	unsigned gzip, identity;
} rows[] = {
	{ STR_INIT(""), 0, 1 },
	{ STR_INIT("gzip"), 1000, 1 },
	{ STR_INIT("GZip"), 1000, 1 },
	{ STR_INIT("br, gzip, deflate"), 1000, 1 },
	{ STR_INIT("compress;q=0.5, gzip;q=1.0"), 1000, 1 },
	{ STR_INIT("gzip;q=0"), 0, 1 },
	{ STR_INIT("gzip;q=0.000, *"), 0, 1000 },
	{ STR_INIT("gzip ; Q=0.25 ,identity; q=0.5"), 250, 500 },
	{ STR_INIT("gzip;q=0.001"), 1, 1 },
	{ STR_INIT("*"), 1000, 1000 },
	{ STR_INIT("*;q=0"), 0, 0 },
	{ STR_INIT("*;q=0, gzip;q=0.1"), 100, 0 },
	{ STR_INIT("gzip;q=1.0, identity; q=0.5, *;q=0"), 1000, 500 },
	{ STR_INIT("identity;q=0"), 0, 0 },
	{ STR_INIT("gzip, identity;q=0"), 1000, 0 },
	{ STR_INIT(" , ,gzip, "), 1000, 1 },
	{ STR_INIT("gzipped, xgzip, gzi"), 0, 1 },
	{ STR_INIT("x-gzip"), 1000, 1 },
	{ STR_INIT("br, X-GZIP;q=0.5"), 500, 1 },
	{ STR_INIT("x-gzip;q=0, *"), 0, 1000 },
	{ STR_INIT("gzip;q=0.5, x-gzip"), 500, 1 },
	{ STR_INIT("x-identity, x-gzips, x-gzi, xx-gzip"), 0, 1 },
	/* malformed members */
	{ STR_INIT("gzip;q=1.1"), 0, 1 },
	{ STR_INIT("gzip;q=2"), 0, 1 },
	{ STR_INIT("gzip;q=0.1234"), 0, 1 },
	{ STR_INIT("gzip;q="), 0, 1 },
	{ STR_INIT("gzip;q=.5"), 0, 1 },
	{ STR_INIT("gzip;q=0,5"), 0, 1 },
	{ STR_INIT("gzip;x=1"), 0, 1 },
	{ STR_INIT("gzip;q=1;x"), 0, 1 },
	{ STR_INIT(";q=1"), 0, 1 },
	{ STR_INIT("gzip;q=1."), 1000, 1 },
	{ STR_INIT("gzip;q=0."), 0, 1 },
};

START_TEST(weights_are_parsed)
{
	ck_assert_uint_eq(accept_encoding_weight(rows[_i].field, STR("gzip")), rows[_i].gzip);
	ck_assert_uint_eq(
		accept_encoding_weight(rows[_i].field, STR("identity")), rows[_i].identity);
	ck_assert_int_eq(accept_encoding_allows(rows[_i].field, STR("gzip")), rows[_i].gzip > 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("accept_encoding");
	TCase *tests = tcase_create("accept_encoding");

	tcase_add_loop_test(tests, weights_are_parsed, 0, (int)NITEMS(rows));
	suite_add_tcase(suite, tests);
	return suite;
}
