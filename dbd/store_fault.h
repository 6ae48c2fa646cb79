/* What an SQLite result code means to whoever asked: a fault, by table. */
#ifndef POSTERN_STORE_FAULT_H
#define POSTERN_STORE_FAULT_H

#include "command.h"

/* code: extended or primary, anything but SQLITE_OK, SQLITE_ROW and SQLITE_DONE. */
enum fault store_fault(int code);

#endif
