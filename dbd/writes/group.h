/*
 * Group commit: all commands that wait become one transaction with one commit, so that one fsync
 * pays for all of them.
 */
#ifndef POSTERN_GROUP_H
#define POSTERN_GROUP_H

#include "job.h"
#include "store.h"

struct group_counts {
	uint64_t commands;  /* done and committed */
	uint64_t groups;    /* transactions that did it */
	uint64_t commit_ns; /* how long the last commit took */
};

/* Runs every job in order and writes its reply; when this returns, what a reply says is on disk. A
 * command that fails takes back only what it did. When the transaction cannot begin, go on or
 * commit, every command has failed. A command whose deadline has passed is not done and gets no
 * reply. */
void group_run(struct store *store, const struct job_list *jobs, struct group_counts *counts);

#endif
