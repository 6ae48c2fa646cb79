/* The sandbox of dbd for PostgreSQL, entered when its database is open; see sandbox.h. */
#ifndef POSTERN_PG_SANDBOX_H
#define POSTERN_PG_SANDBOX_H

#include "database_url.h"

/* From now on this process may connect to the ports that the URL or PGPORT names (to any if a
 * service file decides) and to Unix sockets, resolve names, start threads, accept connections from
 * its listener, and read /etc, certificates, and the files that the URL and libpq's variables name
 * or that libpq expects in the home. Folders of named files stay readable, so that a renewed
 * certificate is found; a password file in the home that is replaced is not. It may write no file
 * and start no process. Kerberos is not provided for. Shared libraries that are not loaded yet,
 * such as those of nsswitch.conf(5), cannot be: connect before.
 *
 * Must be called while the process has one thread. Ends it by log_die if it fails. */
void pg_sandbox_enter(const struct database_url *url);

#endif
