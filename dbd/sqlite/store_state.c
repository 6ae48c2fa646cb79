#include "store_state.h"

const char *store_error(const struct store *store)
{
	return sqlite3_errmsg(store->db);
}

int store_error_code(const struct store *store)
{
	return sqlite3_extended_errcode(store->db);
}
