/* The server's part of the statistics (stats.h). */
#ifndef POSTERN_SERVER_COUNTS_H
#define POSTERN_SERVER_COUNTS_H

#include "job.h"

struct server;

/* A command and its outcome, as stat_action_outcome has it. */
void server_count(const struct server *server, const struct command *command, unsigned outcome);

/* The same of a finished job. */
void server_count_job(const struct server *server, const struct job *job);

/* The writes that wait. */
void server_count_queue(const struct server *server);

#endif
