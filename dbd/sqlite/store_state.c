#include "store_state.h"

#include <stddef.h>

struct store *store_of(struct engine *engine)
{
	_Static_assert(offsetof(struct store, engine) == 0, "the engine is not the first member");
	return (struct store *)engine;
}

const char *store_error(const struct store *store)
{
	return sqlite3_errmsg(store->db);
}

int store_error_code(const struct store *store)
{
	return sqlite3_extended_errcode(store->db);
}
