/*
 * Request targets, the Host field and the Location of a redirect, as text.
 */
#ifndef POSTERN_TARGET_H
#define POSTERN_TARGET_H

#include "arena.h"
#include "str.h"

#include <stdbool.h>

/* The target is in a form we answer: origin-form, "*", or absolute-form with a host, whose path may
 * be empty (RFC 9112 3.2). */
bool target_valid(struct str target);

/* The path and the query of a target. The path is percent-decoded once ("%" without two hex digits
 * stays), and what is then not UTF-8 becomes U+FFFD, one for each maximal subpart (Unicode 3.9,
 * as CPython's errors="replace"). "*" is a path; an empty one is "/". The query is as sent; "" if
 * empty or absent. A fragment is dropped. Both live as long as the target and the arena. False: not
 * target_valid. */
bool target_parse(struct arena *arena, struct str target, struct str *path, struct str *query)
	__attribute__((warn_unused_result));

/* The last value of this name in a query, in the arena, read as CPython's parse_qsl does: "+" is a
 * space, escapes and what is no UTF-8 as in a path. False: the name is not there. */
bool target_query_value(struct arena *arena, struct str query, struct str name, struct str *value);

/* The text can be the authority of an absolute-form target: a valid Host value that names a host.
 * User information is refused with all else that is none (RFC 9110 4.2.4), and so is an empty host
 * (4.2.1). */
bool target_authority_valid(struct str authority);

/* The authority of the URL that a request is for: that of an absolute-form target, of which Host is
 * to be ignored (RFC 9112 3.2.2), else host, a valid Host value. A Host that is the target's
 * authority without its port is taken, too: the recorded reference, which looks at Host alone,
 * answers such a request with it. Part of one of the two. */
struct str target_authority(struct str target, struct str host);

/* It stands for the server as a whole, which only OPTIONS asks about: "*", or absolute-form without
 * path and query, which the last proxy would have written as "*" (RFC 9112 3.2.4). */
bool target_is_server(struct str target);

/* "https" if the target is in absolute-form with that scheme, else "http". */
struct str target_scheme(struct str target);

/* The text is a valid Host value: uri-host [ ":" port ] (RFC 9110 7.2, RFC 3986 3.2.2). "" is. */
bool target_host_valid(struct str host);

/* The absolute URL, in the arena, of this scheme ("http"), that a redirect to this decoded path
 * points to; "?" and the query follow if there is one. Its authority is host (a valid Host value,
 * or "") if that names a host or an IPv6 address and its port, if any, is a number up to 65535;
 * else fallback ("127.0.0.1:8000"). What a URL may not hold is percent-encoded as UTF-8. */
struct str target_location(struct arena *arena, struct str scheme, struct str host,
	struct str fallback, struct str path, struct str query);

#endif
