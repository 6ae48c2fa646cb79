#include "forwarded.h"

#include "ascii.h"

/* Cuts the last item off a list. */
static struct str take_last(struct str *list)
{
	const char *comma = list->len > 0 ? memrchr(list->ptr, ',', list->len) : NULL;
	size_t before = comma ? (size_t)(comma - list->ptr) : 0;
	struct str item = str_from_index(*list, comma ? before + 1 : 0);

	list->len = before;
	return ascii_trim(item);
}

struct str forwarded_client(const struct networks *trusted, struct str field)
{
	struct in6_addr address;
	struct str client;

	do {
		client = take_last(&field);
		if (!networks_read_address(client, &address))
			return STR("");
	} while (networks_hold(trusted, &address) && field.len > 0);
	return client;
}

struct str forwarded_scheme(struct str field)
{
	return str_equal(field, STR("https")) ? STR("https") : STR("http");
}
