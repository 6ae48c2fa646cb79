#include "postgres_cluster.h"

#include "output_of.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *run(const char *command, const struct postgres_cluster *c, const char *argument)
{
	return output_of((const char *const[]){ "tests/postgres/cluster", command, c->folder,
				 argument, NULL },
		"");
}

void postgres_cluster_start(struct postgres_cluster *c, const char *const settings[])
{
	char tester[16];
	const char *argv[CLUSTER_SETTINGS_MAX + 4] = { "tests/postgres/cluster", "start",
		c->folder };

	for (size_t i = 0; settings && settings[i]; i++) {
		ck_assert_uint_lt(i, CLUSTER_SETTINGS_MAX);
		argv[3 + i] = settings[i];
	}
	strcpy(c->folder, "/tmp/postern-postgres-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(c->folder));
	output_of(argv, "");
	snprintf(tester, sizeof(tester), "%d", (int)getpid());
	run("guard", c, tester);
	ck_assert_int_lt(
		snprintf(c->url, sizeof(c->url), "%s", run("url", c, NULL)), sizeof(c->url));
}

void postgres_cluster_stop(struct postgres_cluster *c, const char *mode)
{
	run("stop", c, mode);
}

void postgres_cluster_resume(struct postgres_cluster *c)
{
	run("resume", c, NULL);
}

void postgres_cluster_restart(struct postgres_cluster *c, const char *mode)
{
	run("restart", c, mode);
}

pid_t postgres_cluster_pid(const struct postgres_cluster *c)
{
	return (pid_t)strtol(run("pid", c, NULL), NULL, 10);
}

void postgres_cluster_remove(struct postgres_cluster *c)
{
	run("remove", c, NULL);
}
