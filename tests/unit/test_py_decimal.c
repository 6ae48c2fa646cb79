/* Decimals as CPython has them. The results are those of decimal.Decimal. */
#include "py_decimal.h"
#include "suite.h"

static struct arena arena;

static void teardown(void)
{
	arena_done(&arena);
}

static struct py_decimal decimal(const char *text)
{
	struct py_decimal d = { 0 };

	ck_assert_int_eq(py_decimal_parse(&arena, str_from(text), &d), PY_DECIMAL_OK);
	return d;
}

static const struct {
	struct str text;
	const char *str; /* NULL: InvalidOperation; "": not finite */
} texts[] = {
	{ STR_INIT("0"), "0" },
	{ STR_INIT("-0.0"), "-0.0" },
	{ STR_INIT("+007.50"), "7.50" },
	{ STR_INIT("5."), "5" },
	{ STR_INIT(".5"), "0.5" },
	{ STR_INIT("1e3"), "1E+3" },
	{ STR_INIT("1.5E+3"), "1.5E+3" },
	{ STR_INIT("5.e-2"), "0.05" },
	{ STR_INIT("0.000001"), "0.000001" },
	{ STR_INIT("0.0000001"), "1E-7" },
	{ STR_INIT("0.00000012"), "1.2E-7" },
	{ STR_INIT("0e5"), "0E+5" },
	{ STR_INIT("0e-9"), "0E-9" },
	{ STR_INIT("123456789012345678901234567890.10"), "123456789012345678901234567890.10" },
	{ STR_INIT(" \t1.5\x1c\xc2\x85\xe3\x80\x80"), "1.5" },
	{ STR_INIT("__1__0_"), "10" },
	{ STR_INIT("\xd9\xa1\xef\xbc\x95.\xf0\x9d\x9f\x98"), "15.0" },
	{ STR_INIT("1e999999999999999999"), "1E+999999999999999999" },
	{ STR_INIT("0e999999999999999999"), "0E+999999999999999999" },
	{ STR_INIT("1e-1999999999999999997"), "1E-1999999999999999997" },
	{ STR_INIT("inf"), "" },
	{ STR_INIT("-Infinity"), "" },
	{ STR_INIT("+nAn"), "" },
	{ STR_INIT("sNaN123"), "" },
	{ STR_INIT("in_f"), "" },
	{ STR_INIT("10e999999999999999999"), NULL },
	{ STR_INIT("0e1000000000000000000"), NULL },
	{ STR_INIT("1e-1999999999999999998"), NULL },
	{ STR_INIT("1e99999999999999999999999"), NULL },
	{ STR_INIT("1e-9223372036854775809"), NULL },
	{ STR_INIT(""), NULL },
	{ STR_INIT("_"), NULL },
	{ STR_INIT("."), NULL },
	{ STR_INIT(".e1"), NULL },
	{ STR_INIT("1e"), NULL },
	{ STR_INIT("1e+"), NULL },
	{ STR_INIT("1e+-1"), NULL },
	{ STR_INIT("--1"), NULL },
	{ STR_INIT("1 1"), NULL },
	{ STR_INIT("1\xc2\xa0"
		   "1"),
		NULL },
	{ STR_INIT("1.1.1"), NULL },
	{ STR_INIT("0x10"), NULL },
	{ STR_INIT("1,5"), NULL },
	{ STR_INIT("1\0"), NULL },
	{ STR_INIT("\0"), NULL },
	{ STR_INIT("\xc2\xb2"), NULL },     /* superscript two: a digit, not a decimal one */
	{ STR_INIT("\xed\xa0\x80"), NULL }, /* a lone surrogate */
	{ STR_INIT("nan12x"), NULL },
	{ STR_INIT("infinit"), NULL },
};

START_TEST(texts_are_read)
{
	struct py_decimal d = { 0 };
	enum py_decimal_outcome outcome = py_decimal_parse(&arena, texts[_i].text, &d);

	if (!texts[_i].str) {
		ck_assert_int_eq(outcome, PY_DECIMAL_SYNTAX);
	} else if (!*texts[_i].str) {
		ck_assert_int_eq(outcome, PY_DECIMAL_NOT_FINITE);
	} else {
		ck_assert_int_eq(outcome, PY_DECIMAL_OK);
		ck_assert_slice_eq(py_decimal_str(&arena, &d), str_from(texts[_i].str));
	}
}
END_TEST

static const struct {
	const char *text, *plain;
} plains[] = {
	{ "0.0", "0" },
	{ "-90.0", "-90" },
	{ "1.50", "1.5" },
	{ "1E+3", "1000" },
	{ "0E+3", "0" },
	{ "1.20E-7", "0.00000012" },
	{ "100", "100" },
};

START_TEST(plain_forms_have_no_exponent)
{
	struct py_decimal d = decimal(plains[_i].text);

	ck_assert_slice_eq(py_decimal_plain(&arena, &d), str_from(plains[_i].plain));
}
END_TEST

static const struct {
	const char *text, *normal;
} normals[] = {
	{ "1.50", "1.5" },
	{ "100", "1E+2" },
	{ "0.000", "0" },
	{ "-0", "-0" },
	{ "1.0000000000000000000000000000000001", "1" },
	{ "1234567890123456789012345678.5", "1234567890123456789012345678" }, /* half to even */
	{ "1234567890123456789012345679.5", "1.23456789012345678901234568E+27" },
	{ "1234567890123456789012345678.51", "1234567890123456789012345679" },
	{ "9999999999999999999999999999.5", "1E+28" },
	{ "1E+999999", "1E+999999" },
	{ "10E+999999", "1.0E+1000000" }, /* overflows */
	{ "1E-1000026", "1E-1000026" },
	{ "1E-1000027", "0" },
	{ "6E-1000027", "1E-1000026" },
	{ "5E-1000027", "0" },
	{ "15E-1000027", "2E-1000026" },
};

START_TEST(numbers_are_normalized_in_the_default_context)
{
	struct py_decimal d = decimal(normals[_i].text);
	struct py_decimal normal = py_decimal_normalize(&arena, &d);

	ck_assert_slice_eq(py_decimal_str(&arena, &normal), str_from(normals[_i].normal));
}
END_TEST

/* In ascending order; those with the same rank are equal. */
static const struct {
	int rank;
	const char *text;
} ranks[] = {
	{ 0, "-1E+999999999999999999" },
	{ 1, "-12" },
	{ 2, "-1.5" },
	{ 2, "-1.500" },
	{ 3, "-1E-1999999999999999997" },
	{ 4, "0" },
	{ 4, "-0.00" },
	{ 4, "0E+5" },
	{ 5, "0.001" },
	{ 6, "0.0010000000000000000000000000000000001" },
	{ 7, "1" },
	{ 7, "1.000000000000000000000000000000000" },
	{ 8, "9.99" },
	{ 9, "1E+1" },
	{ 9, "10" },
	{ 10, "1E+999999999999999999" },
};

START_TEST(numbers_are_compared_exactly)
{
	for (size_t i = 0; i < NITEMS(ranks); i++) {
		struct py_decimal a = decimal(ranks[_i].text), b = decimal(ranks[i].text);
		int order = py_decimal_compare(&a, &b);
		int want = ranks[_i].rank - ranks[i].rank;
		ck_assert_msg((order > 0) - (order < 0) == (want > 0) - (want < 0), "%s and %s",
			ranks[_i].text, ranks[i].text);
	}
}
END_TEST

static const struct {
	const char *number, *step;
	bool is_multiple;
} multiples[] = {
	{ "0", "3", true },
	{ "9", "3", true },
	{ "-9.0", "3", true },
	{ "10", "3", false },
	{ "0.3", "0.1", true },
	{ "0.35", "0.1", false },
	{ "1E+2", "0.25", true },
	{ "1E-7", "1", false },
	{ "19.99", "0.01", true },
	{ "19.995", "0.01", false },
	{ "7", "1E+2", false },
	{ "123456789012345678901234567", "1", true },
	/* The quotient is rounded to 28 digits. */
	{ "0.30000000000000000000000000000000001", "0.1", true },
	{ "0.3000000000000000000000000001", "0.1", false },
	/* Python raises for these. */
	{ "1E+40", "2", true },
	{ "1E+40", "3", false },
	{ "1", "0", false },
};

START_TEST(multiples_are_those_of_the_default_context)
{
	struct py_decimal number = decimal(multiples[_i].number);
	struct py_decimal step = decimal(multiples[_i].step);

	ck_assert_int_eq(py_decimal_is_multiple(&arena, &number, &step), multiples[_i].is_multiple);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("py_decimal");
	TCase *tests = tcase_create("py_decimal");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_loop_test(tests, texts_are_read, 0, NITEMS(texts));
	tcase_add_loop_test(tests, plain_forms_have_no_exponent, 0, NITEMS(plains));
	tcase_add_loop_test(
		tests, numbers_are_normalized_in_the_default_context, 0, NITEMS(normals));
	tcase_add_loop_test(tests, numbers_are_compared_exactly, 0, NITEMS(ranks));
	tcase_add_loop_test(
		tests, multiples_are_those_of_the_default_context, 0, NITEMS(multiples));
	suite_add_tcase(suite, tests);
	return suite;
}
