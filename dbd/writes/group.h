/*
 * Group commit: all commands that wait become one transaction with one commit, so that they share
 * one fsync.
 */
#ifndef POSTERN_GROUP_H
#define POSTERN_GROUP_H

#include "engine.h"
#include "job.h"

struct group_counts {
	uint64_t commands;  /* done and committed */
	uint64_t groups;    /* committed transactions with at least one of them */
	uint64_t commit_ns; /* duration of the last commit, in nanoseconds */
};

/* Runs every job in order and writes its reply; when this returns, what the replies say is on disk.
 * A command that fails undoes only what it did itself. If the transaction cannot begin, continue or
 * commit, every command fails. A command whose deadline has passed is skipped and gets no reply. */
void group_run(struct engine *engine, const struct job_list *jobs, struct group_counts *counts);

#endif
