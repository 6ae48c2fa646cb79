#include "target.h"

#include "ascii.h"
#include "utf8.h"

#include <arpa/inet.h>
#include <strings.h>

/*
 * Host and authority
 */

enum host_kind { HOST_BAD, HOST_EMPTY, HOST_NAME, HOST_IPV6, HOST_IPVFUTURE };

struct authority {
	enum host_kind kind;
	bool has_port; /* there is a colon; the port may be empty */
	struct str port;
};

/* reg-name = *( unreserved / pct-encoded / sub-delims ); an IPv4address is one too. */
static enum host_kind name_kind(struct str name)
{
	if (name.len == 0)
		return HOST_EMPTY;
	for (;;) {
		name = str_from_index(name, ascii_span(ASCII_HOST, name));
		if (name.len == 0)
			return HOST_NAME;
		if (name.len < 3 || name.ptr[0] != '%' || !ascii_is(ASCII_HEX, name.ptr[1]) ||
			!ascii_is(ASCII_HEX, name.ptr[2]))
			return HOST_BAD;
		name = str_from_index(name, 3);
	}
}

/* IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ) */
static bool is_ipvfuture(struct str s)
{
	if (s.len == 0 || (s.ptr[0] | 0x20) != 'v')
		return false;
	s = str_from_index(s, 1);
	size_t digits = ascii_span(ASCII_HEX, s);
	if (digits == 0 || digits == s.len || s.ptr[digits] != '.')
		return false;
	s = str_from_index(s, digits + 1);
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is(ASCII_HOST, s.ptr[i]) && s.ptr[i] != ':')
			return false;
	return s.len > 0;
}

/* The kind of an IP-literal (RFC 3986 3.2.2), without its brackets. */
static enum host_kind literal_kind(struct str literal)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (is_ipvfuture(literal))
		return HOST_IPVFUTURE;
	if (literal.len >= sizeof(text) || memchr(literal.ptr, '\0', literal.len))
		return HOST_BAD;
	memcpy(text, literal.ptr, literal.len);
	text[literal.len] = '\0';
	return inet_pton(AF_INET6, text, &address) == 1 ? HOST_IPV6 : HOST_BAD;
}

/* uri-host [ ":" port ], RFC 9110 7.2; uri-host is host of RFC 3986 3.2.2. */
static struct authority parse_authority(struct str s)
{
	const char *bracket = s.len > 0 && s.ptr[0] == '[' ? memchr(s.ptr, ']', s.len) : NULL;
	const char *rest = bracket ? bracket + 1 : s.len > 0 ? memchr(s.ptr, ':', s.len) : NULL;
	size_t host_len = rest ? (size_t)(rest - s.ptr) : s.len;
	struct authority authority = { .has_port = host_len < s.len };

	if (authority.has_port) {
		authority.port = str_from_index(s, host_len + 1);
		if (s.ptr[host_len] != ':' || !ascii_all(ASCII_DIGIT, authority.port))
			return (struct authority){ .kind = HOST_BAD };
	}
	if (bracket)
		authority.kind = literal_kind((struct str){ s.ptr + 1, host_len - 2 });
	else
		authority.kind = name_kind((struct str){ s.ptr, host_len });
	return authority;
}

bool target_host_valid(struct str host)
{
	return parse_authority(host).kind != HOST_BAD;
}

static bool is_port_number(struct str port)
{
	unsigned value = 0;

	for (size_t i = 0; i < port.len; i++) {
		value = value * 10 + (unsigned)(port.ptr[i] - '0');
		if (value > 65535)
			return false;
	}
	return port.len > 0;
}

/* True if a redirect can use this host unchanged. */
static bool names_host(struct str host)
{
	struct authority authority = parse_authority(host);

	if (authority.kind != HOST_NAME && authority.kind != HOST_IPV6)
		return false;
	return !authority.has_port || is_port_number(authority.port);
}

/*
 * The target
 */

struct absolute {
	struct str scheme, authority;
	struct str rest; /* path, query and fragment */
};

/* Splits a target in absolute-form: scheme "://" authority. The authority ends at the path, the
 * query or the end of the target. A scheme has only letters, as in http-parser. Returns false if
 * the target is not in absolute-form. */
static bool cut_absolute(struct str target, struct absolute *parts)
{
	size_t letters = ascii_span(ASCII_ALPHA, target), len = 0;
	struct str rest = str_from_index(target, letters);

	if (letters == 0 || !str_starts(rest, STR("://")))
		return false;
	rest = str_from_index(rest, strlen("://"));
	while (len < rest.len && rest.ptr[len] != '/' && rest.ptr[len] != '?')
		len++;
	*parts = (struct absolute){ { target.ptr, letters }, { rest.ptr, len },
		str_from_index(rest, len) };
	return true;
}

bool target_authority_valid(struct str authority)
{
	enum host_kind kind = parse_authority(authority).kind;

	return kind != HOST_BAD && kind != HOST_EMPTY;
}

/* Removes scheme and authority from the front. Returns false if there are none or they are invalid.
 */
static bool skip_authority(struct str *target)
{
	struct absolute parts;

	if (!cut_absolute(*target, &parts))
		return false;
	*target = parts.rest;
	return target_authority_valid(parts.authority);
}

/* Returns the part of s before the first c, or all of s, and sets *after to the part after it. */
static struct str cut_at(struct str s, char c, struct str *after)
{
	const char *at = s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;
	size_t len = at ? (size_t)(at - s.ptr) : s.len;

	*after = str_from_index(s, at ? len + 1 : len);
	return (struct str){ s.ptr, len };
}

/* Removes the part before the path. Returns false if the form of the target is not accepted. */
static bool skip_to_path(struct str *target)
{
	return str_starts(*target, STR("/")) || str_equal(*target, STR("*")) ||
	       skip_authority(target);
}

bool target_valid(struct str target)
{
	return skip_to_path(&target);
}

static bool omits_port(struct str host, struct str authority)
{
	return host.len > 0 && authority.len > host.len && authority.ptr[host.len] == ':' &&
	       strncasecmp(authority.ptr, host.ptr, host.len) == 0;
}

struct str target_authority(struct str target, struct str host)
{
	struct absolute parts;

	if (!cut_absolute(target, &parts) || omits_port(host, parts.authority))
		return host;
	return parts.authority;
}

bool target_is_server(struct str target)
{
	struct absolute parts;

	return str_equal(target, STR("*")) || (cut_absolute(target, &parts) && parts.rest.len == 0);
}

struct str target_scheme(struct str target)
{
	struct absolute parts;
	bool secure =
		cut_absolute(target, &parts) && ascii_equal_nocase(parts.scheme, STR("https"));

	return secure ? STR("https") : STR("http");
}

/* Sets path and query as sent; an empty path becomes "/" (RFC 9110 4.2.3). */
static bool split(struct str target, struct str *path, struct str *query)
{
	struct str fragment;

	if (!skip_to_path(&target))
		return false;
	*path = cut_at(cut_at(target, '#', &fragment), '?', query);
	if (path->len == 0)
		*path = STR("/");
	return true;
}

/* Percent-decodes the path, in the arena. */
static struct str unescape(struct arena *arena, struct str path)
{
	char *out = arena_alloc(arena, path.len);
	size_t n = 0;

	for (size_t i = 0; i < path.len; i++) {
		const char *p = path.ptr + i;
		if (*p == '%' && path.len - i > 2 && ascii_is(ASCII_HEX, p[1]) &&
			ascii_is(ASCII_HEX, p[2])) {
			out[n++] = (char)(ascii_hex_value(p[1]) << 4 | ascii_hex_value(p[2]));
			i += 2;
		} else {
			out[n++] = *p;
		}
	}
	return (struct str){ out, n };
}

/* The lead bytes of UTF-8 and which second byte may follow (Unicode, table 3-7). */
static const struct utf8_lead {
	unsigned char first, last;   /* lead bytes */
	unsigned char low, high;     /* second byte */
	unsigned char continuations; /* bytes after the lead; those after the second are 80..BF */
} utf8_leads[] = {
	{ 0x00, 0x7f, 0, 0, 0 },
	{ 0xc2, 0xdf, 0x80, 0xbf, 1 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 2 },
	{ 0xe1, 0xec, 0x80, 0xbf, 2 },
	{ 0xed, 0xed, 0x80, 0x9f, 2 },
	{ 0xee, 0xef, 0x80, 0xbf, 2 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 3 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 3 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 3 },
};

static const struct utf8_lead *find_lead(unsigned char byte)
{
	for (size_t i = 0; i < NITEMS(utf8_leads); i++)
		if (byte >= utf8_leads[i].first && byte <= utf8_leads[i].last)
			return &utf8_leads[i];
	return NULL;
}

/* The length of the character that s, which is not empty, begins with. If it is invalid, sets
 * *valid to false and returns the length of the maximal subpart that is replaced by one U+FFFD, at
 * least 1. */
static size_t utf8_step(struct str s, bool *valid)
{
	const struct utf8_lead *lead = find_lead((unsigned char)s.ptr[0]);
	size_t n = 1;

	*valid = false;
	if (!lead)
		return n;
	for (; n <= lead->continuations; n++) {
		unsigned char byte = n < s.len ? (unsigned char)s.ptr[n] : 0;
		if (byte < (n == 1 ? lead->low : 0x80) || byte > (n == 1 ? lead->high : 0xbf))
			return n;
	}
	*valid = true;
	return n;
}

static struct str replace_invalid(struct arena *arena, struct str s)
{
	const struct str replacement = STR("\xef\xbf\xbd"); /* U+FFFD */
	char *out = arena_alloc(arena, s.len * replacement.len);
	size_t n = 0;

	while (s.len > 0) {
		bool valid;
		size_t step = utf8_step(s, &valid);
		struct str from = valid ? (struct str){ s.ptr, step } : replacement;
		memcpy(out + n, from.ptr, from.len);
		n += from.len;
		s = str_from_index(s, step);
	}
	return (struct str){ out, n };
}

static struct str decode(struct arena *arena, struct str s)
{
	if (s.len > 0 && memchr(s.ptr, '%', s.len))
		s = unescape(arena, s);
	return utf8_valid(s, UTF8_STRICT) ? s : replace_invalid(arena, s);
}

bool target_parse(struct arena *arena, struct str target, struct str *path, struct str *query)
{
	struct str raw;

	/* Most targets are a path without escapes. */
	if (str_starts(target, STR("/")) && ascii_all(ASCII_PATH, target)) {
		*path = target;
		*query = STR("");
		return true;
	}
	if (!split(target, &raw, query))
		return false;
	*path = decode(arena, raw);
	return true;
}

static struct str decode_form(struct arena *arena, struct str s)
{
	char *out = arena_alloc(arena, s.len + 1);

	for (size_t i = 0; i < s.len; i++)
		out[i] = (char)(s.ptr[i] == '+' ? ' ' : s.ptr[i]);
	return decode(arena, (struct str){ out, s.len });
}

bool target_query_value(struct arena *arena, struct str query, struct str name, struct str *value)
{
	bool found = false;

	while (query.len > 0) {
		struct str sent, key = cut_at(cut_at(query, '&', &query), '=', &sent);
		if (!str_equal(decode_form(arena, key), name))
			continue;
		*value = decode_form(arena, sent);
		found = true;
	}
	return found;
}

/*
 * Location
 */

/* Appends s to out. Percent-encodes the bytes that are not in ASCII_URL or are in also. */
static char *put_escaped(char *out, struct str s, struct str also)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		unsigned char byte = (unsigned char)c;
		if (ascii_is(ASCII_URL, c) && !memchr(also.ptr, c, also.len)) {
			*out++ = c;
			continue;
		}
		*out++ = '%';
		*out++ = digits[byte >> 4];
		*out++ = digits[byte & 15];
	}
	return out;
}

struct str target_location(struct arena *arena, struct str scheme, struct str host,
	struct str fallback, struct str path, struct str query)
{
	const struct str colon = STR("://");
	struct str authority = names_host(host) ? host : fallback;
	size_t most =
		scheme.len + colon.len + 3 * (authority.len + path.len + query.len) + strlen("?");
	char *url = arena_alloc(arena, most);
	char *end = url;

	end = put_escaped(end, scheme, STR(""));
	end = put_escaped(end, colon, STR(""));
	end = put_escaped(end, authority, STR(""));
	end = put_escaped(end, path, STR("?#"));
	if (query.len > 0) {
		*end++ = '?';
		end = put_escaped(end, query, STR(""));
	}
	return (struct str){ url, (size_t)(end - url) };
}
