/*
 * The engine for PostgreSQL (engine.h). It has no writer or reader of its own: groups (pg_groups.h)
 * and turns (pg_reads.h) run commands in sessions that share their connections. Only lists are
 * opened by `open`. Transactions are the lanes', so the operations that begin and end them are
 * absent.
 */
#ifndef POSTERN_PG_ENGINE_H
#define POSTERN_PG_ENGINE_H

#include "engine.h"

extern const struct engine_ops pg_engine;

#endif
