/* SQLite's part of engine_admin.h: checkpoints, backup and restore. */
#ifndef POSTERN_SQLITE_ADMIN_H
#define POSTERN_SQLITE_ADMIN_H

#include "engine_admin.h"

extern const struct engine_admin sqlite_admin;

#endif
