#include "postgres_option.h"
#include "postgres_url.h"

#include "suite.h"

#include <stdlib.h>

/* The parameters of the URL in libpq's order of importance, as "keyword=value|...". */
static const struct {
	const char *url, *parameters, *described;
} accepted[] = {
	{ "postgresql://h/db", "host=h|dbname=db|", "postgresql://h/db" },
	{ "postgres://h/db", "host=h|dbname=db|", "postgresql://h/db" },
	{ "postgresql+psycopg2://h/db", "host=h|dbname=db|", "postgresql://h/db" },
	{ "postgresql+psycopg://h/db", "host=h|dbname=db|", "postgresql://h/db" },
	{ "postgresql+asyncpg://h/db", "host=h|dbname=db|", "postgresql://h/db" },
	{ "postgresql+psycopg2cffi://h/db", "host=h|dbname=db|", "postgresql://h/db" },
	{ "postgresql+pg8000://h/db", "host=h|dbname=db|", "postgresql://h/db" },
	{ "postgres+psycopg_async://h/db", "host=h|dbname=db|", "postgresql://h/db" },
	{ "postgresql://", "", "postgresql:///" },
	{ "postgresql:///", "", "postgresql:///" },
	{ "postgresql://h", "host=h|", "postgresql://h/" },
	{ "postgresql://app:secret@db1:5432/app",
		"host=db1|port=5432|user=app|password=secret|dbname=app|",
		"postgresql://app@db1:5432/app" },
	/* User and password are decoded, where "+" is no space; the database is not. */
	{ "postgresql://u%2f:p%40+w@h/d%20b", "host=h|user=u/|password=p@+w|dbname=d%20b|",
		"postgresql://u/@h/d%20b" },
	{ "postgresql://u:%zz%4@h/db", "host=h|user=u|password=%zz%4|dbname=db|",
		"postgresql://u@h/db" },
	{ "postgresql://u%0a:p@h/db", "host=h|user=u\n|password=p|dbname=db|",
		"postgresql://u?@h/db" },
	/* Where "@" and "/" end what stands before them. */
	{ "postgresql://u:p/x?y@h/db", "host=h|user=u|password=p/x?y|dbname=db|",
		"postgresql://u@h/db" },
	{ "postgresql://u@v@h/db", "host=h|user=u@v|dbname=db|", "postgresql://u@v@h/db" },
	{ "postgresql://u@h:5/db", "host=h|port=5|user=u|dbname=db|", "postgresql://u@h:5/db" },
	{ "postgresql://@h/db", "host=h|dbname=db|", "postgresql://h/db" },
	{ "postgresql://u:@h/db", "host=h|user=u|dbname=db|", "postgresql://u@h/db" },
	{ "postgresql://:p@h/db", "host=h|password=p|dbname=db|", "postgresql://h/db" },
	{ "postgresql://h/d/b", "host=h|dbname=d/b|", "postgresql://h/d/b" },
	{ "postgresql://h/db#part?sslmode=require", "host=h|dbname=db#part|sslmode=require|",
		"postgresql://h/db#part" },
	/* IPv6. */
	{ "postgresql://u@[::1]:5/db", "host=::1|port=5|user=u|dbname=db|",
		"postgresql://u@[::1]:5/db" },
	{ "postgresql://[fe80::1%25eth0]/db", "host=fe80::1%25eth0|dbname=db|",
		"postgresql://[fe80::1%25eth0]/db" },
	{ "postgresql:///db?host=::1", "host=::1|dbname=db|", "postgresql://[::1]/db" },
	{ "postgresql:///db?host=[::1]:5&host=[::2]", "host=::1,::2|port=5,|dbname=db|",
		"postgresql://[::1]:5,[::2]/db" },
	/* Unix sockets. */
	{ "postgresql:///db?host=/run/postgresql", "host=/run/postgresql|dbname=db|",
		"postgresql:///db?host=/run/postgresql" },
	{ "postgresql://u:p@:5433/db?host=%2Frun%2Fpostgresql",
		"host=/run/postgresql|port=5433|user=u|password=p|dbname=db|",
		"postgresql://u@/db?host=/run/postgresql:5433" },
	/* Several hosts. */
	{ "postgresql:///db?host=h1:1&host=h2:2", "host=h1,h2|port=1,2|dbname=db|",
		"postgresql://h1:1,h2:2/db" },
	{ "postgresql:///db?host=h1:1&host=h2", "host=h1,h2|port=1,|dbname=db|",
		"postgresql://h1:1,h2/db" },
	{ "postgresql:///db?host=h1,h2&port=1,2", "host=h1,h2|port=1,2|dbname=db|",
		"postgresql://h1:1,h2:2/db" },
	{ "postgresql:///db?host=h1,h2&port=1&port=2", "host=h1,h2|port=1,2|dbname=db|",
		"postgresql://h1:1,h2:2/db" },
	{ "postgresql:///db?host=h1,h2&port=1,", "host=h1,h2|port=1,|dbname=db|",
		"postgresql://h1:1,h2/db" },
	{ "postgresql:///db?host=h1%2Ch2", "host=h1,h2|port=,|dbname=db|",
		"postgresql://h1,h2/db" },
	{ "postgresql://u@h1,h2:5433/db", "host=h1,h2|port=5433|user=u|dbname=db|",
		"postgresql://u@h1:5433,h2:5433/db" },
	/* Options replace what stands before them. */
	{ "postgresql://h:12/db?host=k", "host=k|port=12|dbname=db|", "postgresql://k:12/db" },
	{ "postgresql://h:12/db?host=k:7", "host=k|port=7|dbname=db|", "postgresql://k:7/db" },
	{ "postgresql://h:12/db?host=k:", "host=k|port=12|dbname=db|", "postgresql://k:12/db" },
	{ "postgresql://h:12/db?port=13", "host=h|port=13|dbname=db|", "postgresql://h:13/db" },
	{ "postgresql://u:p@h/db?user=w&dbname=o&password=q", "host=h|user=w|password=q|dbname=o|",
		"postgresql://w@h/o" },
	{ "postgresql://h/db?options=-c%20a%3Db+c", "host=h|dbname=db|options=-c a=b c|",
		"postgresql://h/db" },
	{ "postgresql://h/db?sslmode=&ssl&&", "host=h|dbname=db|", "postgresql://h/db" },
	{ "postgresql://h/db?ssl=verify-full&sslrootcert=/etc/ca.pem",
		"host=h|dbname=db|sslmode=verify-full|sslrootcert=/etc/ca.pem|",
		"postgresql://h/db" },
	/* Those of drivers. */
	{ "postgresql+asyncpg://h/db?prepared_statement_cache_size=0&client_encoding=utf8",
		"host=h|dbname=db|", "postgresql://h/db" },
};

static void parse(const char *text, struct database_url *url)
{
	struct buf error;

	buf_init(&error, 1000);
	ck_assert_msg(database_url_parse(text, url, &error), "%s: %.*s", text,
		STR_ARGS(buf_view(&error)));
	buf_done(&error);
}

START_TEST(valid_urls_are_parsed)
{
	struct database_url url;
	struct buf text;

	buf_init(&text, 2000);
	parse(accepted[_i].url, &url);
	ck_assert_int_eq(url.engine, DATABASE_POSTGRES);
	ck_assert_str_eq(url.path, "");
	for (const char *p = url.parameters; *p; p += strlen(p) + 1) {
		buf_printf(&text, "%s=", p);
		p += strlen(p) + 1;
		buf_printf(&text, "%s|", p);
	}
	ck_assert_slice_eq(buf_view(&text), str_from(accepted[_i].parameters));
	buf_reset(&text, 0);
	database_url_describe(&url, &text);
	ck_assert_slice_eq(buf_view(&text), str_from(accepted[_i].described));
	buf_done(&text);
}
END_TEST

#define MIXED                                                                                      \
	"the two forms of several hosts are mixed; write "                                         \
	"host=h1:p1&host=h2:p2 or host=h1,h2&port=p1,p2"
#define COUNTS "there must be as many ports as hosts: host=h1,h2&port=p1,p2"
#define PORT   "a port of the URL is not a number from 1 to 65535"
#define COLON                                                                                      \
	"a number must follow the colon after the host; write several hosts as "                   \
	"?host=h1:5432&host=h2:5432"
#define BRACKETS "the address in brackets is not valid; write [::1]"
#define ENCODED  "a host is not percent-decoded; write ?host=/run/postgresql"

static const struct {
	const char *url, *error;
} refused[] = {
	{ "postgresql://u:secret@x@h/db", "the password has an @; write it as %40" },
	{ "postgresql:///u:secret@h/db", "the database's name has an @; write ?dbname=a%40b, or "
					 "two slashes before the user" },
	{ "postgresql://u:%00@h/db", "%00 is not valid in the URL" },
	{ "postgresql://h/db?user=%00", "%00 is not valid in the URL" },
	{ "postgresql://u@h:/db", COLON },
	{ "postgresql://h1:1,h2:2/db", COLON },
	{ "postgresql://u:secret", PORT },
	{ "postgresql://h:0/db", PORT },
	{ "postgresql://h:65536/db", PORT },
	{ "postgresql://h:99999999999999999999/db", PORT },
	{ "postgresql://h/db?port=-1", PORT },
	{ "postgresql:///db?host=h1,h2&port=1,x", PORT },
	{ "postgresql://[::1/db", BRACKETS },
	{ "postgresql://[]/db", BRACKETS },
	{ "postgresql://[::1]x/db", BRACKETS },
	{ "postgresql://[[::1]]/db",
		"\"[::1]\" is not a host; a colon and a number may follow its name" },
	{ "postgresql://h1,,h2/db", "a host of the URL is empty" },
	{ "postgresql://%2Frun%2Fpostgresql/db", ENCODED },
	{ "postgresql:///db?host=h1:1&host=h2:2&port=5", MIXED },
	{ "postgresql:///db?host=h1&host=h2&port=1,2", MIXED },
	{ "postgresql:///db?host=h1:1,h2:2", MIXED },
	{ "postgresql:///db?host=h1,h2&host=h3", MIXED },
	{ "postgresql:///db?host=h1:1&port=2", MIXED },
	{ "postgresql:///db?host=h1,h2&port=1", COUNTS },
	{ "postgresql:///db?host=h1&port=1,2", COUNTS },
	{ "postgresql://h1,h2/db?port=1,2", COUNTS },
	{ "postgresql:///db?host=h1,,h2", "a host of the URL is empty" },
	{ "postgresql:///db?host=h1:x&host=h2",
		"\"h1:x\" is not a host; a colon and a number may follow its name" },
	{ "postgresql://h/db?schema=public",
		"the option \"schema\" of the URL is not supported; remove it" },
	{ "postgresql://h/db?sslmode=require&replication=",
		"the option \"replication\" of the URL is not supported; remove it" },
	{ "postgresql://h/db?user=a&user=b", "the option \"user\" of the URL is given twice" },
	{ "postgresql://h/db?sslmode=require&ssl=require",
		"the option \"sslmode\" of the URL is given twice" },
	{ "postgresql://h/db?ssl=true",
		"ssl \"true\" is not valid; choose one of disable, allow, prefer, require, "
		"verify-ca, verify-full" },
	{ "postgresql://h/db?target_session_attrs=master",
		"target_session_attrs \"master\" is not valid; choose one of any, read-write, "
		"read-only, primary, standby, prefer-standby" },
	{ "postgresql://h/db?connect_timeout=5s", "connect_timeout \"5s\" is not a whole number" },
};

START_TEST(invalid_urls_are_refused)
{
	struct database_url url;
	struct buf error;

	buf_init(&error, 1000);
	ck_assert_msg(!database_url_parse(refused[_i].url, &url, &error), "%s", refused[_i].url);
	ck_assert_slice_eq(buf_view(&error), str_from(refused[_i].error));
	buf_done(&error);
}
END_TEST

START_TEST(limits_are_kept)
{
	char text[6000] = "postgresql://";
	struct database_url url;
	struct buf error;
	size_t n = strlen(text), room = DATABASE_PARAMETERS_SIZE - strlen("host") - 3;

	buf_init(&error, 1000);
	memset(text + n, 'h', room);
	parse(text, &url);
	ck_assert_uint_eq(strlen(postgres_url_value(&url, "host")), room);
	text[n + room] = 'h';
	ck_assert(!database_url_parse(text, &url, &error));
	ck_assert_slice_eq(buf_view(&error), STR("the URL has more than 4096 bytes of parameters"));
	buf_reset(&error, 0);

	strcpy(text, "postgresql:///?");
	for (unsigned i = 0; i < 65; i++)
		strcat(text, "host=a&");
	ck_assert(!database_url_parse(text, &url, &error));
	ck_assert_slice_eq(buf_view(&error), STR("the URL has too many hosts"));
	buf_done(&error);
}
END_TEST

/* What libpq gets. */

#define FALLBACKS                                                                                  \
	"connect_timeout=5|keepalives_idle=30|keepalives_interval=5|keepalives_count=3|"           \
	"tcp_user_timeout=10000|fallback_application_name=postern|gssencmode=disable|"
#define UTF8 "client_encoding=UTF8|"

static const struct {
	const char *url, *variable, *value, *parameters;
} given[] = {
	{ "postgresql://h/db", NULL, NULL, "host=h|dbname=db|" FALLBACKS UTF8 },
	{ "postgresql:///db?host=a,b", NULL, NULL,
		"host=a,b|port=,|dbname=db|" FALLBACKS "target_session_attrs=read-write|" UTF8 },
	{ "postgresql:///db?host=a,b&target_session_attrs=any", NULL, NULL,
		"host=a,b|port=,|dbname=db|target_session_attrs=any|" FALLBACKS UTF8 },
	{ "postgresql:///db?host=a,b", "PGTARGETSESSIONATTRS", "any",
		"host=a,b|port=,|dbname=db|" FALLBACKS UTF8 },
	{ "postgresql:///db", "PGHOST", "a,b",
		"dbname=db|" FALLBACKS "target_session_attrs=read-write|" UTF8 },
	{ "postgresql://h/db", "PGHOST", "a,b", "host=h|dbname=db|" FALLBACKS UTF8 },
	{ "postgresql://", "PGCONNECT_TIMEOUT", "7",
		"keepalives_idle=30|keepalives_interval=5|keepalives_count=3|"
		"tcp_user_timeout=10000|fallback_application_name=postern|gssencmode="
		"disable|" UTF8 },
	{ "postgresql://?keepalives_idle=9&client_encoding=latin1", NULL, NULL,
		"keepalives_idle=9|connect_timeout=5|keepalives_interval=5|keepalives_count=3|"
		"tcp_user_timeout=10000|fallback_application_name=postern|gssencmode="
		"disable|" UTF8 },
	/* The values of a service file count only for what is not given. */
	{ "postgresql://?service=s", NULL, NULL,
		"service=s|fallback_application_name=postern|gssencmode=disable|" UTF8 },
	{ "postgresql:///?host=a,b", "PGSERVICE", "s",
		"host=a,b|port=,|fallback_application_name=postern|gssencmode=disable|" UTF8 },
};

static void clear_variables(void)
{
	for (unsigned i = 0; i < POSTGRES_OPTIONS; i++)
		if (postgres_options[i].variable)
			unsetenv(postgres_options[i].variable);
}

START_TEST(what_is_not_given_is_added)
{
	const char *keywords[POSTGRES_PARAMETERS_MAX], *values[POSTGRES_PARAMETERS_MAX];
	struct database_url url;
	struct buf text;

	buf_init(&text, 2000);
	clear_variables();
	if (given[_i].variable)
		setenv(given[_i].variable, given[_i].value, 1);
	parse(given[_i].url, &url);
	unsigned n = postgres_url_parameters(&url, keywords, values, NITEMS(keywords));
	for (unsigned i = 0; i < n; i++)
		buf_printf(&text, "%s=%s|", keywords[i], values[i]);
	ck_assert_slice_eq(buf_view(&text), str_from(given[_i].parameters));
	ck_assert(!keywords[n] && !values[n]);
	buf_done(&text);
}
END_TEST

START_TEST(hosts_are_those_of_the_url_or_the_environment)
{
	struct database_url url;

	clear_variables();
	parse("postgresql:///db", &url);
	ck_assert_str_eq(postgres_url_hosts(&url), "");
	setenv("PGHOSTADDR", "127.0.0.1", 1);
	ck_assert_str_eq(postgres_url_hosts(&url), "127.0.0.1");
	setenv("PGHOST", "/run/postgresql", 1);
	ck_assert_str_eq(postgres_url_hosts(&url), "/run/postgresql");
	parse("postgresql://a,b/db", &url);
	ck_assert_str_eq(postgres_url_hosts(&url), "a,b");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("postgres_url");
	TCase *tc = tcase_create("postgres_url");

	tcase_add_loop_test(tc, valid_urls_are_parsed, 0, NITEMS(accepted));
	tcase_add_loop_test(tc, invalid_urls_are_refused, 0, NITEMS(refused));
	tcase_add_test(tc, limits_are_kept);
	tcase_add_loop_test(tc, what_is_not_given_is_added, 0, NITEMS(given));
	tcase_add_test(tc, hosts_are_those_of_the_url_or_the_environment);
	suite_add_tcase(suite, tc);
	return suite;
}
