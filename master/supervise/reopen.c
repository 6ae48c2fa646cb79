#include "reopen.h"

#include "channel.h"
#include "log_file.h"

#include <errno.h>
#include <unistd.h>

/* One that has not taken it by then finds it in its channel once its loop turns. */
static void hand_log(const struct child *child)
{
	if (child->channel.fd < 0)
		return;
	if (channel_say(child->channel.fd, PROCESS_LOG, STDERR_FILENO) < 0)
		log_error("cannot hand the new log to %s (pid %d): %s", child->name,
			(int)child->pid, strerror(errno));
}

void reopen_log(struct supervisor *s)
{
	const char *path = s->plan->settings->log_file;
	struct buf error;

	if (!*path) {
		log_debug("there is no --log-file to be opened anew");
		return;
	}
	buf_init(&error, 4096);
	if (log_file_open(path, &error)) {
		log_info("the log file was opened anew");
		for (unsigned i = 0; i < CHILDREN; i++)
			hand_log(&s->children[i]);
	} else {
		struct str why = buf_view(&error);
		log_error("%.*s; the old one goes on", STR_ARGS(why));
	}
	buf_done(&error);
}
