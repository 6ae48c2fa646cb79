/*
 * Parses the URL of a client as Pydantic's HttpUrl does, which calls the Rust crate url: the basic
 * URL parser of the WHATWG URL Standard (https://url.spec.whatwg.org), without a base URL.
 *
 * Tabs and newlines are dropped, a backslash is a slash, the host is in lower case and in Punycode
 * (UTS #46), numbers of four forms are IPv4 addresses, a scheme's own port is dropped, dot segments
 * are resolved and characters percent-encoded.
 */
#ifndef POSTERN_URL_H
#define POSTERN_URL_H

#include "arena.h"
#include "str.h"

enum url_outcome {
	URL_OK,
	URL_OTHER_SCHEME, /* a valid URL, neither http nor https */
	URL_INVALID
};

/* The text is valid UTF-8. On OK *url is the normal form, ASCII, in the arena; on INVALID *reason
 * is the crate's message, static. Takes quadratic time in the length of the host in the worst case:
 * callers bound the length. */
enum url_outcome url_parse(struct arena *arena, struct str text, struct str *url,
	const char **reason) __attribute__((warn_unused_result));

#endif
