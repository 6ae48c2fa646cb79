/* The question whether the generations are up to date (freshness.h), as a part of a turn of reads.
 */
#ifndef POSTERN_PG_QUESTION_H
#define POSTERN_PG_QUESTION_H

#include "pg_reads.h"

void pg_question_init(struct pg_reads *reads);

/* Sends it; awaits_answer until the answer has moved the counters and finished the jobs that ask,
 * or put them into `again`. Alone: the turn has no reads. */
void pg_question_ask(struct pg_reads *reads, bool is_alone);

#endif
