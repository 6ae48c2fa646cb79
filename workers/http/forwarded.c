#include "forwarded.h"

#include "ascii.h"

/* Cuts the last item off a list. Returns false if it was the only one. */
static bool take_last(struct str *list, struct str *item)
{
	const char *comma = list->len > 0 ? memrchr(list->ptr, ',', list->len) : NULL;
	size_t before = comma ? (size_t)(comma - list->ptr) : 0;

	*item = ascii_trim(str_from_index(*list, comma ? before + 1 : 0));
	list->len = before;
	return comma != NULL;
}

struct str forwarded_client(const struct networks *trusted, struct str field)
{
	struct in6_addr address;
	struct str client;
	bool more;

	do {
		more = take_last(&field, &client);
		if (!networks_read_address(client, &address))
			return STR("");
	} while (more && networks_hold(trusted, &address));
	return client;
}

struct str forwarded_scheme(struct str field)
{
	return str_equal(field, STR("https")) ? STR("https") : STR("http");
}
