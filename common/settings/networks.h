/*
 * A list of IP addresses and networks: the trusted proxies of --forwarded-allow-ips.
 */
#ifndef POSTERN_NETWORKS_H
#define POSTERN_NETWORKS_H

#include "buf.h"

#include <netinet/in.h>
#include <sys/socket.h>

enum { NETWORKS_MAX = 64 };

/* An IPv4 address is always stored as IPv4-mapped IPv6 (RFC 4291 2.5.5.2). */
struct network {
	struct in6_addr address;
	unsigned bits; /* length of the prefix, 0 to 128 */
};

struct networks {
	struct network list[NETWORKS_MAX];
	unsigned count;
	bool all;   /* "*" */
	bool local; /* "unix": all peers on Unix sockets */
};

/* Parses addresses ("192.0.2.1", "2001:db8::1"), networks ("10.0.0.0/8"), "unix" and "*", separated
 * by commas and optional spaces. The list may be empty; it has at most NETWORKS_MAX addresses and
 * networks. On error returns false and appends a clause to error, which quotes the wrong item. */
bool networks_parse(const char *text, struct networks *networks, struct buf *error)
	__attribute__((warn_unused_result));

/* Parses one IPv4 or IPv6 address, without brackets, port and zone. Returns false if malformed. */
bool networks_read_address(struct str text, struct in6_addr *address);

/* True if the list contains the address. */
bool networks_hold(const struct networks *networks, const struct in6_addr *address);

/* True if the list contains the peer, whose address is as accept(2) returns it. */
bool networks_hold_peer(const struct networks *networks, const struct sockaddr_storage *peer);

#endif
