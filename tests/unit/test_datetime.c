/* The text of a moment: what is written, what is read, what is refused. */
#include "datetime.h"

#include "suite.h"

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

START_TEST(a_moment_is_written_with_six_digits_and_read_back)
{
	char text[DATETIME_LENGTH + 1];
	int64_t microseconds;

	datetime_format(written[_i].microseconds, text);
	ck_assert_str_eq(text, written[_i].text);
	ck_assert(datetime_parse(str_from(text), &microseconds));
	ck_assert_int_eq(microseconds, written[_i].microseconds);
}
END_TEST

static const struct {
	const char *text;
	int64_t microseconds;
} also_read[] = {
	{ "1970-01-02", DAYS(1) },
	{ "1970-01-02 00:01", DAYS(1) + 60000000 },
	{ "1970-01-02 00:00:01", DAYS(1) + 1000000 },
	{ "1970-01-02T00:00:01", DAYS(1) + 1000000 },
	{ "1970-01-01 00:00:00.5", 500000 },
	{ "1970-01-01 00:00:00.123", 123000 },
	{ "1970-01-01 00:00:00.123456789", 123456 },
};

START_TEST(shorter_forms_are_read)
{
	int64_t microseconds;

	ck_assert_msg(datetime_parse(str_from(also_read[_i].text), &microseconds), "%s",
		also_read[_i].text);
	ck_assert_int_eq(microseconds, also_read[_i].microseconds);
}
END_TEST

static const struct str refused[] = {
	STR_INIT(""),
	STR_INIT("now"),
	STR_INIT("2024"),
	STR_INIT("2024-1-1"),
	STR_INIT("0000-01-01"),
	STR_INIT("2024-00-01"),
	STR_INIT("2024-13-01"),
	STR_INIT("2024-01-00"),
	STR_INIT("2023-02-29"),
	STR_INIT("2024-04-31"),
	STR_INIT("2024-01-01 "),
	STR_INIT("2024-01-01 24:00:00"),
	STR_INIT("2024-01-01 00:60:00"),
	STR_INIT("2024-01-01 00:00:60"),
	STR_INIT("2024-01-01 00:00:00."),
	STR_INIT("2024-01-01 00:00:00.1x"),
	STR_INIT("2024-01-01 00:00:00Z"),
	STR_INIT("2024-01-01\0"),
	STR_INIT("-024-01-01"),
	STR_INIT(" 2024-01-01"),
};

START_TEST(what_is_no_moment_is_refused)
{
	int64_t microseconds = 42;

	ck_assert_msg(!datetime_parse(refused[_i], &microseconds), "%s", refused[_i].ptr);
	ck_assert_int_eq(microseconds, 42);
}
END_TEST

/* It must not look beyond the length that it is given. */
START_TEST(every_prefix_is_a_day_a_time_or_refused)
{
	const struct str whole = STR("2024-02-29 12:34:56.789000");

	for (size_t n = 0; n <= whole.len; n++) {
		int64_t microseconds;
		bool wanted = n == 10 || n == 16 || n == 19 || n >= 21;
		ck_assert_msg(datetime_parse((struct str){ whole.ptr, n }, &microseconds) == wanted,
			"%zu bytes", n);
	}
}
END_TEST

/* One digit of fraction more, and a text is no longer of the usual form; that one changes nothing.
 */
static void must_be_read_alike(const char usual[DATETIME_LENGTH])
{
	char longer[DATETIME_LENGTH + 1];
	int64_t fast = 42, slow = 42;

	memcpy(longer, usual, DATETIME_LENGTH);
	longer[DATETIME_LENGTH] = '5';
	bool is = datetime_parse((struct str){ usual, DATETIME_LENGTH }, &fast);
	bool wanted = datetime_parse((struct str){ longer, sizeof(longer) }, &slow);
	if (is != wanted || fast != slow)
		ck_abort_msg("\"%.26s\": %d, want %d", usual, is, wanted);
}

static const char usual_texts[][DATETIME_LENGTH + 1] = {
	"2024-02-29 12:34:56.789012",
	"0001-01-01 00:00:00.000000",
	"9999-12-31 23:59:59.999999",
	"1900-02-28 19:09:30.900009",
};

START_TEST(any_byte_in_any_place_is_read_as_the_general_way_does)
{
	char text[DATETIME_LENGTH];

	for (size_t i = 0; i < sizeof(text); i++) {
		for (int byte = 0; byte < 256; byte++) {
			memcpy(text, usual_texts[_i], sizeof(text));
			text[i] = (char)byte;
			must_be_read_alike(text);
		}
	}
}
END_TEST

START_TEST(any_two_wrong_bytes_too)
{
	static const char bytes[] = "/0159:;-. T\x01\x20\x7f\x80\xa0\xb0\xc5\xff";
	char text[DATETIME_LENGTH];

	for (size_t i = 0; i < sizeof(text); i++) {
		for (size_t j = 0; j < i; j++) {
			for (size_t n = 0; n < sizeof(bytes) * sizeof(bytes); n++) {
				memcpy(text, usual_texts[_i], sizeof(text));
				text[i] = bytes[n / sizeof(bytes)];
				text[j] = bytes[n % sizeof(bytes)];
				must_be_read_alike(text);
			}
		}
	}
}
END_TEST

/* All numbers of two digits in each field, the day in each month, of a leap year and others. */
START_TEST(any_number_in_any_field_too)
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
				must_be_read_alike(text);
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
		tc, a_moment_is_written_with_six_digits_and_read_back, 0, NITEMS(written));
	tcase_add_loop_test(tc, shorter_forms_are_read, 0, NITEMS(also_read));
	tcase_add_loop_test(tc, what_is_no_moment_is_refused, 0, NITEMS(refused));
	tcase_add_test(tc, every_prefix_is_a_day_a_time_or_refused);
	tcase_add_loop_test(
		tc, any_byte_in_any_place_is_read_as_the_general_way_does, 0, NITEMS(usual_texts));
	tcase_add_loop_test(tc, any_two_wrong_bytes_too, 0, NITEMS(usual_texts));
	tcase_add_loop_test(tc, any_number_in_any_field_too, 0, NITEMS(usual_texts));
	suite_add_tcase(suite, tc);
	return suite;
}
