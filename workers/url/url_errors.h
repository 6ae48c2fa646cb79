/* What is wrong with a URL, in the words of the Rust crate url (parser.rs, ParseError). */
#ifndef POSTERN_URL_ERRORS_H
#define POSTERN_URL_ERRORS_H

#define URL_EMPTY_HOST        "empty host"
#define URL_BAD_DOMAIN        "invalid international domain name"
#define URL_BAD_PORT          "invalid port number"
#define URL_BAD_IPV4          "invalid IPv4 address"
#define URL_BAD_IPV6          "invalid IPv6 address"
#define URL_BAD_OPAQUE_DOMAIN "invalid domain character"
#define URL_RELATIVE          "relative URL without a base"

#endif
