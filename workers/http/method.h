/*
 * The request methods that reach the application; every other token is refused before it. They are
 * those of RFC 9110, of WebDAV and its kin that HTTP parsers have always known, and QUERY.
 *
 * The names are not HTTP_GET …, because http_parser.h has an enum of these.
 */
#ifndef POSTERN_METHOD_H
#define POSTERN_METHOD_H

#include "str.h"

#include <stdbool.h>

/* The most frequent first: method_find looks in this order. */
#define METHOD_LIST(X)                                                                             \
	X(GET, "GET")                                                                              \
	X(POST, "POST")                                                                            \
	X(PATCH, "PATCH")                                                                          \
	X(DELETE, "DELETE")                                                                        \
	X(HEAD, "HEAD")                                                                            \
	X(OPTIONS, "OPTIONS")                                                                      \
	X(PUT, "PUT")                                                                              \
	X(TRACE, "TRACE")                                                                          \
	X(QUERY, "QUERY")                                                                          \
	X(COPY, "COPY")                                                                            \
	X(LOCK, "LOCK")                                                                            \
	X(MKCOL, "MKCOL")                                                                          \
	X(MOVE, "MOVE")                                                                            \
	X(PROPFIND, "PROPFIND")                                                                    \
	X(PROPPATCH, "PROPPATCH")                                                                  \
	X(SEARCH, "SEARCH")                                                                        \
	X(UNLOCK, "UNLOCK")                                                                        \
	X(BIND, "BIND")                                                                            \
	X(REBIND, "REBIND")                                                                        \
	X(UNBIND, "UNBIND")                                                                        \
	X(ACL, "ACL")                                                                              \
	X(REPORT, "REPORT")                                                                        \
	X(MKACTIVITY, "MKACTIVITY")                                                                \
	X(CHECKOUT, "CHECKOUT")                                                                    \
	X(MERGE, "MERGE")                                                                          \
	X(M_SEARCH, "M-SEARCH")                                                                    \
	X(NOTIFY, "NOTIFY")                                                                        \
	X(SUBSCRIBE, "SUBSCRIBE")                                                                  \
	X(UNSUBSCRIBE, "UNSUBSCRIBE")                                                              \
	X(PURGE, "PURGE")                                                                          \
	X(MKCALENDAR, "MKCALENDAR")                                                                \
	X(LINK, "LINK")                                                                            \
	X(UNLINK, "UNLINK")                                                                        \
	X(SOURCE, "SOURCE")

enum method {
#define METHOD_ENUM(id, name) METHOD_##id,
	METHOD_LIST(METHOD_ENUM)
#undef METHOD_ENUM
		METHOD__COUNT,
};

/* The token of each, as it stands in a request line. */
extern const struct str method_names[METHOD__COUNT];

/* The name of a method begins with these bytes, or is them. */
bool method_begins(struct str bytes);

/* The method of this token, which is case-sensitive (RFC 9110 9.1); METHOD__COUNT: none. */
enum method method_find(struct str token);

#endif
