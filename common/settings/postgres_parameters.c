/* What a parsed URL of PostgreSQL says: libpq's parameters and texts for messages. */
#include "postgres_option.h"
#include "postgres_url.h"

#include <assert.h>
#include <stdlib.h>

_Static_assert(POSTGRES_OPTIONS + 3 <= POSTGRES_PARAMETERS_MAX, "parameters may not fit");

/* Walks the list: from a keyword to the next. */
static const char *value_after(const char *keyword)
{
	return keyword + strlen(keyword) + 1;
}

static const char *next_keyword(const char *keyword)
{
	const char *value = value_after(keyword);

	return value + strlen(value) + 1;
}

const char *postgres_url_value(const struct database_url *url, const char *keyword)
{
	for (const char *k = url->parameters; *k; k = next_keyword(k))
		if (strcmp(k, keyword) == 0)
			return value_after(k);
	return NULL;
}

const char *postgres_url_given(const struct database_url *url, const char *name)
{
	const char *value = postgres_url_value(url, name);
	const char *variable = postgres_option_find(str_from(name))->variable;

	return value || !variable ? value : getenv(variable);
}

const char *postgres_url_hosts(const struct database_url *url)
{
	static const char *const names[] = { "host", "hostaddr" };

	for (size_t i = 0; i < NITEMS(names); i++) {
		const char *hosts = postgres_url_given(url, names[i]);
		if (hosts && *hosts)
			return hosts;
	}
	return "";
}

struct parameters {
	const char **keywords, **values;
	unsigned count;
};

static void add(struct parameters *p, const char *keyword, const char *value)
{
	p->keywords[p->count] = keyword;
	p->values[p->count++] = value;
}

static void add_fallbacks(struct parameters *p, const struct database_url *url)
{
	bool service = postgres_url_given(url, "service") != NULL;

	for (unsigned i = 0; i < POSTGRES_OPTIONS; i++) {
		const struct postgres_option *option = &postgres_options[i];
		if (option->fallback && (!service || option->beside_service) &&
			!postgres_url_given(url, option->name))
			add(p, option->name, option->fallback);
	}
	if (!service && strchr(postgres_url_hosts(url), ',') &&
		!postgres_url_given(url, "target_session_attrs"))
		add(p, "target_session_attrs", "read-write");
}

unsigned postgres_url_parameters(
	const struct database_url *url, const char *keywords[], const char *values[], size_t room)
{
	struct parameters p = { keywords, values, 0 };

	assert(room >= POSTGRES_PARAMETERS_MAX);
	for (const char *k = url->parameters; *k; k = next_keyword(k))
		add(&p, k, value_after(k));
	add_fallbacks(&p, url);
	add(&p, "client_encoding", "UTF8");
	keywords[p.count] = NULL;
	values[p.count] = NULL;
	return p.count;
}

/* Description. */

/* A decoded text may hold control characters, which would break the line of a log. */
static void put_visible(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		buf_char(out, c < ' ' || c == 0x7f ? '?' : text.ptr[i]);
	}
}

static struct str value_or_empty(const struct database_url *url, const char *keyword)
{
	const char *value = postgres_url_value(url, keyword);

	return value ? str_from(value) : STR("");
}

/* The part of a list before its next comma. */
static struct str take_part(struct str *list)
{
	const char *comma = list->len > 0 ? memchr(list->ptr, ',', list->len) : NULL;
	struct str part = { list->ptr, comma ? (size_t)(comma - list->ptr) : list->len };

	*list = str_from_index(*list, part.len + (comma != NULL));
	return part;
}

static void put_host(struct buf *out, struct str host, struct str port)
{
	bool bracketed = memchr(host.ptr, ':', host.len) != NULL;

	buf_str(out, bracketed ? STR("[") : STR(""));
	put_visible(out, host);
	buf_str(out, bracketed ? STR("]") : STR(""));
	if (port.len > 0)
		buf_printf(out, ":%.*s", STR_ARGS(port));
}

/* A single port is that of each host. */
static void put_hosts(struct buf *out, struct str hosts, struct str ports)
{
	bool one_port = ports.len == 0 || !memchr(ports.ptr, ',', ports.len);

	while (hosts.len > 0) {
		struct str host = take_part(&hosts);
		put_host(out, host, one_port ? ports : take_part(&ports));
		if (hosts.len > 0)
			buf_char(out, ',');
	}
}

void postgres_url_describe(const struct database_url *url, struct buf *out)
{
	struct str user = value_or_empty(url, "user");
	struct str hosts = value_or_empty(url, "host"), ports = value_or_empty(url, "port");
	bool local = str_starts(hosts, STR("/"));

	buf_str(out, STR("postgresql://"));
	put_visible(out, user);
	buf_str(out, user.len > 0 ? STR("@") : STR(""));
	if (!local)
		put_hosts(out, hosts, ports);
	buf_char(out, '/');
	put_visible(out, value_or_empty(url, "dbname"));
	if (local) {
		buf_str(out, STR("?host="));
		put_hosts(out, hosts, ports);
	}
}
