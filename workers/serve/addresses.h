/*
 * How many connections each address has. An IPv6 client can choose among 2^64 addresses of its
 * network, so it is the /64 that counts (RFC 6177); an IPv4 address mapped into IPv6 is itself.
 */
#ifndef POSTERN_ADDRESSES_H
#define POSTERN_ADDRESSES_H

#include <stdint.h>
#include <sys/socket.h>

struct address {
	struct address *next; /* of the same bucket */
	uint64_t key;
	unsigned connections;
};

/* All zero is an empty table. It holds one entry for each address that has a connection. */
struct addresses {
	struct address **buckets;
	uint32_t size; /* number of buckets: 0 or a power of 2 */
	uint32_t count;
	uint64_t seed; /* nobody can tell beforehand who shares a bucket */
};

/* Counts one connection more of this peer (AF_INET or AF_INET6). The entry stays the table's, until
 * addresses_leave has been called as often. NULL: another family, which is not counted. */
struct address *addresses_enter(struct addresses *addresses, const struct sockaddr_storage *peer);

/* … and one fewer; NULL is fine. */
void addresses_leave(struct addresses *addresses, struct address *address);

/* Gives the memory back. */
void addresses_done(struct addresses *addresses);

#endif
