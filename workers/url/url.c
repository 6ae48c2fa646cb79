#include "url.h"

#include "arena_buf.h"
#include "ascii.h"
#include "url_domain.h"
#include "url_errors.h"
#include "url_ip.h"
#include "url_path.h"
#include "url_percent.h"

/* Section 3.1: schemes whose URLs have hosts and paths of one form. */
static const struct scheme {
	struct str name;
	unsigned port;
	bool is_ours;
} special_schemes[] = {
	{ STR_INIT("http"), 80, true },
	{ STR_INIT("https"), 443, true },
	{ STR_INIT("ws"), 80, false },
	{ STR_INIT("wss"), 443, false },
	{ STR_INIT("ftp"), 21, false },
};

/* A URL as it is parsed: rest is what is left of the text, out what is written of the normal form.
 */
struct parser {
	struct arena *arena;
	struct str rest;
	struct buf *out;
	const struct scheme *special; /* NULL: another scheme */
};

static bool is_ignored(char c)
{
	return c == '\t' || c == '\n' || c == '\r';
}

/* Drops controls and spaces at both ends, tabs and newlines everywhere. */
static struct str clean(struct arena *arena, struct str text)
{
	while (text.len > 0 && (unsigned char)text.ptr[0] <= ' ')
		text = str_from_index(text, 1);
	while (text.len > 0 && (unsigned char)text.ptr[text.len - 1] <= ' ')
		text.len--;
	char *out = arena_alloc(arena, text.len);
	size_t n = 0;
	for (size_t i = 0; i < text.len; i++)
		if (!is_ignored(text.ptr[i]))
			out[n++] = text.ptr[i];
	return (struct str){ out, n };
}

/* The first n bytes of the rest, which are consumed. */
static struct str take(struct parser *p, size_t n)
{
	struct str taken = { p->rest.ptr, n };

	p->rest = str_from_index(p->rest, n);
	return taken;
}

static bool is_slash(const struct parser *p, char c)
{
	return c == '/' || (c == '\\' && p->special);
}

static bool ends_authority(const struct parser *p, char c)
{
	return is_slash(p, c) || c == '?' || c == '#';
}

/* The length of the scheme, without its colon; 0 if there is none. */
static size_t scheme_length(struct str text)
{
	size_t n = 0;

	if (text.len == 0 || !ascii_is(ASCII_ALPHA, text.ptr[0]))
		return 0;
	while (n < text.len &&
		(ascii_is(ASCII_ALPHA, text.ptr[n]) || ascii_is(ASCII_DIGIT, text.ptr[n]) ||
			(text.ptr[n] != '\0' && strchr("+-.", text.ptr[n]))))
		n++;
	return n < text.len && text.ptr[n] == ':' ? n : 0;
}

/* Writes the user and the password, if there are any. */
static const char *parse_userinfo(struct parser *p)
{
	size_t end = 0, at = SIZE_MAX;

	for (; end < p->rest.len && !ends_authority(p, p->rest.ptr[end]); end++)
		if (p->rest.ptr[end] == '@')
			at = end;
	if (at == SIZE_MAX)
		return NULL;
	if (at == 0 && end == 1 && p->rest.len > 1)
		return URL_EMPTY_HOST;
	struct str userinfo = take(p, at);
	take(p, 1);
	const char *colon = memchr(userinfo.ptr, ':', userinfo.len);
	size_t name = colon ? (size_t)(colon - userinfo.ptr) : userinfo.len;
	size_t begin = buf_len(p->out);
	url_encode(p->out, (struct str){ userinfo.ptr, name }, URL_SET_USERINFO);
	if (name + 1 < userinfo.len) {
		buf_char(p->out, ':');
		url_encode(p->out, str_from_index(userinfo, name + 1), URL_SET_USERINFO);
	}
	if (buf_len(p->out) > begin)
		buf_char(p->out, '@');
	return NULL;
}

static const char *put_ipv6(struct parser *p, struct str host)
{
	bool closed = host.len > 1 && host.ptr[host.len - 1] == ']';

	if (!closed || !url_put_ipv6(p->out, (struct str){ host.ptr + 1, host.len - 2 }))
		return URL_BAD_IPV6;
	return NULL;
}

/* Section 3.5, the host parser. */
static const char *put_host(struct parser *p, struct str host)
{
	struct str domain;

	if (host.len > 0 && host.ptr[0] == '[')
		return put_ipv6(p, host);
	if (!url_domain_to_ascii(p->arena, url_decode(p->arena, host), &domain))
		return URL_BAD_DOMAIN;
	if (domain.len == 0)
		return URL_EMPTY_HOST;
	if (url_is_ipv4(domain))
		return url_put_ipv4(p->out, domain) ? NULL : URL_BAD_IPV4;
	buf_str(p->out, domain);
	return NULL;
}

/* The host of another scheme. It is not written as it should be: such URLs are refused. */
static const char *put_opaque_host(struct parser *p, struct str host)
{
	if (host.len > 0 && host.ptr[0] == '[')
		return put_ipv6(p, host);
	for (size_t i = 0; i < host.len; i++)
		if (strchr(" #/:<>?@[\\]^|", host.ptr[i])) /* NUL too */
			return URL_BAD_OPAQUE_DOMAIN;
	buf_str(p->out, host);
	return NULL;
}

static struct str take_host(struct parser *p)
{
	bool in_brackets = false;
	size_t n = 0;

	for (; n < p->rest.len && !ends_authority(p, p->rest.ptr[n]); n++) {
		char c = p->rest.ptr[n];
		if (c == ':' && !in_brackets)
			break;
		if (c == '[' || c == ']')
			in_brackets = c == '[';
	}
	return take(p, n);
}

static const char *parse_host(struct parser *p, bool has_userinfo)
{
	struct str host = take_host(p);
	bool has_port = p->rest.len > 0 && p->rest.ptr[0] == ':';

	if (host.len == 0 && (p->special || has_port || has_userinfo))
		return URL_EMPTY_HOST;
	return p->special ? put_host(p, host) : put_opaque_host(p, host);
}

static const char *parse_port(struct parser *p)
{
	unsigned port = 0;
	size_t n = 0;

	if (p->rest.len == 0 || p->rest.ptr[0] != ':')
		return NULL;
	take(p, 1);
	for (; n < p->rest.len && ascii_is(ASCII_DIGIT, p->rest.ptr[n]); n++) {
		port = port * 10 + (unsigned)(p->rest.ptr[n] - '0');
		if (port > UINT16_MAX)
			return URL_BAD_PORT;
	}
	take(p, n);
	if (p->rest.len > 0 && p->rest.ptr[0] != '\\' && !ends_authority(p, p->rest.ptr[0]))
		return URL_BAD_PORT;
	if (n > 0 && p->special && port != p->special->port)
		buf_printf(p->out, ":%u", port);
	return NULL;
}

static const char *parse_authority(struct parser *p)
{
	buf_str(p->out, STR("//"));
	size_t begin = buf_len(p->out);
	const char *reason = parse_userinfo(p);
	bool has_userinfo = buf_len(p->out) > begin;

	if (!reason)
		reason = parse_host(p, has_userinfo);
	return reason ? reason : parse_port(p);
}

/* "file:": only the host can be wrong, and there is none before a Windows drive letter. */
static const char *parse_file_host(struct parser *p)
{
	size_t n = 0;

	while (n < p->rest.len && p->rest.ptr[n] != '\\' && !ends_authority(p, p->rest.ptr[n]))
		n++;
	struct str host = take(p, n);
	bool drive = n == 2 && ascii_is(ASCII_ALPHA, host.ptr[0]) &&
		     (host.ptr[1] == ':' || host.ptr[1] == '|');
	return n == 0 || drive ? NULL : put_host(p, host);
}

/* The path, the query and the fragment. */
static void parse_path(struct parser *p)
{
	size_t n = 0;

	while (n < p->rest.len && p->rest.ptr[n] != '?' && p->rest.ptr[n] != '#')
		n++;
	url_put_path(p->out, take(p, n));
	for (n = 0; n < p->rest.len && p->rest.ptr[n] != '#'; n++)
		;
	if (n > 0) {
		buf_char(p->out, '?');
		url_encode(p->out, str_from_index(take(p, n), 1), URL_SET_QUERY);
	}
	if (p->rest.len > 0) {
		buf_char(p->out, '#');
		url_encode(p->out, str_from_index(p->rest, 1), URL_SET_FRAGMENT);
	}
}

static const char *parse_special(struct parser *p)
{
	while (p->rest.len > 0 && is_slash(p, p->rest.ptr[0]))
		take(p, 1);
	buf_str(p->out, p->special->name);
	buf_char(p->out, ':');
	const char *reason = parse_authority(p);
	if (!reason)
		parse_path(p);
	return reason;
}

static bool is_slashes(struct str s, char other)
{
	return s.len >= 2 && (s.ptr[0] == '/' || s.ptr[0] == other) &&
	       (s.ptr[1] == '/' || s.ptr[1] == other);
}

/* Behind the scheme. Returns the reason for a refusal, or NULL. */
static const char *parse_rest(struct parser *p, struct str scheme)
{
	for (size_t i = 0; i < NITEMS(special_schemes); i++) {
		if (ascii_equal_nocase(scheme, special_schemes[i].name)) {
			p->special = &special_schemes[i];
			return parse_special(p);
		}
	}
	bool is_file = ascii_equal_nocase(scheme, STR("file"));
	if (!is_slashes(p->rest, is_file ? '\\' : '/'))
		return NULL;
	take(p, 2);
	return is_file ? parse_file_host(p) : parse_authority(p);
}

enum url_outcome url_parse(
	struct arena *arena, struct str text, struct str *url, const char **reason)
{
	struct buf out;
	struct parser p = { .arena = arena, .rest = clean(arena, text), .out = &out };
	size_t scheme = scheme_length(p.rest);

	*reason = URL_RELATIVE;
	if (scheme == 0)
		return URL_INVALID;
	buf_init(&out, SIZE_MAX);
	struct str name = take(&p, scheme);
	take(&p, 1);
	*reason = parse_rest(&p, name);
	*url = arena_take(arena, &out);
	if (*reason)
		return URL_INVALID;
	return p.special && p.special->is_ours ? URL_OK : URL_OTHER_SCHEME;
}
