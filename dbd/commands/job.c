#include "job.h"

#include "log.h"
#include "stats.h"

#include <stdlib.h>

/* More than any reply needs: its writer has a lower limit. Nothing is allocated in advance. */
#define REPLY_LIMIT ((size_t)1024 * 1024 * 1024)

static bool has_text(const struct command *c, unsigned field)
{
	return record_has(&c->record, field) && c->record.values[field].kind == VALUE_STR;
}

static size_t texts_size(const struct command *c)
{
	size_t size = c->match.len + c->request.len;

	for (unsigned i = 0; i < c->resource->nfields; i++)
		if (has_text(c, i))
			size += c->record.values[i].text.len;
	return size;
}

/* Copies the text to `place` and lets it point there. Returns the place of the next text. */
static char *copy_text(char *place, struct str *text)
{
	if (text->len > 0)
		memcpy(place, text->ptr, text->len);
	text->ptr = place;
	return place + text->len;
}

static void copy_texts(struct job *job, char *next)
{
	for (unsigned i = 0; i < job->command.resource->nfields; i++)
		if (has_text(&job->command, i))
			next = copy_text(next, &job->command.record.values[i].text);
	if (job->command.match.ptr)
		next = copy_text(next, &job->command.match);
	copy_text(next, &job->command.request);
}

struct job *job_new(const struct command *command, void *owner)
{
	size_t fixed = offsetof(struct job, command) + command_size(command);
	size_t size = fixed + texts_size(command);
	struct job *job = malloc(size);

	if (!job)
		log_die("out of memory: %zu bytes for a command", size);
	job->next = NULL;
	job->owner = owner;
	job->size = size;
	command_copy(&job->command, command);
	job->outcome = STAT_OUTCOME_LATE;
	job->failed = false;
	buf_init(&job->reply, REPLY_LIMIT);
	copy_texts(job, (char *)job + fixed);
	return job;
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
