#include "submitter.h"

static void on_finished(void *context, struct job_list *jobs, bool snapshot_in_way)
{
	struct submitter *submitter = context;

	(void)snapshot_in_way;
	job_append_all(&submitter->finished, jobs);
	loop_stop(submitter->loop);
}

void submitter_init(struct submitter *submitter, struct loop *loop, struct runner *runner)
{
	*submitter = (struct submitter){ .loop = loop };
	runner->on_finished = on_finished;
	runner->context = submitter;
}

void submitter_await(struct submitter *submitter)
{
	while (!submitter->finished.first)
		loop_run(submitter->loop);
}
