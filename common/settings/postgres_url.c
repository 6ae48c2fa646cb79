#include "postgres_url.h"

#include "arena.h"
#include "postgres_option.h"

#include <stddef.h>
#include <stdlib.h>
#include <strings.h>

/* Hosts, of which libpq tries one after the other. */
enum { HOSTS_MAX = 64 };

static const char *const schemes[] = { "postgresql", "postgres" };

static const char *const drivers[] = { "psycopg2", "psycopg", "psycopg_async", "asyncpg",
	"psycopg2cffi", "pg8000" };

static bool is_listed(struct str s, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_equal(s, str_from(list[i])))
			return true;
	return false;
}

/* Cuts the part before the first separator, and the separator, off rest. Returns false if there is
 * no separator: the part is all of rest. */
static bool split(struct str *rest, char separator, struct str *part)
{
	const char *at = rest->len > 0 ? memchr(rest->ptr, separator, rest->len) : NULL;

	*part = (struct str){ rest->ptr, at ? (size_t)(at - rest->ptr) : rest->len };
	*rest = str_from_index(*rest, part->len + (at != NULL));
	return at != NULL;
}

static char first(struct str s)
{
	return s.len > 0 ? *s.ptr : '\0';
}

static bool is_digits(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	return true;
}

bool postgres_url_has_scheme(struct str scheme)
{
	struct str name;
	bool driven = split(&scheme, '+', &name);

	return is_listed(name, schemes, NITEMS(schemes)) &&
	       (!driven || is_listed(scheme, drivers, NITEMS(drivers)));
}

/* What is read. Texts are in the arena. */
struct reading {
	struct arena arena;
	struct buf *error;
	const char *values[POSTGRES_OPTIONS]; /* NULL: not given */
	bool optional[POSTGRES_OPTIONS];      /* given after "?" */
	const char *hosts[HOSTS_MAX];         /* the values of the option "host" */
	unsigned nhosts;
};

static bool refuse(struct reading *r, const char *why)
{
	buf_str(r->error, str_from(why));
	return false;
}

static const char *copy(struct reading *r, struct str s)
{
	return arena_copy(&r->arena, s).ptr;
}

/* Percent-decoding. What is no escape stays as it is, as in Python. */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_escape(struct str s)
{
	return s.len >= 3 && s.ptr[0] == '%' && hex_digit(s.ptr[1]) >= 0 &&
	       hex_digit(s.ptr[2]) >= 0;
}

/* Returns false, with an error, if a NUL is encoded. */
static bool decode(struct reading *r, struct str s, const char **ret_text)
{
	char *text = arena_alloc(&r->arena, s.len + 1), *end = text;

	while (s.len > 0) {
		bool escape = is_escape(s);
		*end = *s.ptr;
		if (escape)
			*end = (char)(hex_digit(s.ptr[1]) * 16 + hex_digit(s.ptr[2]));
		if (*end++ == '\0')
			return refuse(r, "%00 is not valid in the URL");
		s = str_from_index(s, escape ? 3 : 1);
	}
	*end = '\0';
	*ret_text = text;
	return true;
}

/* In an option "+" is a space. */
static bool decode_option(struct reading *r, struct str s, const char **ret_text)
{
	char *spaced = arena_alloc(&r->arena, s.len + 1);

	for (size_t i = 0; i < s.len; i++)
		spaced[i] = s.ptr[i] == '+' ? ' ' : s.ptr[i];
	return decode(r, (struct str){ spaced, s.len }, ret_text);
}

/* What stands before "?". Errors do not quote it: an unencoded password may reach into any part. */

static struct str until(struct str s, const char *ends)
{
	size_t n = 0;

	while (n < s.len && !strchr(ends, s.ptr[n]))
		n++;
	return (struct str){ s.ptr, n };
}

/* A password may hold anything but "@", a user's name anything but ":" and "/". Returns the length
 * of both, which an "@" follows if there are any. */
static size_t credentials_length(struct str rest, size_t *ret_user)
{
	size_t user = until(rest, ":/").len;
	const char *at = NULL;

	*ret_user = user;
	if (first(str_from_index(rest, user)) == ':')
		at = memchr(rest.ptr + user, '@', rest.len - user);
	if (at)
		return (size_t)(at - rest.ptr);
	at = memrchr(rest.ptr, '@', user);
	*ret_user = at ? (size_t)(at - rest.ptr) : 0;
	return *ret_user;
}

static bool read_credentials(struct reading *r, struct str *rest)
{
	size_t n, length = credentials_length(*rest, &n);
	struct str user = { rest->ptr, n }, password = { rest->ptr + n, length - n };

	if (first(str_from_index(*rest, length)) != '@')
		return true;
	*rest = str_from_index(*rest, length + 1);
	if (user.len > 0 && !decode(r, user, &r->values[POSTGRES_USER]))
		return false;
	return password.len <= 1 ||
	       decode(r, str_from_index(password, 1), &r->values[POSTGRES_PASSWORD]);
}

static bool read_host(struct reading *r, struct str *rest)
{
	struct str host = until(*rest, first(*rest) == '[' ? "/" : ":/");

	if (first(host) == '[') {
		const char *end = memrchr(host.ptr, ']', host.len);
		size_t length = end ? (size_t)(end - host.ptr) + 1 : 0;
		*rest = str_from_index(*rest, length);
		if (length < 3 || (rest->len > 0 && !strchr(":/", *rest->ptr)))
			return refuse(r, "the address in brackets is not valid; write [::1]");
		host = (struct str){ host.ptr + 1, length - 2 };
	} else {
		*rest = str_from_index(*rest, host.len);
	}
	if (host.len > 0 && memchr(host.ptr, '@', host.len))
		return refuse(r, "the password has an @; write it as %40");
	if (host.len > 0)
		r->values[POSTGRES_HOST] = copy(r, host);
	return true;
}

static bool read_location(struct reading *r, struct str rest)
{
	if (!read_host(r, &rest))
		return false;
	if (first(rest) == ':') {
		struct str port = until(str_from_index(rest, 1), "/");
		r->values[POSTGRES_PORT] = copy(r, port);
		rest = str_from_index(rest, 1 + port.len);
		if (port.len == 0 || memchr(port.ptr, ',', port.len))
			return refuse(r, "a number must follow the colon after the host; write "
					 "several hosts as ?host=h1:5432&host=h2:5432");
	}
	if (first(rest) != '/')
		return true;
	struct str database = str_from_index(rest, 1);
	if (database.len > 0 && memchr(database.ptr, '@', database.len))
		return refuse(r, "the database's name has an @; write ?dbname=a%40b, or two "
				 "slashes before the user");
	if (database.len > 0)
		r->values[POSTGRES_DBNAME] = copy(r, database);
	return true;
}

/* Options. */

static bool keep_host(struct reading *r, const char *host)
{
	if (r->nhosts == HOSTS_MAX)
		return refuse(r, "the URL has too many hosts");
	r->hosts[r->nhosts++] = host;
	return true;
}

/* Ports may be given one by one, too. */
static const char *join_ports(struct reading *r, const char *port)
{
	const char *before = r->values[POSTGRES_PORT];

	return r->optional[POSTGRES_PORT] ? arena_printf(&r->arena, "%s,%s", before, port).ptr
					  : port;
}

static bool keep_option(struct reading *r, const struct postgres_option *option, const char *value)
{
	const char *keyword = option->keyword ? option->keyword : option->name;
	ptrdiff_t i = postgres_option_find(str_from(keyword)) - postgres_options;

	if (!postgres_option_check(option, value, r->error))
		return false;
	if (i == POSTGRES_HOST)
		return keep_host(r, value);
	if (i == POSTGRES_PORT)
		value = join_ports(r, value);
	else if (r->optional[i]) {
		buf_printf(r->error, "the option \"%s\" of the URL is given twice", keyword);
		return false;
	}
	r->values[i] = value;
	r->optional[i] = true;
	return true;
}

static bool read_option(struct reading *r, struct str text)
{
	struct str name;
	const char *decoded, *value;

	split(&text, '=', &name);
	if (!decode_option(r, name, &decoded) || !decode_option(r, text, &value))
		return false;
	const struct postgres_option *option = postgres_option_find(str_from(decoded));
	if (!option) {
		buf_printf(r->error, "the option \"%.64s\" of the URL is not supported; remove it",
			decoded);
		return false;
	}
	return *value == '\0' || keep_option(r, option, value);
}

static bool read_options(struct reading *r, struct str query)
{
	struct str text;

	while (query.len > 0) {
		split(&query, '&', &text);
		if (text.len > 0 && !read_option(r, text))
			return false;
	}
	return true;
}

/* Hosts: host=h1:p1&host=h2:p2 or host=h1,h2&port=p1,p2. */

static bool is_bracketed(struct str host)
{
	return host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
}

/* Splits off the port of name:port or [address]:port, and removes the brackets. An address without
 * brackets has no port. */
static struct str split_port(struct str *host)
{
	const char *colon = host->len > 0 ? memrchr(host->ptr, ':', host->len) : NULL;
	struct str name = { host->ptr, colon ? (size_t)(colon - host->ptr) : host->len };
	struct str port = str_from_index(*host, name.len + (colon != NULL));

	bool has_port = colon && is_digits(port) &&
			(is_bracketed(name) || !memchr(name.ptr, ':', name.len));
	if (has_port)
		*host = name;
	if (is_bracketed(*host))
		*host = (struct str){ host->ptr + 1, host->len - 2 };
	return has_port ? port : (struct str){ "", 0 };
}

/* A lone colon is none of an IPv6 address. */
static bool is_host(struct str host)
{
	const char *colon = memchr(host.ptr, ':', host.len);

	return *host.ptr == '/' || ((!colon || colon != memrchr(host.ptr, ':', host.len)) &&
					   until(host, "[]").len == host.len);
}

static bool check_host(struct reading *r, struct str host)
{
	if (host.len == 0)
		return refuse(r, "a host of the URL is empty");
	if (host.len >= 3 && strncasecmp(host.ptr, "%2f", 3) == 0)
		return refuse(r, "a host is not percent-decoded; write ?host=/run/postgresql");
	if (is_host(host))
		return true;
	buf_printf(r->error, "\"%.*s\" is not a host; a colon and a number may follow its name",
		(int)(host.len < 64 ? host.len : 64), host.ptr);
	return false;
}

/* Checks each host of a list with commas. */
static bool check_hosts(struct reading *r, struct str list)
{
	struct str host;

	while (split(&list, ',', &host))
		if (!check_host(r, host))
			return false;
	return check_host(r, host);
}

/* The hosts of the options as libpq takes them. */
struct joined {
	struct buf hosts, ports;
	unsigned count;
	bool by_commas, with_ports;
};

static bool join_host(struct reading *r, struct joined *joined, struct str host)
{
	struct str port = split_port(&host);

	if (!check_host(r, host))
		return false;
	if (joined->count > 0) {
		buf_char(&joined->hosts, ',');
		buf_char(&joined->ports, ',');
	}
	buf_str(&joined->hosts, host);
	buf_str(&joined->ports, port);
	joined->with_ports |= port.len > 0;
	joined->count++;
	return true;
}

static bool join_hosts(struct reading *r, struct joined *joined)
{
	for (unsigned i = 0; i < r->nhosts; i++) {
		struct str rest = str_from(r->hosts[i]), host;
		while (split(&rest, ',', &host)) {
			joined->by_commas = true;
			if (!join_host(r, joined, host))
				return false;
		}
		if (!join_host(r, joined, host))
			return false;
	}
	bool one_each = r->nhosts > 1 || joined->with_ports;
	if (one_each && (joined->by_commas || r->optional[POSTGRES_PORT]))
		return refuse(r, "the two forms of several hosts are mixed; write "
				 "host=h1:p1&host=h2:p2 or host=h1,h2&port=p1,p2");
	return true;
}

static bool take_hosts(struct reading *r, struct joined *joined)
{
	const char *before = r->values[POSTGRES_HOST];

	if (r->nhosts == 0)
		return !before || check_hosts(r, str_from(before));
	if (!join_hosts(r, joined))
		return false;
	r->values[POSTGRES_HOST] = copy(r, buf_view(&joined->hosts));
	if (!r->optional[POSTGRES_PORT] && buf_len(&joined->ports) > 0)
		r->values[POSTGRES_PORT] = copy(r, buf_view(&joined->ports));
	return true;
}

static unsigned count_parts(const char *list)
{
	unsigned count = 1;

	for (; *list; list++)
		count += *list == ',';
	return count;
}

static bool check_ports(struct reading *r, unsigned hosts)
{
	struct str rest = str_from(r->values[POSTGRES_PORT]), port;

	if (r->optional[POSTGRES_PORT] && count_parts(rest.ptr) != hosts)
		return refuse(r, "there must be as many ports as hosts: "
				 "host=h1,h2&port=p1,p2");
	for (bool more = true; more;) {
		more = split(&rest, ',', &port);
		long number = port.len > 0 && is_digits(port) ? strtol(port.ptr, NULL, 10) : 0;
		if (port.len > 0 && (number < 1 || number > 65535))
			return refuse(r, "a port of the URL is not a number from 1 to 65535");
	}
	return true;
}

static bool read_hosts(struct reading *r)
{
	struct joined joined = { 0 };

	buf_init(&joined.hosts, DATABASE_PARAMETERS_SIZE);
	buf_init(&joined.ports, DATABASE_PARAMETERS_SIZE);
	bool fine = take_hosts(r, &joined);
	buf_done(&joined.hosts);
	buf_done(&joined.ports);
	return fine &&
	       (!r->values[POSTGRES_PORT] || check_ports(r, joined.count > 0 ? joined.count : 1));
}

static bool write_parameters(struct reading *r, struct database_url *parsed)
{
	char *end = parsed->parameters;
	size_t room = sizeof(parsed->parameters) - 1;

	for (unsigned i = 0; i < POSTGRES_OPTIONS; i++) {
		if (!r->values[i] || postgres_options[i].ignored)
			continue;
		size_t keyword = strlen(postgres_options[i].name) + 1,
		       value = strlen(r->values[i]) + 1;
		if (keyword + value > room) {
			buf_printf(r->error, "the URL has more than %d bytes of parameters",
				DATABASE_PARAMETERS_SIZE);
			return false;
		}
		memcpy(end, postgres_options[i].name, keyword);
		memcpy(end + keyword, r->values[i], value);
		end += keyword + value;
		room -= keyword + value;
	}
	return true;
}

bool postgres_url_parse(const char *rest, struct database_url *parsed, struct buf *error)
{
	struct reading r = { .error = error };
	struct str location = str_from(rest), query;

	bool fine = read_credentials(&r, &location);
	query = location;
	split(&query, '?', &location);
	fine = fine && read_location(&r, location) && read_options(&r, query) && read_hosts(&r) &&
	       write_parameters(&r, parsed);
	arena_done(&r.arena);
	return fine;
}
