/* URLs as Pydantic's HttpUrl reads them, by the URL Standard. */
#include "suite.h"
#include "url.h"

#include <stdlib.h>

#define DOMAIN   "!invalid international domain name"
#define EMPTY    "!empty host"
#define IPV4     "!invalid IPv4 address"
#define IPV6     "!invalid IPv6 address"
#define PORT     "!invalid port number"
#define RELATIVE "!relative URL without a base"
#define OTHER    "" /* a valid URL of another scheme */

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
	const char *wanted; /* the normal form, or "!" and the reason */
} rows[] = {
	/* Schemes, and what is dropped. */
	{ STR_INIT("http://example.com"), "http://example.com/" },
	{ STR_INIT(" \x1fHtTpS://EXAMPLE.com\n\t "), "https://example.com/" },
	{ STR_INIT("ht\ntp://a\r\tb/c\td?e\nf#g\nh"), "http://ab/cd?ef#gh" },
	{ STR_INIT("http:a"), "http://a/" },
	{ STR_INIT("http:/\\//a\\b"), "http://a/b" },
	{ STR_INIT(""), RELATIVE },
	{ STR_INIT(" "), RELATIVE },
	{ STR_INIT("http"), RELATIVE },
	{ STR_INIT("1http://a"), RELATIVE },
	{ STR_INIT("://a"), RELATIVE },
	{ STR_INIT("ht\0tp://a"), RELATIVE },
	{ STR_INIT("h t://a"), RELATIVE },
	/* Users and passwords. */
	{ STR_INIT("http://u:p@h"), "http://u:p@h/" },
	{ STR_INIT("http://u ser:p@s:s@h"), "http://u%20ser:p%40s%3As@h/" },
	{ STR_INIT("http://u:@h"), "http://u@h/" },
	{ STR_INIT("http://:p@h"), "http://:p@h/" },
	{ STR_INIT("http://:@h"), "http://h/" },
	{ STR_INIT("http://@h"), "http://h/" },
	{ STR_INIT("http://a/@b"), "http://a/@b" },
	{ STR_INIT("http://a\\@b"), "http://a/@b" },
	{ STR_INIT("http://@"), EMPTY },
	{ STR_INIT("http://@/a"), EMPTY },
	{ STR_INIT("http://u@"), EMPTY },
	/* Ports. */
	{ STR_INIT("http://h:80"), "http://h/" },
	{ STR_INIT("http://h:00080/"), "http://h/" },
	{ STR_INIT("https://h:443"), "https://h/" },
	{ STR_INIT("https://h:80"), "https://h:80/" },
	{ STR_INIT("http://h:"), "http://h/" },
	{ STR_INIT("http://h:0"), "http://h:0/" },
	{ STR_INIT("http://h:65535"), "http://h:65535/" },
	{ STR_INIT("http://h:65536"), PORT },
	{ STR_INIT("http://h:99999999999999999999"), PORT },
	{ STR_INIT("http://h:8x"), PORT },
	{ STR_INIT("http://h:-1"), PORT },
	{ STR_INIT("http://:80"), EMPTY },
	/* Domains. */
	{ STR_INIT("http://"), EMPTY },
	{ STR_INIT("http:"), EMPTY },
	{ STR_INIT("http://?a"), EMPTY },
	{ STR_INIT("http://\xc2\xad"), EMPTY }, /* a soft hyphen, which the mapping drops */
	{ STR_INIT("http://b\xc3\xbc"
		   "cher.example"),
		"http://xn--bcher-kva.example/" },
	{ STR_INIT("http://B%C3%9CCHER.example"), "http://xn--bcher-kva.example/" },
	{ STR_INIT("http://fa\xc3\x9f.de"), "http://xn--fa-hia.de/" },
	{ STR_INIT("http://\xef\xbc\xa1\xe3\x80\x82"
		   "b"),
		"http://a.b/" },
	{ STR_INIT("http://%41"), "http://a/" },
	{ STR_INIT("http://-a_b-.c--d..e."), "http://-a_b-.c--d..e./" },
	{ STR_INIT("http://."), "http://./" },
	{ STR_INIT("http://XN--BCHER-KVA"), "http://xn--bcher-kva/" },
	{ STR_INIT("http://xn--a"), DOMAIN },
	{ STR_INIT("http://xn--"), DOMAIN },
	{ STR_INIT("http://xn--a-"), DOMAIN },   /* "a", which needs no Punycode */
	{ STR_INIT("http://xn---0ca"), DOMAIN }, /* a delimiter after nothing */
	{ STR_INIT("http://xn--\xc3\xbc"), DOMAIN },
	{ STR_INIT("http://a b"), DOMAIN },
	{ STR_INIT("http://a<b"), DOMAIN },
	{ STR_INIT("http://a%00"), DOMAIN },
	{ STR_INIT("http://a%"), DOMAIN },
	{ STR_INIT("http://a%zz"), DOMAIN },
	{ STR_INIT("http://%FF"), DOMAIN },
	{ STR_INIT("http://a%2fb"), DOMAIN },
	{ STR_INIT("http://\xe2\x84\x80"), DOMAIN }, /* is mapped to a/c */
	{ STR_INIT("http://\xef\xbf\xbd"), DOMAIN },
	{ STR_INIT("http://\xcc\x81"
		   "a"),
		DOMAIN }, /* a combining accent first */
	{ STR_INIT("http://a\xe2\x80\x8d"
		   "b"),
		DOMAIN }, /* a joiner */
	{ STR_INIT("http://\xe0\xa4\x95\xe0\xa5\x8d\xe2\x80\x8d\xe0\xa4\xb7"),
		"http://xn--11b2ezcw70k/" },
	{ STR_INIT("http://\xd7\x90"
		   "1"),
		"http://xn--1-zhc/" },
	{ STR_INIT("http://1\xd7\x90"), DOMAIN },
	{ STR_INIT("http://a.\xd7\x90"), "http://a.xn--4db/" },
	{ STR_INIT("http://1.\xd7\x90"), DOMAIN }, /* each label of a Bidi domain is checked */
	/* IPv4 addresses. */
	{ STR_INIT("http://1.2.3.4"), "http://1.2.3.4/" },
	{ STR_INIT("http://0x7f.1."), "http://127.0.0.1/" },
	{ STR_INIT("http://0X"), "http://0.0.0.0/" },
	{ STR_INIT("http://0377.0x1.65535"), "http://255.1.255.255/" },
	{ STR_INIT("http://4294967295"), "http://255.255.255.255/" },
	{ STR_INIT("http://%31%2e2"), "http://1.0.0.2/" },
	{ STR_INIT("http://1.a"), "http://1.a/" },
	{ STR_INIT("http://1e2"), "http://1e2/" },
	{ STR_INIT("http://0x1g"), "http://0x1g/" },
	{ STR_INIT("http://4294967296"), IPV4 },
	{ STR_INIT("http://99999999999999999999999"), IPV4 },
	{ STR_INIT("http://256.1"), IPV4 },
	{ STR_INIT("http://1.2.3.256"), IPV4 },
	{ STR_INIT("http://1.2.65536"), IPV4 },
	{ STR_INIT("http://1.2.3.4.5"), IPV4 },
	{ STR_INIT("http://1..2"), IPV4 },
	{ STR_INIT("http://a.1"), IPV4 },
	{ STR_INIT("http://08"), IPV4 },
	/* IPv6 addresses. */
	{ STR_INIT("http://[::1]:8000"), "http://[::1]:8000/" },
	{ STR_INIT("http://[::]"), "http://[::]/" },
	{ STR_INIT("http://[1:2:0:0:5:0:0:0]"), "http://[1:2:0:0:5::]/" },
	{ STR_INIT("http://[1:0:0:4:5:0:0:8]"), "http://[1::4:5:0:0:8]/" },
	{ STR_INIT("http://[1:0:3:4:5:6:7:8]"), "http://[1:0:3:4:5:6:7:8]/" },
	{ STR_INIT("http://[1::3:4:5:6:7:8]"), "http://[1:0:3:4:5:6:7:8]/" },
	{ STR_INIT("http://[::FFFF:1.2.3.4]"), "http://[::ffff:102:304]/" },
	{ STR_INIT("http://[::1"), IPV6 },
	{ STR_INIT("http://["), IPV6 },
	{ STR_INIT("http://[]"), IPV6 },
	{ STR_INIT("http://[::1]x"), IPV6 },
	{ STR_INIT("http://[1:2:3:4:5:6:7]"), IPV6 },
	{ STR_INIT("http://[::1.2.3.04]"), IPV6 },
	{ STR_INIT("http://[::%1]"), IPV6 },
	{ STR_INIT("http://[::1\0]"), IPV6 },
	{ STR_INIT("http://[0000:0000:0000:0000:0000:0000:0000:00000000001]"), IPV6 },
	/* Paths. */
	{ STR_INIT("http://h/a/./b/../c"), "http://h/a/c" },
	{ STR_INIT("http://h/../a"), "http://h/a" },
	{ STR_INIT("http://h/a/.."), "http://h/" },
	{ STR_INIT("http://h/a/."), "http://h/a/" },
	{ STR_INIT("http://h/a/b/%2E%2e"), "http://h/a/" },
	{ STR_INIT("http://h/a/.%2E/%2e/c"), "http://h/c" },
	{ STR_INIT("http://h/a//../b"), "http://h/a/b" },
	{ STR_INIT("http://h/..."), "http://h/..." },
	{ STR_INIT("http://h/.a/..a"), "http://h/.a/..a" },
	{ STR_INIT("http://h\\a\\b"), "http://h/a/b" },
	{ STR_INIT("http://h//a"), "http://h//a" },
	{ STR_INIT("http://h/C:/../d|/.."), "http://h/C:/d|/" }, /* drive letters stay */
	{ STR_INIT("http://h/a b\"<>`{|}^%zz\x7f\xc3\xa9"),
		"http://h/a%20b%22%3C%3E%60%7B|%7D^%zz%7F%C3%A9" },
	/* Queries and fragments. */
	{ STR_INIT("http://h?"), "http://h/?" },
	{ STR_INIT("http://h#"), "http://h/#" },
	{ STR_INIT("http://h?a?b=c#d#e"), "http://h/?a?b=c#d#e" },
	{ STR_INIT("http://h? \"'<>`{|}\\../\xc3\xa9"),
		"http://h/?%20%22%27%3C%3E`{|}\\../%C3%A9" },
	{ STR_INIT("http://h#a \"'<>`{|}\0b"), "http://h/#a%20%22'%3C%3E%60{|}%00b" },
	/* Other schemes are refused as such only if the URL is valid. */
	{ STR_INIT("ftp://example.com:21/"), OTHER },
	{ STR_INIT("ws:example.com"), OTHER },
	{ STR_INIT("wss://256.1"), IPV4 },
	{ STR_INIT("ftp:"), EMPTY },
	{ STR_INIT("mailto:a@b"), OTHER },
	{ STR_INIT("urn:uuid:1"), OTHER },
	{ STR_INIT("foo:"), OTHER },
	{ STR_INIT("foo:/\\[x"), OTHER },
	{ STR_INIT("foo://"), OTHER },
	{ STR_INIT("foo://@"), OTHER },
	{ STR_INIT("foo://@/"), EMPTY },
	{ STR_INIT("foo://u@"), EMPTY },
	{ STR_INIT("foo://:1"), EMPTY },
	{ STR_INIT("foo://H%20\xc3\xa9:1/"), OTHER },
	{ STR_INIT("foo://h:x"), PORT },
	{ STR_INIT("foo://["), IPV6 },
	{ STR_INIT("foo://a b"), "!invalid domain character" },
	{ STR_INIT("foo://a\\b"), "!invalid domain character" },
	{ STR_INIT("foo://a\0b"), "!invalid domain character" },
	{ STR_INIT("file:///a"), OTHER },
	{ STR_INIT("file://C|/a"), OTHER },
	{ STR_INIT("file:/[x"), OTHER },
	{ STR_INIT("file:\\\\a b\\c"), DOMAIN },
	{ STR_INIT("file://["), IPV6 },
};

/* Parses a copy of the exact size, so that a sanitizer sees a read behind it. */
static enum url_outcome parse(struct str text, struct str *url, const char **reason)
{
	char *copy = malloc(text.len ? text.len : 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text.ptr, text.len);
	enum url_outcome outcome = url_parse(&arena, (struct str){ copy, text.len }, url, reason);
	free(copy);
	return outcome;
}

START_TEST(urls_are_read)
{
	const char *wanted = rows[_i].wanted, *reason = "";
	struct str url;

	switch (parse(rows[_i].text, &url, &reason)) {
	case URL_OK:
		ck_assert_slice_eq(url, str_from(wanted));
		break;
	case URL_OTHER_SCHEME:
		ck_assert_str_eq(wanted, OTHER);
		break;
	default:
		ck_assert_int_eq(wanted[0], '!');
		ck_assert_str_eq(reason, wanted + 1);
	}
}
END_TEST

/* What is in normal form stays as it is. */
START_TEST(normal_forms_stay)
{
	struct str url, again;
	const char *reason;

	if (parse(rows[_i].text, &url, &reason) != URL_OK)
		return;
	ck_assert_int_eq(parse(url, &again, &reason), URL_OK);
	ck_assert_slice_eq(again, url);
}
END_TEST

/* Labels beyond the limits of the crate idna, and a long one without Punycode. */
START_TEST(long_labels)
{
	static const struct {
		const char *start, *unit;
		int times;
		enum url_outcome outcome;
	} labels[] = {
		{ "http://", "a", 2000, URL_OK },
		{ "http://", "\xc3\xa9", 1000, URL_OK },
		{ "http://", "\xc3\xa9", 1001, URL_INVALID },
		{ "http://xn--", "a", 2001, URL_INVALID },
	};

	for (size_t i = 0; i < NITEMS(labels); i++) {
		struct str text = arena_copy(&arena, str_from(labels[i].start)), url;
		const char *reason;
		for (int n = 0; n < labels[i].times; n++)
			text = arena_printf(&arena, "%s%s", text.ptr, labels[i].unit);
		ck_assert_int_eq(parse(text, &url, &reason), labels[i].outcome);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("url");
	TCase *tests = tcase_create("url");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, urls_are_read, 0, (int)NITEMS(rows));
	tcase_add_loop_test(tests, normal_forms_stay, 0, (int)NITEMS(rows));
	tcase_add_test(tests, long_labels);
	suite_add_tcase(suite, tests);
	return suite;
}
