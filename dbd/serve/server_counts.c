#include "server_counts.h"

#include "server_private.h"
#include "stats.h"

void server_count(const struct server *s, const struct command *command, unsigned outcome)
{
	bool done = outcome == STAT_OUTCOME_DONE;
	unsigned place = stat_action_outcome(command->action, outcome);

	if (s->only_reads)
		stats_add_at(STAT_READER_COMMANDS,
			stat_reader_cell(s->thread - HEARTBEAT_READER,
				done ? (unsigned)command->action : STATS_READER_OTHERS),
			1);
	if (!done)
		stats_add_shared(STAT_COMMANDS, place, 1);
	else if (!s->only_reads)
		stats_add_at(STAT_COMMANDS, place, 1);
}

void server_count_job(const struct server *s, const struct job *job)
{
	if (job->kind != JOB_CONFIRM)
		server_count(s, &job->command, job->outcome);
}

void server_count_queue(const struct server *s)
{
	stats_set(STAT_QUEUE, s->writes.jobs);
	stats_set(STAT_QUEUE_BYTES, s->writes.bytes);
}
