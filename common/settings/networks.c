#include "networks.h"

#include <arpa/inet.h>

enum { V4_BITS = 96 }; /* length of the prefix ::ffff:0:0/96 */

static void map_v4(struct in6_addr *address, const void *octets)
{
	*address = (struct in6_addr){ .s6_addr = { [10] = 0xff, 0xff } };
	memcpy(address->s6_addr + V4_BITS / 8, octets, 4);
}

bool networks_read_address(struct str text, struct in6_addr *address)
{
	char name[INET6_ADDRSTRLEN];
	struct in_addr v4;

	if (text.len >= sizeof(name) || (text.len > 0 && memchr(text.ptr, '\0', text.len)))
		return false;
	memcpy(name, text.ptr, text.len);
	name[text.len] = '\0';
	if (inet_pton(AF_INET6, name, address) == 1)
		return true;
	if (inet_pton(AF_INET, name, &v4) != 1)
		return false;
	map_v4(address, &v4);
	return true;
}

/* Parses a decimal number from 0 to most. */
static bool read_bits(struct str digits, unsigned most, unsigned *bits)
{
	unsigned n = 0;

	for (size_t i = 0; i < digits.len; i++) {
		if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
			return false;
		n = n * 10 + (unsigned)(digits.ptr[i] - '0');
		if (n > most)
			return false;
	}
	*bits = n;
	return digits.len > 0;
}

static bool read_network(struct str text, struct network *network)
{
	const char *slash = text.len > 0 ? memchr(text.ptr, '/', text.len) : NULL;
	size_t n = slash ? (size_t)(slash - text.ptr) : text.len;
	struct str address = { text.ptr, n };

	if (!networks_read_address(address, &network->address))
		return false;
	network->bits = 128;
	if (!slash)
		return true;
	unsigned before = memchr(text.ptr, ':', n) ? 0 : V4_BITS;
	if (!read_bits(str_from_index(text, n + 1), 128 - before, &network->bits))
		return false;
	network->bits += before;
	return true;
}

static bool add(struct networks *networks, struct str item)
{
	if (str_equal(item, STR("*"))) {
		networks->all = true;
		return true;
	}
	if (str_equal(item, STR("unix"))) {
		networks->local = true;
		return true;
	}
	return networks->count < NETWORKS_MAX &&
	       read_network(item, &networks->list[networks->count]) && ++networks->count;
}

static struct str trim(struct str s)
{
	while (s.len > 0 && s.ptr[0] == ' ')
		s = str_from_index(s, 1);
	while (s.len > 0 && s.ptr[s.len - 1] == ' ')
		s.len--;
	return s;
}

bool networks_parse(const char *text, struct networks *networks, struct buf *error)
{
	*networks = (struct networks){ .count = 0 };
	for (const char *next = text; next && *next;) {
		const char *comma = strchrnul(next, ',');
		struct str item = trim((struct str){ next, (size_t)(comma - next) });
		if (!add(networks, item)) {
			buf_printf(error,
				"\"%.*s\" is not an address, a network like 10.0.0.0/8, unix or *, "
				"or is one item too many",
				item.len < 100 ? (int)item.len : 100, item.ptr);
			return false;
		}
		next = *comma ? comma + 1 : NULL;
	}
	return true;
}

static bool is_within(const struct network *network, const struct in6_addr *address)
{
	const unsigned char *a = network->address.s6_addr, *b = address->s6_addr;
	unsigned whole = network->bits / 8, rest = network->bits % 8;

	/* An IPv6 network such as "::/0" contains no IPv4 addresses. */
	if (network->bits < V4_BITS && IN6_IS_ADDR_V4MAPPED(address))
		return false;
	return memcmp(a, b, whole) == 0 &&
	       (rest == 0 || ((a[whole] ^ b[whole]) & (0xff00 >> rest)) == 0);
}

bool networks_hold(const struct networks *networks, const struct in6_addr *address)
{
	for (unsigned i = 0; i < networks->count; i++)
		if (is_within(&networks->list[i], address))
			return true;
	return networks->all;
}

bool networks_hold_peer(const struct networks *networks, const struct sockaddr_storage *peer)
{
	const struct sockaddr_in6 *v6 = (const void *)peer;
	const struct sockaddr_in *v4 = (const void *)peer;
	struct in6_addr address;

	switch (peer->ss_family) {
	case AF_INET:
		map_v4(&address, &v4->sin_addr);
		return networks_hold(networks, &address);
	case AF_INET6:
		return networks_hold(networks, &v6->sin6_addr);
	case AF_UNIX:
		return networks->local || networks->all;
	default:
		return false;
	}
}
