/* URLs of servers. */
#include "peer.h"

#include "suite.h"

enum { TEXT_MOST = 1024 };

static const struct {
	const char *url, *host, *port, *origin, *prefix;
} valid[] = {
	{ "http://127.0.0.1:8000", "127.0.0.1", "8000", "http://127.0.0.1:8000", "" },
	{ "http://localhost", "localhost", "80", "http://localhost", "" },
	{ "http://localhost:8000/", "localhost", "8000", "http://localhost:8000", "" },
	{ "http://[::1]:8000/api/v1/", "::1", "8000", "http://[::1]:8000", "/api/v1" },
	{ "http://[::1]/a", "::1", "80", "http://[::1]", "/a" },
};

START_TEST(urls_are_read)
{
	struct peer peer;
	struct buf error;

	buf_init(&error, TEXT_MOST);
	ck_assert(peer_init(&peer, valid[_i].url, &error));
	ck_assert_str_eq(peer.host, valid[_i].host);
	ck_assert_str_eq(peer.port, valid[_i].port);
	ck_assert_slice_eq(peer.origin, str_from(valid[_i].origin));
	ck_assert_slice_eq(peer.prefix, str_from(valid[_i].prefix));
	peer_close(&peer);
	buf_done(&error);
}
END_TEST

static const char *const invalid[] = { "", "localhost:8000", "ftp://a", "http://", "http://:80",
	"http://a:b", "http://a:123456", "http://[::1", "http://[]", "http://[::1]x", "http://a?b",
	"http://a#b", "http://a@b", "http://a b", "HTTPS://a" };

START_TEST(other_urls_are_refused)
{
	struct peer peer;
	struct buf error;

	buf_init(&error, TEXT_MOST);
	ck_assert(!peer_init(&peer, invalid[_i], &error));
	ck_assert_ptr_nonnull(
		memmem(error.data, buf_len(&error), "allowed is", strlen("allowed is")));
	buf_done(&error);
}
END_TEST

START_TEST(https_is_refused_by_name)
{
	struct peer peer;
	struct buf error;

	buf_init(&error, TEXT_MOST);
	ck_assert(!peer_init(&peer, "https://a", &error));
	ck_assert_slice_eq(buf_view(&error),
		STR("https://a: https is not supported; name the address behind the proxy, "
		    "http://…"));
	buf_done(&error);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("peer");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, urls_are_read, 0, NITEMS(valid));
	tcase_add_loop_test(tc, other_urls_are_refused, 0, NITEMS(invalid));
	tcase_add_test(tc, https_is_refused_by_name);
	suite_add_tcase(suite, tc);
	return suite;
}
