/*
 * A command that waits for the writer, with everything that it needs in one allocation, and its
 * reply. It lives from when it was read off the socket until its reply is on its way.
 */
#ifndef POSTERN_JOB_H
#define POSTERN_JOB_H

#include "buf.h"
#include "command.h"

struct job {
	struct job *next;
	void *owner; /* who asked; nobody here looks at it */
	size_t size; /* bytes allocated */
	struct command command;
	unsigned outcome; /* as stats.h counts it */
	bool failed;      /* in its group: it has its reply and is not tried again */
	struct buf reply; /* empty in the end if the deadline passed first: then there is none */
	char texts[];     /* the command's */
};

/* A copy of the command, its texts too. Never NULL: aborts when out of memory. */
struct job *job_new(const struct command *command, void *owner);
void job_free(struct job *job);

/* First in, first out. */
struct job_list {
	struct job *first, *last;
	unsigned count;
};

void job_append(struct job_list *list, struct job *job);

/* Moves all of from behind what to has. */
void job_append_all(struct job_list *to, struct job_list *from);

/* Takes the first one out; NULL if there is none. */
struct job *job_take(struct job_list *list);

#endif
