/*
 * A list of IP addresses and networks, as --forwarded-allow-ips has it: whose word is taken.
 */
#ifndef POSTERN_NETWORKS_H
#define POSTERN_NETWORKS_H

#include "buf.h"

#include <netinet/in.h>
#include <sys/socket.h>

enum { NETWORKS_MAX = 64 };

/* An IPv4 address is mapped into IPv6 (RFC 4291 2.5.5.2), wherever it comes from. */
struct network {
	struct in6_addr address;
	unsigned bits; /* of it that count */
};

struct networks {
	struct network list[NETWORKS_MAX];
	unsigned count;
	bool all;   /* "*" */
	bool local; /* "unix": who comes by a Unix socket */
};

/* Reads addresses ("192.0.2.1", "2001:db8::1"), networks ("10.0.0.0/8"), "unix" and "*", between
 * commas, with spaces around them; an empty list is one. False: *error has got a clause that quotes
 * the item. */
bool networks_parse(const char *text, struct networks *networks, struct buf *error)
	__attribute__((warn_unused_result));

/* Reads one address. */
bool networks_read_address(struct str text, struct in6_addr *address);

bool networks_hold(const struct networks *networks, const struct in6_addr *address);

/* … the address of a peer, as accept(2) tells it. */
bool networks_hold_peer(const struct networks *networks, const struct sockaddr_storage *peer);

#endif
