/*
 * Parses request targets and the Host field, and makes the Location of a redirect.
 */
#ifndef POSTERN_TARGET_H
#define POSTERN_TARGET_H

#include "arena.h"
#include "str.h"

#include <stdbool.h>

/* True if the target is in origin-form, "*", or in absolute-form with a host; its path may be empty
 * (RFC 9112 3.2). */
bool target_valid(struct str target);

/* Splits a target into path and query. The path is percent-decoded once ("%" without two hex digits
 * stays). Then each maximal subpart that is not UTF-8 is replaced by U+FFFD (Unicode 3.9, as with
 * CPython's errors="replace"). "*" is a path; an empty path becomes "/". The query is as sent; ""
 * if empty or absent. A fragment is dropped. Both are slices of the target or in the arena. Returns
 * false if the target is not target_valid. */
bool target_parse(struct arena *arena, struct str target, struct str *path, struct str *query)
	__attribute__((warn_unused_result));

/* Sets *value, in the arena, to the last value of this name in a query, decoded as by CPython's
 * parse_qsl: "+" is a space; escapes and invalid UTF-8 are decoded as in a path. Returns false if
 * the name is absent. */
bool target_query_value(struct arena *arena, struct str query, struct str name, struct str *value);

/* True if the text can be the authority of a target in absolute-form: a valid Host value with a
 * host that is not empty (RFC 9110 4.2.1). User information is refused (4.2.4). */
bool target_authority_valid(struct str authority);

/* The authority of the URL of a request, a slice of target or host: the authority of a target in
 * absolute-form, with which Host is ignored (RFC 9112 3.2.2), otherwise host, a valid Host value.
 * host is also used if it is the target's authority without the port: the reference, which uses
 * only Host, is recorded to answer this way. */
struct str target_authority(struct str target, struct str host);

/* True if the target of an OPTIONS request is the server as a whole: "*", or absolute-form without
 * path and query, which the last proxy must convert to "*" (RFC 9112 3.2.4). */
bool target_is_server(struct str target);

/* "https" if the target is in absolute-form with that scheme, else "http". */
struct str target_scheme(struct str target);

/* True if the text is a valid Host value: uri-host [ ":" port ] (RFC 9110 7.2, RFC 3986 3.2.2), or
 * "". */
bool target_host_valid(struct str host);

/* Makes the absolute URL of a redirect in the arena, from a scheme ("http"), a decoded path and a
 * query, which is "" for none. The authority is host (a valid Host value, or "") if it is a name or
 * an IPv6 address, with a port up to 65535 if any; otherwise fallback ("127.0.0.1:8000"). The UTF-8
 * bytes that a URL may not contain are percent-encoded. */
struct str target_location(struct arena *arena, struct str scheme, struct str host,
	struct str fallback, struct str path, struct str query);

#endif
