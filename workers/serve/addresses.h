/*
 * Counts the connections of each client address. IPv6 addresses are counted by their /64, since a
 * client can use any address of its network (RFC 6177). An IPv4-mapped IPv6 address counts as the
 * IPv4 address.
 */
#ifndef POSTERN_ADDRESSES_H
#define POSTERN_ADDRESSES_H

#include <stdint.h>
#include <sys/socket.h>

struct address {
	struct address *next; /* in the bucket */
	uint64_t key;
	unsigned connections;
};

/* A hash table with an entry for each address that has a connection. A zeroed struct is an empty
 * table. */
struct addresses {
	struct address **buckets;
	uint32_t size; /* number of buckets: 0 or a power of 2 */
	uint32_t count;
	uint64_t seed; /* random, so that clients cannot choose addresses that share a bucket */
};

/* Adds a connection of this peer and returns the entry of its address, which the table owns and
 * which exists until its last connection leaves. Returns NULL, and counts nothing, unless the
 * family is AF_INET or AF_INET6. Aborts when out of memory. */
struct address *addresses_enter(struct addresses *addresses, const struct sockaddr_storage *peer);

/* Removes a connection. Accepts NULL. */
void addresses_leave(struct addresses *addresses, struct address *address);

/* Frees the memory. The table is then empty. */
void addresses_done(struct addresses *addresses);

#endif
