/* What the two ends of a copy share: the stream, the digest, the order of tables; and COPY's text.
 */
#include "pg_copy_text.h"
#include "sample.h"
#include "suite.h"
#include "transfer_digest.h"
#include "transfer_order.h"
#include "transfer_rows.h"
#include "transfer_stream.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROWS = 3, STREAM_MAX = 32 * 1024 };

static struct arena arena;
static char stream[STREAM_MAX];
static size_t stream_len;

/* A row with all fields: its key is n. */
static struct record row_of(const struct resource *r, unsigned n)
{
	struct record row = sample_input(&arena, r, n);

	row.present = record_all(r);
	row.values[RESOURCE_KEY] = value_int(n);
	for (unsigned i = 1; i < resource_columns(r); i++)
		if (r->fields[i].flags & (FIELD_PARENT | FIELD_NOW))
			row.values[i] = value_int(n);
	return row;
}

static void write_stream(int fd)
{
	const struct resource *r = sample_resource("user");
	struct transfer_writer w;

	transfer_writer_init(&w, fd);
	ck_assert(transfer_write_begin(&w, 77));
	ck_assert(transfer_write_table(&w, 5));
	for (unsigned i = 1; i <= ROWS; i++) {
		struct record row = row_of(r, i);
		ck_assert(transfer_write_row(&w, &row));
	}
	ck_assert(transfer_write_done(&w, ROWS, 99));
	ck_assert(transfer_write_end(&w));
	transfer_writer_done(&w);
}

static void setup(void)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	write_stream(ends[1]);
	close(ends[1]);
	stream_len = (size_t)read(ends[0], stream, sizeof(stream));
	close(ends[0]);
}

static void teardown(void)
{
	arena_done(&arena);
}

static bool read_rows(struct transfer_reader *reader)
{
	const struct resource *r = sample_resource("user");
	uint64_t count, digest;
	struct record row;
	bool there = true;

	for (unsigned i = 1; i <= ROWS; i++) {
		struct record wanted = row_of(r, i);
		if (!transfer_read_row(reader, r, &row, &there, &count, &digest))
			return false;
		ck_assert(there);
		sample_assert_same(&row, &wanted);
	}
	if (!transfer_read_row(reader, r, &row, &there, &count, &digest))
		return false;
	ck_assert(!there);
	ck_assert_uint_eq(count, ROWS);
	ck_assert_uint_eq(digest, 99);
	return true;
}

static bool read_all(struct transfer_reader *reader)
{
	uint64_t fingerprint;
	unsigned table;

	return transfer_read_begin(reader, &fingerprint) && fingerprint == 77 &&
	       transfer_read_table(reader, &table) && table == 5 && read_rows(reader) &&
	       transfer_read_end(reader);
}

/* Reads these bytes from a pipe that then ends. */
static bool read_bytes(const char *bytes, size_t n, bool *was_cut)
{
	struct transfer_reader reader;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], bytes, n), (ssize_t)n);
	close(ends[1]);
	transfer_reader_init(&reader, ends[0]);
	bool whole = read_all(&reader);
	*was_cut = reader.was_cut;
	transfer_reader_done(&reader);
	close(ends[0]);
	return whole;
}

START_TEST(a_stream_is_whole_or_cut_at_every_byte)
{
	bool was_cut;

	for (size_t n = 0; n < stream_len; n++) {
		ck_assert(!read_bytes(stream, n, &was_cut));
		ck_assert(was_cut);
	}
	ck_assert(read_bytes(stream, stream_len, &was_cut));
}
END_TEST

/* Sanitizers see what a reader does with it. */
START_TEST(any_bit_may_be_another)
{
	unsigned refused = 0;
	bool was_cut;

	for (size_t i = 0; i < 4 + 9 + 4 + 5 + 4 + 5; i++)
		for (int bit = 0; bit < 8; bit++) {
			stream[i] ^= (char)(1 << bit);
			refused += !read_bytes(stream, stream_len, &was_cut);
			stream[i] ^= (char)(1 << bit);
		}
	ck_assert_uint_eq(refused, (4 + 9 + 4 + 5 + 4 + 5) * 8);
}
END_TEST

START_TEST(a_reader_that_has_gone_is_an_error)
{
	struct transfer_writer w;
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(ends), 0);
	close(ends[0]);
	transfer_writer_init(&w, ends[1]);
	ck_assert(!transfer_write_begin(&w, 1));
	ck_assert_int_eq(errno, EPIPE);
	transfer_writer_done(&w);
	close(ends[1]);
}
END_TEST

/* Digests. */

static const struct {
	const char *one, *other;
	bool same;
} decimals[] = {
	{ "1.50", "1.5", true },
	{ "0.10", "1E-1", true },
	{ "1E+3", "1000", true },
	{ "-0.00", "0", true },
	{ "0E-10", "0", true },
	{ "-7.25", "-7.250", true },
	{ "1.23E-7", "0.000000123", true },
	{ "1", "10", false },
	{ "1.5", "-1.5", false },
	{ "1E-2", "1E+2", false },
};

START_TEST(equal_decimals_have_one_form)
{
	struct str one = transfer_plain_decimal(&arena, str_from(decimals[_i].one));
	struct str other = transfer_plain_decimal(&arena, str_from(decimals[_i].other));

	ck_assert(str_equal(one, other) == decimals[_i].same);
}
END_TEST

static struct transfer_digest digest_of(const unsigned *keys, unsigned count)
{
	const struct resource *r = sample_resource("user");
	struct transfer_digest d;

	transfer_digest_init(&d, r);
	for (unsigned i = 0; i < count; i++) {
		struct record row = row_of(r, keys[i]);
		transfer_digest_add(&d, &row);
	}
	transfer_digest_done(&d);
	ck_assert_uint_eq(d.count, count);
	return d;
}

START_TEST(the_order_of_rows_does_not_matter_but_each_row_does)
{
	uint64_t one = digest_of((const unsigned[]){ 1, 2, 3 }, 3).sum;

	ck_assert_uint_eq(one, digest_of((const unsigned[]){ 3, 1, 2 }, 3).sum);
	ck_assert_uint_ne(one, digest_of((const unsigned[]){ 1, 2, 4 }, 3).sum);
	ck_assert_uint_ne(one, digest_of((const unsigned[]){ 1, 2, 2 }, 3).sum);
	ck_assert_uint_ne(one, digest_of((const unsigned[]){ 1, 2 }, 2).sum);
}
END_TEST

/* Values that another process has sent. */
START_TEST(values_that_no_column_has_are_refused)
{
	const struct field moment = { .name = "m", .type = FIELD_DATETIME };
	const struct field flag = { .name = "b", .type = FIELD_BOOL };
	const struct field text = { .name = "t", .type = FIELD_STR, .len = { 3, 4 } };
	const struct value long_text = value_text(STR("longer")), invalid = value_text(STR("\xff"));
	const struct value zoned = value_zoned(0, 60), two = value_int(2), zero = value_int(0);
	const struct value beyond = value_int(INT64_MAX), refused = value_refused();

	ck_assert_ptr_null(transfer_fault(&moment, &zero));
	ck_assert_ptr_null(transfer_fault(&text, &long_text));
	ck_assert_ptr_nonnull(transfer_fault(&text, &invalid));
	ck_assert_ptr_nonnull(transfer_fault(&text, &zero));
	ck_assert_ptr_nonnull(transfer_fault(&moment, &zoned));
	ck_assert_ptr_nonnull(transfer_fault(&moment, &beyond));
	ck_assert_ptr_nonnull(transfer_fault(&moment, &refused));
	ck_assert_ptr_nonnull(transfer_fault(&flag, &two));
}
END_TEST

/* Order. */

START_TEST(tables_follow_those_to_which_they_refer)
{
	unsigned order[TRANSFER_TABLES_MAX], place[TRANSFER_TABLES_MAX];
	const struct api *declared = sample_read_api(STR(
		"{\"resources\":{\"a\":{\"fields\":{\"b\":{\"type\":\"reference\",\"to\":\"b\"},"
		"\"up\":{\"type\":\"reference\",\"to\":\"a\",\"nullable\":true,\"default\":null}}},"
		"\"b\":{\"fields\":{\"c\":{\"type\":\"reference\",\"to\":\"c\"},\"a_ids\":{"
		"\"type\":"
		"\"links\",\"to\":\"a\",\"table\":\"b_a\",\"columns\":[\"b_id\",\"a_id\"],"
		"\"default\":[]}}},\"c\":{\"fields\":{"
		"\"n\":{\"type\":\"integer\"}}}}}"));

	ck_assert_uint_eq(api_count_tables(declared), 4);
	transfer_order(declared, order);
	for (unsigned i = 0; i < 4; i++)
		place[order[i]] = i;
	for (unsigned i = 0; i < 4; i++) {
		const struct resource *r = api_table(declared, i);
		for (unsigned j = 0; j < resource_columns(r); j++) {
			const struct resource *to = r->fields[j].to;
			if (to && to != r)
				ck_assert_uint_lt(place[resource_index(to)], place[i]);
		}
	}
	declaration_free(declared);
}
END_TEST

/* COPY's text. */

START_TEST(texts_of_copy_are_read_as_they_were_written)
{
	static const char *const texts[] = { "", "plain", "a\tb\nc\rd\\e", "\\N", "\\", "\\.",
		"\b\f\v", "\xf0\x9f\x98\x80", NULL };
	struct str values[NITEMS(texts)];
	struct buf out;

	buf_init(&out, SIZE_MAX);
	for (size_t i = 0; i < NITEMS(texts); i++) {
		if (i > 0)
			pg_copy_put_next(&out);
		pg_copy_put(&out, texts[i]);
	}
	pg_copy_put_end(&out);
	ck_assert_ptr_eq(memchr(out.data, '\n', out.end), out.data + out.end - 1);
	ck_assert(pg_copy_split(out.data, buf_len(&out), values, NITEMS(texts)));
	for (size_t i = 0; i + 1 < NITEMS(texts); i++)
		ck_assert_slice_eq(values[i], str_from(texts[i]));
	ck_assert_ptr_null(values[NITEMS(texts) - 1].ptr);
	buf_done(&out);
}
END_TEST

START_TEST(a_row_with_other_columns_is_refused)
{
	struct str values[3];
	char few[] = "a\tb\n", many[] = "a\tb\tc\td\n", end[] = "\\b\tx\\", none[] = "";

	ck_assert(!pg_copy_split(few, sizeof(few) - 1, values, 3));
	ck_assert(!pg_copy_split(many, sizeof(many) - 1, values, 3));
	ck_assert(!pg_copy_split(none, 0, values, 2));
	ck_assert(pg_copy_split(end, sizeof(end) - 1, values, 2));
	ck_assert_slice_eq(values[0], STR("\b"));
	ck_assert_slice_eq(values[1], STR("x\\"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *s = suite_create("transfer");
	TCase *t = tcase_create("stream"), *other = tcase_create("rows");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_stream_is_whole_or_cut_at_every_byte);
	tcase_add_test(t, any_bit_may_be_another);
	tcase_add_test(t, a_reader_that_has_gone_is_an_error);
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(other, NULL, teardown);
	tcase_add_loop_test(other, equal_decimals_have_one_form, 0, NITEMS(decimals));
	tcase_add_test(other, the_order_of_rows_does_not_matter_but_each_row_does);
	tcase_add_test(other, values_that_no_column_has_are_refused);
	tcase_add_test(other, tables_follow_those_to_which_they_refer);
	tcase_add_test(other, texts_of_copy_are_read_as_they_were_written);
	tcase_add_test(other, a_row_with_other_columns_is_refused);
	suite_add_tcase(s, other);
	return s;
}
