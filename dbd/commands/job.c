#include "job.h"

#include "codec.h"
#include "command_texts.h"
#include "log.h"
#include "stats.h"

#include <stdlib.h>

/* More than any reply needs: its writer has a lower limit. Nothing is allocated in advance. */
#define REPLY_LIMIT ((size_t)1024 * 1024 * 1024)

struct job *job_new(enum job_kind kind, const struct command *command, void *owner)
{
	size_t fixed = offsetof(struct job, command) + command_size(command);
	size_t size = fixed + command_texts_size(command);
	struct job *job = malloc(size);

	if (!job)
		log_die("out of memory: %zu bytes for a command", size);
	job->next = NULL;
	job->kind = kind;
	job->owner = owner;
	job->size = size;
	command_copy(&job->command, command);
	job->outcome = STAT_OUTCOME_LATE;
	job->failed = false;
	job->tries = 0;
	job->locked = NULL;
	buf_init(&job->reply, REPLY_LIMIT);
	command_texts_copy(&job->command, (char *)job + fixed);
	return job;
}

struct job *job_new_confirm(uint64_t id, uint64_t deadline, void *owner)
{
	static const struct command nothing;
	struct job *job = job_new(JOB_CONFIRM, &nothing, owner);

	job->command.id = id;
	job->command.deadline = deadline;
	return job;
}

void job_reply_confirm(struct job *job, enum fault fault)
{
	if (fault == FAULT_NONE)
		codec_encode_done(&job->reply, job->command.id);
	else
		codec_encode_fault(&job->reply, job->command.id, fault, api->resources[0], 0);
}

void job_free(struct job *job)
{
	if (!job)
		return;
	buf_done(&job->reply);
	free(job);
}

void job_append(struct job_list *list, struct job *job)
{
	job->next = NULL;
	if (list->last)
		list->last->next = job;
	else
		list->first = job;
	list->last = job;
	list->count++;
}

void job_append_all(struct job_list *to, struct job_list *from)
{
	if (!from->first)
		return;
	if (to->last)
		to->last->next = from->first;
	else
		to->first = from->first;
	to->last = from->last;
	to->count += from->count;
	*from = (struct job_list){ 0 };
}

struct job *job_take(struct job_list *list)
{
	struct job *job = list->first;

	if (!job)
		return NULL;
	list->first = job->next;
	if (!list->first)
		list->last = NULL;
	list->count--;
	return job;
}
