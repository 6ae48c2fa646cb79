#include "resource_of_table.h"

#include <sqlite3.h>

/* In a file that another program has made the table may be named "Users", and SQLite then says so.
 */
const struct resource *resource_of_table(const char *table)
{
	for (unsigned i = 0; i < api->nresources; i++)
		if (sqlite3_stricmp(api->resources[i]->table, table) == 0)
			return api->resources[i];
	return NULL;
}
