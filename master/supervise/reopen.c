#include "reopen.h"

#include "channel.h"
#include "log_file.h"

#include <errno.h>
#include <unistd.h>

/* The descriptor waits in the channel until the child's loop reads it. */
static void hand_log(const struct child *child)
{
	if (child->channel.fd < 0)
		return;
	if (channel_send_word(child->channel.fd, PROCESS_LOG, STDERR_FILENO) < 0)
		log_error("cannot pass the reopened log file to %s (pid %d): %s", child->name,
			(int)child->pid, strerror(errno));
}

void reopen_log(struct supervisor *s)
{
	const char *path = s->plan->settings->log_file;
	struct buf error;

	if (!*path) {
		log_debug("no --log-file to reopen");
		return;
	}
	buf_init(&error, 4096);
	if (log_file_open(path, &error)) {
		log_info("log file reopened");
		for (unsigned i = 0; i < CHILDREN; i++)
			hand_log(&s->children[i]);
	} else {
		struct str why = buf_view(&error);
		log_error("%.*s; the old one stays in use", STR_ARGS(why));
	}
	buf_done(&error);
}
