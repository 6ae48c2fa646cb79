/* Sends a list of a million rows to many clients at once, with and without a very slow one. The
 * others are not delayed, and no process has the whole list in memory. `make soak` runs this. */
#include "loop.h"
#include "memory.h"
#include "postern.h"
#include "suite.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	READERS = 15,
	ROWS = 1000 * 1000,
	PATIENCE_MS = 300 * 1000,
	SLOW_EACH_MS = 100, /* interval of the slow reader's reads: 10 kB/s */
	SLOW_BYTES = 1000,
	SLOW_BUFFER = 4096,
	PEAK_KIB = 100 * 1024, /* limit of the peak memory of all processes together */
	NOTICED = 2            /* factor of time that counts as a delay, on a busy machine */
};

#define REQUEST "GET /posts HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
#define END     "}]\r\n0\r\n\r\n"

static struct postern server;

static struct reader {
	int fd;
	uint64_t bytes;
	char tail[sizeof(END) - 1]; /* the last bytes received */
	size_t ntail;
} readers[READERS];

static int ask(int receive_buffer)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)server.port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	if (receive_buffer)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(send(fd, REQUEST, strlen(REQUEST), MSG_NOSIGNAL), strlen(REQUEST));
	return fd;
}

static void keep_tail(struct reader *r, const char *bytes, size_t n)
{
	const size_t size = sizeof(r->tail);

	if (n > size) {
		bytes += n - size;
		n = size;
	}
	size_t kept = r->ntail < size - n ? r->ntail : size - n;
	memmove(r->tail, r->tail + r->ntail - kept, kept);
	memcpy(r->tail + kept, bytes, n);
	r->ntail = kept + n;
}

/* Returns true if the reader has the whole list. */
static bool take(struct reader *r)
{
	static char bytes[256 * 1024];
	ssize_t n = recv(r->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return false;
	ck_assert_msg(n > 0, "cut after %" PRIu64 " bytes", r->bytes);
	r->bytes += (size_t)n;
	keep_tail(r, bytes, (size_t)n);
	if (r->ntail < sizeof(r->tail) || memcmp(r->tail, END, sizeof(r->tail)) != 0)
		return false;
	close(r->fd);
	r->fd = -1;
	return true;
}

/* Reads as many bytes as the slow reader may have read by now. */
static void take_slowly(int fd, uint64_t *next)
{
	char bytes[SLOW_BYTES];
	ssize_t n;

	if (fd < 0 || clock_ms() < *next)
		return;
	n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	ck_assert_msg(n > 0 || errno == EAGAIN, "the slow one was dropped");
	*next += SLOW_EACH_MS;
}

/* Returns the milliseconds until all readers have the list; slow may be -1. */
static uint64_t read_all(int slow)
{
	struct pollfd set[READERS];
	uint64_t began = clock_ms(), next = began;
	int left = READERS;

	for (int i = 0; i < READERS; i++)
		readers[i] = (struct reader){ .fd = ask(0) };
	while (left > 0) {
		for (int i = 0; i < READERS; i++)
			set[i] = (struct pollfd){ .fd = readers[i].fd, .events = POLLIN };
		ck_assert_int_ge(poll(set, READERS, SLOW_EACH_MS), 0);
		for (int i = 0; i < READERS; i++)
			left -= set[i].revents && take(&readers[i]);
		take_slowly(slow, &next);
		postern_log_len(&server);
		ck_assert_uint_lt(clock_ms() - began, PATIENCE_MS);
	}
	return clock_ms() - began;
}

static long sum_of_peaks(void)
{
	static const char *const children[] = { "dbd", "worker 1", "worker 2" };
	long sum = memory_peak(server.pid);

	printf("peaks: master %ld", sum);
	for (size_t i = 0; i < NITEMS(children); i++) {
		long peak = memory_peak(postern_child(&server, children[i]));
		printf(", %s %ld", children[i], peak);
		sum += peak;
	}
	printf(", together %ld KiB\n", sum);
	return sum;
}

static void fill(void)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		"INSERT INTO users(username, email) VALUES('ada', 'ada@example.com');"
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
		"INSERT INTO posts(title, content, user_id, date_posted) SELECT 'title ' || i, "
		"'content of ' || i, 1, '2026-01-31 12:00:00.123456' FROM n;",
		ROWS);
	postern_sql(&server, sql);
}

START_TEST(test_a_slow_reader_does_not_delay_others)
{
	fill();
	uint64_t alone = read_all(-1);
	int slow = ask(SLOW_BUFFER);
	uint64_t beside = read_all(slow);
	close(slow);
	printf("%d readers of %d rows, %" PRIu64 " bytes each: %" PRIu64 " ms; beside a slow one "
	       "%" PRIu64 " ms\n",
		READERS, ROWS, readers[0].bytes, alone, beside);
	ck_assert_uint_le(beside, NOTICED * alone);
	ck_assert_int_lt(sum_of_peaks(), PEAK_KIB);
}
END_TEST

static void setup(void)
{
	postern_start(&server, &(struct postern_plan){ 0 });
}

static void teardown(void)
{
	postern_stop(&server);
	postern_done(&server);
}

Suite *test_suite(void)
{
	Suite *s = suite_create("lists");
	TCase *t = tcase_create("lists");

	tcase_set_timeout(t, 900);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_a_slow_reader_does_not_delay_others);
	suite_add_tcase(s, t);
	return s;
}
