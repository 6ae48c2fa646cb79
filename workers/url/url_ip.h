/*
 * The parsers of IP addresses of the URL Standard, section 3.5.
 */
#ifndef POSTERN_URL_IP_H
#define POSTERN_URL_IP_H

#include "buf.h"

#include <stdbool.h>

/* True if a domain is meant as an IPv4 address: its last part is a number. */
bool url_is_ipv4(struct str domain);

/* Appends the address as four decimal numbers. Its parts, 1 to 4, are decimal, octal (0…) or
 * hexadecimal (0x…); the last one fills the rest. Returns false if it is invalid. */
bool url_put_ipv4(struct buf *out, struct str domain) __attribute__((warn_unused_result));

/* Appends an address, given without brackets, in brackets and in the form of RFC 5952. Returns
 * false if it is invalid. */
bool url_put_ipv6(struct buf *out, struct str address) __attribute__((warn_unused_result));

#endif
