/* Stands in for the server: gets the jobs that a runner has finished. */
#ifndef POSTERN_TEST_SUBMITTER_H
#define POSTERN_TEST_SUBMITTER_H

#include "loop.h"
#include "runner.h"

struct submitter {
	struct loop *loop; /* stays the caller's */
	struct job_list finished;
};

/* Sets the runner's on_finished. */
void submitter_init(struct submitter *submitter, struct loop *loop, struct runner *runner);

/* Runs the loop until jobs have come back. */
void submitter_await(struct submitter *submitter);

#endif
