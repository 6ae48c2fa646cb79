/* Dates as text: written, parsed, refused. */
#include "datetime.h"

#include "civil.h"
#include "suite.h"

#include <stdlib.h>

#define DAYS(n) ((n)*INT64_C(86400000000))

static const struct {
	const char *text;
	int64_t microseconds;
} written[] = {
	{ "1970-01-01 00:00:00.000000", 0 },
	{ "1970-01-01 00:00:00.000001", 1 },
	{ "1969-12-31 23:59:59.999999", -1 },
	{ "2024-02-29 12:34:56.789000", DAYS(19782) + INT64_C(45296789000) },
	{ "0001-01-01 00:00:00.000000", DAYS(-719162) },
	{ "9999-12-31 23:59:59.999999", DAYS(2932897) - 1 },
};

START_TEST(a_moment_is_written_with_six_digits_and_parsed_back)
{
	char text[DATETIME_LENGTH + 1];
	int64_t microseconds;
	int32_t offset;

	datetime_format(written[_i].microseconds, text);
	ck_assert_str_eq(text, written[_i].text);
	ck_assert_int_eq(datetime_parse(str_from(text), &microseconds, &offset), DATETIME_LOCAL);
	ck_assert_int_eq(microseconds, written[_i].microseconds);
}
END_TEST

static const struct {
	struct str text;
	enum datetime_kind kind;
	int64_t microseconds;
	int32_t offset;
} cases[] = {
#define FACT(text, kind, microseconds, offset)                                                     \
	{ STR_INIT(text), DATETIME_##kind, INT64_C(microseconds), offset },
#include "fromisoformat.def"
#undef FACT
};

/* Each text is copied to memory of its own, so that AddressSanitizer sees a read beyond its NUL. */
START_TEST(the_parser_accepts_the_same_texts_as_cpython)
{
	for (size_t i = 0; i < NITEMS(cases); i++) {
		size_t len = cases[i].text.len;
		char *copy = malloc(len + 1);
		int64_t microseconds = 42;
		int32_t offset = 42;
		memcpy(copy, cases[i].text.ptr, len + 1);
		enum datetime_kind kind =
			datetime_parse((struct str){ copy, len }, &microseconds, &offset);
		free(copy);
		ck_assert_msg(kind == cases[i].kind, "\"%s\": %d", cases[i].text.ptr, kind);
		int64_t wanted = kind == DATETIME_NONE ? 42 : cases[i].microseconds;
		int32_t ahead = kind == DATETIME_ZONED ? cases[i].offset : 42;
		ck_assert_msg(microseconds == wanted && offset == ahead, "\"%s\": %lld, %d",
			cases[i].text.ptr, (long long)microseconds, offset);
	}
}
END_TEST

static const struct str refused[] = {
	STR_INIT("2024-02-29 12:34\xff"),
	STR_INIT("2024-02-29\xff"
		 "12:34"),
	STR_INIT("2024-02-29\xed\xa0\x80"
		 "12:34"),
	STR_INIT("2024-02-29\xc3"),
	STR_INIT("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"),
};

/* Python's sqlite3 module refuses such a text before SQLAlchemy sees it. */
START_TEST(invalid_utf8_is_refused)
{
	int64_t microseconds;
	int32_t offset;

	ck_assert_int_eq(datetime_parse(refused[_i], &microseconds, &offset), DATETIME_NONE);
}
END_TEST

/* The parser must not read beyond the given length. */
START_TEST(every_prefix_is_a_date_a_time_or_refused)
{
	const struct str whole = STR("2024-02-29 12:34:56.789000");

	for (size_t n = 0; n <= whole.len; n++) {
		int64_t microseconds;
		int32_t offset;
		bool wanted = n == 10 || n == 13 || n == 16 || n == 19 || n >= 21;
		struct str prefix = { whole.ptr, n };
		ck_assert_msg(datetime_parse(prefix, &microseconds, &offset) ==
				      (wanted ? DATETIME_LOCAL : DATETIME_NONE),
			"%zu bytes", n);
	}
}
END_TEST

static char *copy_of(struct str text)
{
	char *copy = malloc(text.len ? text.len : 1);

	memcpy(copy, text.ptr, text.len);
	return copy;
}

/* In memory of just that length, so that AddressSanitizer sees a read beyond it. */
START_TEST(every_prefix_of_a_date_alone_is_refused)
{
	const struct str date = STR("2024-02-29");

	for (size_t n = 0; n <= date.len; n++) {
		int64_t days;
		char *copy = copy_of((struct str){ date.ptr, n });
		bool parsed = datetime_parse_date((struct str){ copy, n }, &days);
		free(copy);
		ck_assert_msg(parsed == (n == date.len), "%zu bytes", n);
	}
}
END_TEST

START_TEST(every_prefix_of_a_time_alone_is_one_or_refused)
{
	const struct str time = STR("T12:34:56.789000+02:00");

	for (size_t n = 0; n <= time.len; n++) {
		int64_t microseconds;
		int32_t offset;
		bool local = n == 3 || n == 6 || n == 9 || (n >= 11 && n <= 16);
		bool zoned = n == 19 || n == 22;
		char *copy = copy_of((struct str){ time.ptr, n });
		enum datetime_kind kind =
			datetime_parse_time((struct str){ copy, n }, &microseconds, &offset);
		free(copy);
		ck_assert_msg(kind == (zoned          ? DATETIME_ZONED
					      : local ? DATETIME_LOCAL
						      : DATETIME_NONE),
			"%zu bytes", n);
	}
}
END_TEST

static bool has_usual_form(const char text[DATETIME_LENGTH])
{
	static const char form[] = "0000-00-00 00:00:00.000000";

	for (size_t i = 0; i < DATETIME_LENGTH; i++)
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	return true;
}

/* Compares the fast parser with the general one, which a seventh digit of the fraction selects
 * without changing the value. The fast parser must refuse every text that is not of the usual form.
 */
static void must_be_parsed_alike(const char usual[DATETIME_LENGTH])
{
	char longer[DATETIME_LENGTH + 1];
	int64_t fast = 42, slow = 42;
	int32_t fast_offset = 42, slow_offset = 42;

	if (!has_usual_form(usual)) {
		if (civil_parse(usual, &fast))
			ck_abort_msg("\"%.26s\": the fast parser accepts it", usual);
		return;
	}
	memcpy(longer, usual, DATETIME_LENGTH);
	longer[DATETIME_LENGTH] = '5';
	enum datetime_kind is =
		datetime_parse((struct str){ usual, DATETIME_LENGTH }, &fast, &fast_offset);
	enum datetime_kind wanted =
		datetime_parse((struct str){ longer, sizeof(longer) }, &slow, &slow_offset);
	if (is != wanted || fast != slow || fast_offset != slow_offset)
		ck_abort_msg("\"%.26s\": %d, want %d", usual, is, wanted);
}

static const char usual_texts[][DATETIME_LENGTH + 1] = {
	"2024-02-29 12:34:56.789012",
	"0001-01-01 00:00:00.000000",
	"9999-12-31 23:59:59.999999",
	"1900-02-28 19:09:30.900009",
};

START_TEST(both_parsers_agree_on_any_byte_in_any_place)
{
	char text[DATETIME_LENGTH];

	for (size_t i = 0; i < sizeof(text); i++) {
		for (int byte = 0; byte < 256; byte++) {
			memcpy(text, usual_texts[_i], sizeof(text));
			text[i] = (char)byte;
			must_be_parsed_alike(text);
		}
	}
}
END_TEST

START_TEST(both_parsers_agree_on_any_two_wrong_bytes)
{
	static const char bytes[] = "/0159:;-. T\x01\x20\x7f\x80\xa0\xb0\xc5\xff";
	char text[DATETIME_LENGTH];

	for (size_t i = 0; i < sizeof(text); i++) {
		for (size_t j = 0; j < i; j++) {
			for (size_t n = 0; n < sizeof(bytes) * sizeof(bytes); n++) {
				memcpy(text, usual_texts[_i], sizeof(text));
				text[i] = bytes[n / sizeof(bytes)];
				text[j] = bytes[n % sizeof(bytes)];
				must_be_parsed_alike(text);
			}
		}
	}
}
END_TEST

/* All numbers of two digits in each field, for each month, in leap years and others. */
START_TEST(both_parsers_agree_on_any_number_in_any_field)
{
	static const int places[] = { 0, 2, 5, 8, 11, 14, 17, 20, 22, 24 };
	char text[DATETIME_LENGTH];

	for (int month = 0; month < 20; month++) {
		for (size_t i = 0; i < NITEMS(places); i++) {
			for (int number = 0; number < 100; number++) {
				memcpy(text, usual_texts[_i], sizeof(text));
				text[5] = (char)('0' + month / 10);
				text[6] = (char)('0' + month % 10);
				text[places[i]] = (char)('0' + number / 10);
				text[places[i] + 1] = (char)('0' + number % 10);
				must_be_parsed_alike(text);
			}
		}
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("datetime");
	TCase *tc = tcase_create("text");

	tcase_add_loop_test(
		tc, a_moment_is_written_with_six_digits_and_parsed_back, 0, NITEMS(written));
	tcase_add_test(tc, the_parser_accepts_the_same_texts_as_cpython);
	tcase_add_loop_test(tc, invalid_utf8_is_refused, 0, NITEMS(refused));
	tcase_add_test(tc, every_prefix_is_a_date_a_time_or_refused);
	tcase_add_test(tc, every_prefix_of_a_date_alone_is_refused);
	tcase_add_test(tc, every_prefix_of_a_time_alone_is_one_or_refused);
	tcase_add_loop_test(
		tc, both_parsers_agree_on_any_byte_in_any_place, 0, NITEMS(usual_texts));
	tcase_add_loop_test(tc, both_parsers_agree_on_any_two_wrong_bytes, 0, NITEMS(usual_texts));
	tcase_add_loop_test(
		tc, both_parsers_agree_on_any_number_in_any_field, 0, NITEMS(usual_texts));
	suite_add_tcase(suite, tc);
	return suite;
}
