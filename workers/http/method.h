/*
 * The request methods that are passed to the application; all others are refused. They are the
 * methods of RFC 9110, those of WebDAV and similar protocols that http-parser knows, and QUERY.
 *
 * The names are METHOD_GET and so on, because http_parser.h defines HTTP_GET.
 */
#ifndef POSTERN_METHOD_H
#define POSTERN_METHOD_H

#include "str.h"

#include <stdbool.h>

/* The most frequent methods first: method_find searches in this order. */
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

/* The token of each method in a request line. */
extern const struct str method_names[METHOD__COUNT];

/* True if the name of a method begins with these bytes or is equal to them. */
bool method_begins(struct str bytes);

/* Finds the method of a case-sensitive token (RFC 9110 9.1). Returns METHOD__COUNT if unknown. */
enum method method_find(struct str token);

#endif
