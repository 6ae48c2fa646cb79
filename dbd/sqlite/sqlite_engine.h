/* SQLite as an engine (engine.h). */
#ifndef POSTERN_SQLITE_ENGINE_H
#define POSTERN_SQLITE_ENGINE_H

#include "engine.h"
#include "store.h"

extern const struct engine_ops sqlite_engine;

/* The engine that a store is; store_of is the way back. NULL for NULL. */
struct engine *sqlite_engine_of(struct store *store);

#endif
