/*
 * A command that waits to be carried out, with its texts in one allocation, and its reply. It
 * exists from when the command was read from the socket until its reply is handed to the socket.
 */
#ifndef POSTERN_JOB_H
#define POSTERN_JOB_H

#include "buf.h"
#include "command.h"

enum job_kind {
	JOB_WRITE,  /* or any command, if one connection carries out all */
	JOB_READ,   /* its reply may have STREAMS_LEAST bytes at most, else it is FAULT_TOO_LARGE */
	JOB_CONFIRM /* asks whether the generations are up to date (generations.h) */
};

enum { JOB_READ_MOST = 128 * 1024 /* bytes of a reply to a JOB_READ */ };

struct job {
	struct job *next;
	enum job_kind kind;
	void *owner;                   /* the caller's, passed to job_new; unused here */
	size_t size;                   /* bytes allocated */
	unsigned outcome;              /* STAT_OUTCOME_ of stats.h */
	unsigned tries;                /* of PostgreSQL's lanes: how often it was begun in vain */
	uint64_t since;                /* of PostgreSQL's lanes: loop_now, when it arrived */
	const struct resource *locked; /* the same: the table that others have locked; or NULL */
	bool failed;      /* failed in its group: the reply is complete, it is not run again */
	struct buf reply; /* stays empty if the deadline passed first: no reply is sent */
	/* JOB_CONFIRM: only id and deadline. Last: the allocation ends with the bytes that
	 * command_size counts and those of the texts. */
	struct command command;
};

/* Copies the command with its texts; job_free frees it. Never NULL: ends the process by log_die
 * when out of memory. */
struct job *job_new(enum job_kind kind, const struct command *command, void *owner);

/* The same for a JOB_CONFIRM. */
struct job *job_new_confirm(uint64_t id, uint64_t deadline, void *owner);

/* Gives a JOB_CONFIRM its reply: DONE for FAULT_NONE. */
void job_reply_confirm(struct job *job, enum fault fault);

/* NULL is allowed. */
void job_free(struct job *job);

/* A queue, first in, first out; all zero is an empty one. */
struct job_list {
	struct job *first, *last;
	unsigned count;
};

/* Appends the job, which must not be in a list. */
void job_append(struct job_list *list, struct job *job);

/* Moves all jobs of `from` to the end of `to`. */
void job_append_all(struct job_list *to, struct job_list *from);

/* Removes and returns the first job; NULL if the list is empty. */
struct job *job_take(struct job_list *list);

#endif
