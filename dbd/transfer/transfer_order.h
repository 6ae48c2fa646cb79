/* In which order tables are copied. */
#ifndef POSTERN_TRANSFER_ORDER_H
#define POSTERN_TRANSFER_ORDER_H

#include "resource.h"

enum { TRANSFER_TABLES_MAX = RESOURCES_MAX + ASSOCIATIONS_MAX };

/* The numbers of api_table, each once: a table comes after those to which it refers, except where
 * they refer to each other. */
void transfer_order(const struct api *declared, unsigned order[TRANSFER_TABLES_MAX]);

#endif
