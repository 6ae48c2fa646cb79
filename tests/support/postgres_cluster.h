/*
 * A PostgreSQL server of a test's own, which may stop it (tests/postgres/cluster, which has the
 * words for it). Tests that need no server of their own use test_database.h. Every error fails the
 * test.
 */
#ifndef POSTERN_TEST_POSTGRES_CLUSTER_H
#define POSTERN_TEST_POSTGRES_CLUSTER_H

#include "test_database.h"

#include <sys/types.h>

enum { CLUSTER_SETTINGS_MAX = 8 };

struct postgres_cluster {
	char folder[64];
	char url[TEST_URL_MAX]; /* of database "postgres" */
};

/* Makes a cluster in a temporary folder and starts it. It does not outlive the test, which may
 * fail. Settings: "--tcp", then "name=value"; NULL: none. */
void postgres_cluster_start(struct postgres_cluster *c, const char *const settings[]);

/* Stop it; start it again with the same settings; both. mode: "fast", "immediate". */
void postgres_cluster_stop(struct postgres_cluster *c, const char *mode);
void postgres_cluster_resume(struct postgres_cluster *c);
void postgres_cluster_restart(struct postgres_cluster *c, const char *mode);

/* Of the postmaster. */
pid_t postgres_cluster_pid(const struct postgres_cluster *c);

/* Stops it if it runs, and deletes the folder. */
void postgres_cluster_remove(struct postgres_cluster *c);

#endif
