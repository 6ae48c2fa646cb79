/*
 * The first line of the input as --forwarded-allow-ips, the second as X-Forwarded-For. A list that
 * is accepted reads back as it was written; each network contains the addresses that share its
 * prefix and no others. The client in X-Forwarded-For is the last address that is not trusted.
 */
#include "ascii.h"
#include "forwarded.h"

#include <arpa/inet.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 1 << 20, V4_BITS = 96 };

static void require(bool holds)
{
	if (!holds)
		abort();
}

static bool is_v4(const struct in6_addr *address)
{
	return IN6_IS_ADDR_V4MAPPED(address);
}

/*
 * Writing
 */

static void write_network(struct buf *out, const struct network *network)
{
	bool v4 = is_v4(&network->address) && network->bits >= V4_BITS;
	char text[INET6_ADDRSTRLEN];

	require(network->bits <= 128);
	require(inet_ntop(v4 ? AF_INET : AF_INET6, network->address.s6_addr + (v4 ? 12 : 0), text,
			sizeof(text)) != NULL);
	buf_printf(out, "%s/%u", text, network->bits - (v4 ? V4_BITS : 0));
}

static void write_list(struct buf *out, const struct networks *networks)
{
	buf_init(out, TEXT_MAX);
	for (unsigned i = 0; i < networks->count; i++) {
		buf_printf(out, "%s", i ? "," : "");
		write_network(out, &networks->list[i]);
	}
	if (networks->all)
		buf_printf(out, "%s*", networks->count ? " , " : "");
	if (networks->local)
		buf_printf(out, "%sunix", networks->count || networks->all ? "," : "");
	buf_char(out, '\0');
	require(!out->failed);
}

static void check_written(const struct networks *networks)
{
	struct networks again;
	struct buf text, error;

	write_list(&text, networks);
	buf_init(&error, TEXT_MAX);
	require(networks_parse(buf_view(&text).ptr, &again, &error));
	require(again.count == networks->count && again.all == networks->all &&
		again.local == networks->local);
	for (unsigned i = 0; i < again.count; i++)
		require(again.list[i].bits == networks->list[i].bits &&
			IN6_ARE_ADDR_EQUAL(&again.list[i].address, &networks->list[i].address));
	buf_done(&text);
}

/*
 * Membership
 */

/* As accept(2) has it on a socket of the address's family. */
static bool holds_peer(const struct networks *networks, const struct in6_addr *address)
{
	struct sockaddr_storage peer = { .ss_family = is_v4(address) ? AF_INET : AF_INET6 };

	if (is_v4(address))
		memcpy(&((struct sockaddr_in *)&peer)->sin_addr, address->s6_addr + 12, 4);
	else
		((struct sockaddr_in6 *)&peer)->sin6_addr = *address;
	return networks_hold_peer(networks, &peer);
}

/* A network wider than ::ffff:0:0/96 is one of IPv6, and contains no IPv4 address. */
static void check_network(const struct network *network)
{
	struct networks one = { .list = { *network }, .count = 1 };

	for (unsigned bit = 0; bit <= 128; bit++) {
		struct in6_addr other = network->address;
		if (bit < 128) /* else the network's own address */
			other.s6_addr[bit / 8] ^= (unsigned char)(0x80 >> bit % 8);
		bool within = bit >= network->bits && !(network->bits < V4_BITS && is_v4(&other));
		require(networks_hold(&one, &other) == within);
		require(holds_peer(&one, &other) == within);
	}
}

static void check_list(const struct networks *networks)
{
	struct sockaddr_storage local = { .ss_family = AF_UNIX };

	require(networks->count <= NETWORKS_MAX);
	require(networks_hold_peer(networks, &local) == (networks->local || networks->all));
	for (unsigned i = 0; i < networks->count; i++)
		check_network(&networks->list[i]);
}

/*
 * X-Forwarded-For
 */

/* Goes through the list from its start, unlike forwarded.c. */
static struct str find_client(const struct networks *trusted, struct str field)
{
	struct str client = STR("");
	bool first = true;

	for (;;) {
		const char *comma = field.len > 0 ? memchr(field.ptr, ',', field.len) : NULL;
		size_t n = comma ? (size_t)(comma - field.ptr) : field.len;
		struct str item = ascii_trim((struct str){ field.ptr, n });
		struct in6_addr address;
		if (!networks_read_address(item, &address))
			client = STR("");
		else if (first || !networks_hold(trusted, &address))
			client = item;
		first = false;
		if (!comma)
			return client;
		field = str_from_index(field, n + 1);
	}
}

static void check_field(const struct networks *trusted, struct str field)
{
	struct str client = forwarded_client(trusted, field);
	struct in6_addr address;

	require(str_equal(client, find_client(trusted, field)));
	if (client.len == 0)
		return;
	require(client.ptr >= field.ptr && client.ptr + client.len <= field.ptr + field.len);
	require(networks_read_address(client, &address));
	require(str_equal(forwarded_client(trusted, client), client));
}

static void check(const char *list, struct str field)
{
	struct networks networks;
	struct buf error;

	buf_init(&error, TEXT_MAX);
	bool accepted = networks_parse(list, &networks, &error);
	require(!error.failed && (buf_len(&error) == 0) == accepted);
	buf_done(&error);
	if (!accepted)
		return;
	check_written(&networks);
	check_list(&networks);
	check_field(&networks, field);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *field = text;
	const char *list = strsep(&field, "\n");

	check(list, str_from(field ? field : ""));
	free(text);
	return 0;
}
