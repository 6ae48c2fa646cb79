#include "addresses.h"

#include "log.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { SMALLEST = 64 };

/* No /64 of IPv6's global unicast space (RFC 4291) has this form. */
static uint64_t v4_key(const void *octets)
{
	uint32_t address;

	memcpy(&address, octets, sizeof(address));
	return UINT64_C(0xffff) << 32 | ntohl(address);
}

/* Returns false for other families. */
static bool key_of(const struct sockaddr_storage *peer, uint64_t *key)
{
	const struct sockaddr_in6 *v6 = (const void *)peer;
	const struct sockaddr_in *v4 = (const void *)peer;

	switch (peer->ss_family) {
	case AF_INET:
		*key = v4_key(&v4->sin_addr);
		return true;
	case AF_INET6:
		if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
			*key = v4_key(v6->sin6_addr.s6_addr + 12);
		else
			memcpy(key, v6->sin6_addr.s6_addr, sizeof(*key));
		return true;
	default:
		return false;
	}
}

/* MurmurHash3's finalizer: each bit of the key affects each bit of the hash. */
static struct address **bucket_of(const struct addresses *addresses, uint64_t key)
{
	uint64_t hash = key ^ addresses->seed;

	hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
	hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return &addresses->buckets[(hash ^ hash >> 33) & (addresses->size - 1)];
}

static void grow(struct addresses *addresses)
{
	struct addresses old = *addresses;

	addresses->size = old.size ? old.size * 2 : SMALLEST;
	addresses->buckets = calloc(addresses->size, sizeof(struct address *));
	if (!addresses->buckets)
		log_die("out of memory for %u addresses", addresses->size);
	/* Without a random seed the table may be slow, but it works. */
	if (old.size == 0)
		(void)!getrandom(&addresses->seed, sizeof(addresses->seed), GRND_NONBLOCK);
	for (uint32_t i = 0; i < old.size; i++) {
		struct address *next;
		for (struct address *a = old.buckets[i]; a; a = next) {
			next = a->next;
			struct address **bucket = bucket_of(addresses, a->key);
			a->next = *bucket;
			*bucket = a;
		}
	}
	free(old.buckets);
}

static struct address *add(struct addresses *addresses, uint64_t key)
{
	struct address *a = malloc(sizeof(*a));

	if (!a)
		log_die("out of memory for an address");
	if (addresses->count >= addresses->size)
		grow(addresses);
	struct address **bucket = bucket_of(addresses, key);
	*a = (struct address){ .next = *bucket, .key = key };
	*bucket = a;
	addresses->count++;
	return a;
}

struct address *addresses_enter(struct addresses *addresses, const struct sockaddr_storage *peer)
{
	struct address *a = NULL;
	uint64_t key;

	if (!key_of(peer, &key))
		return NULL;
	if (addresses->size > 0)
		a = *bucket_of(addresses, key);
	while (a && a->key != key)
		a = a->next;
	if (!a)
		a = add(addresses, key);
	a->connections++;
	return a;
}

void addresses_leave(struct addresses *addresses, struct address *address)
{
	if (!address || --address->connections > 0)
		return;
	struct address **at = bucket_of(addresses, address->key);
	while (*at != address)
		at = &(*at)->next;
	*at = address->next;
	free(address);
	addresses->count--;
}

void addresses_done(struct addresses *addresses)
{
	for (uint32_t i = 0; i < addresses->size; i++) {
		struct address *next;
		for (struct address *a = addresses->buckets[i]; a; a = next) {
			next = a->next;
			free(a);
		}
	}
	free(addresses->buckets);
	*addresses = (struct addresses){ 0 };
}
