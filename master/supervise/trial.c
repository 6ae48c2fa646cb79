#include "trial.h"

#include "channel.h"
#include "start.h"
#include "supervisor.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>

bool trial_start(struct supervisor *s, struct child *child)
{
	supervisor_set_up_child(s, child, ROLE_DBD, 0);
	snprintf(child->name, sizeof(child->name), "trial");
	s->trial.len = 0;
	s->trial.child = child;
	if (start_process(s, child))
		return true;
	s->trial.child = NULL;
	return false;
}

void trial_receive(struct supervisor *s)
{
	struct trial *t = &s->trial;
	char rest[256] = "";
	ssize_t n = 1;

	while (t->child->channel.fd >= 0 && n > 0) {
		bool fits = t->len < sizeof(t->line);
		char *place = fits ? t->line + t->len : rest;
		n = channel_receive(t->child->channel.fd, place,
			fits ? sizeof(t->line) - t->len : sizeof(rest), NULL);
		if (n > 0 && fits)
			t->len += (size_t)n;
	}
	/* The end: stops watching. */
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		(void)child_receive(t->child, s->loop);
}

bool trial_end(struct supervisor *s, int status, struct buf *why)
{
	struct trial *t = &s->trial;
	bool fine = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CLEAN;

	t->child = NULL;
	if (!fine && t->len > 0) {
		buf_append(why, t->line, t->len);
	} else if (!fine) {
		buf_str(why, STR("the trial of the declaration "));
		child_write_death(status, why);
	}
	return fine;
}
