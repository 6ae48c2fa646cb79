#include "maintenance.h"

#include "channel.h"
#include "control.h"
#include "log.h"
#include "rlimits.h"
#include "thread.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TEXT_MAX = 4096, PERCENT_STEP = 5 };

struct maintenance {
	struct maintenance_plan plan;
	struct engine_progress progress;
	bool has_thread;
	pthread_t thread;
	atomic_bool busy;      /* the thread has not answered its request */
	atomic_bool cancelled; /* the thread must end soon */

	/* The thread's, while it is busy. */
	int client;
	int file;         /* that accompanied the request; -1: none */
	unsigned percent; /* last reported to the client */
	bool interrupted; /* goes_on has returned false */
};

static bool is_client_gone(const struct maintenance *maintenance)
{
	char byte;

	return recv(maintenance->client, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) == 0;
}

static bool goes_on(void *context, unsigned done, unsigned total)
{
	struct maintenance *maintenance = context;

	if (atomic_load(&maintenance->cancelled) || is_client_gone(maintenance)) {
		maintenance->interrupted = true;
		return false;
	}
	unsigned percent = total > 0 ? (unsigned)(UINT64_C(100) * done / total) : 0;
	if (percent >= maintenance->percent + PERCENT_STEP) {
		maintenance->percent = percent;
		control_send_line(maintenance->client, -1, "%u of %u pages", done, total);
	}
	return true;
}

static void enters(void *context, const char *stage)
{
	const struct maintenance *maintenance = context;

	control_send_line(maintenance->client, -1, "%s", stage);
}

/* The client, which is about to get the last line of its answer. It may then send its next request
 * at once: begin waits for the rest of this one. */
static int answered_client(struct maintenance *maintenance)
{
	atomic_store(&maintenance->busy, false);
	return maintenance->client;
}

static void refuse(struct maintenance *maintenance, const char *what, struct str why)
{
	if (maintenance->interrupted)
		why = atomic_load(&maintenance->cancelled)
			      ? STR("dbd ends or is replaced; try again")
			      : STR("it was interrupted");
	log_warning("%s: %.*s", what, STR_ARGS(why));
	control_send_line(answered_client(maintenance), -1, "error %s: %.*s", what, STR_ARGS(why));
}

/* In the writer's thread. */
struct task {
	const struct engine_admin *admin;
	struct engine_copy *copy;
	struct buf *said;
	bool done;
};

static void run_checkpoint(struct engine *engine, void *context)
{
	struct task *task = context;

	task->done = task->admin->checkpoint(engine, task->said);
}

static void run_replace(struct engine *engine, void *context)
{
	struct task *task = context;

	task->done = task->admin->replace(engine, task->copy, task->said);
}

/* Requests. *said is empty. */

static void checkpoint(struct maintenance *maintenance, struct buf *said)
{
	struct task task = { .admin = maintenance->plan.admin, .said = said };

	writer_do(maintenance->plan.writer, run_checkpoint, &task);
	struct str text = buf_view(said);
	if (task.done)
		control_send_line(answered_client(maintenance), -1, "ok %.*s", STR_ARGS(text));
	else
		refuse(maintenance, "the log cannot be moved into the database", text);
}

static void backup(struct maintenance *maintenance, struct buf *said)
{
	int fd = maintenance->plan.admin->backup(
		maintenance->plan.url, &maintenance->progress, said);

	if (fd < 0) {
		refuse(maintenance, "no backup was made", buf_view(said));
		return;
	}
	control_send_line(answered_client(maintenance), fd, "ok");
	close(fd);
}

/* NULL: *said has the reason. */
static struct engine_copy *take_file(struct maintenance *maintenance, struct buf *said)
{
	const struct maintenance_plan *plan = &maintenance->plan;

	if (maintenance->file < 0)
		buf_str(said, STR("this is no file"));
	else if (plan->admin->is_live(plan->url, maintenance->file))
		buf_str(said, STR("this is the database itself"));
	else
		return plan->admin->take(
			plan->url, maintenance->file, &maintenance->progress, said);
	return NULL;
}

static void restore(struct maintenance *maintenance, struct buf *said)
{
	struct task task = { .admin = maintenance->plan.admin, .said = said };

	task.copy = take_file(maintenance, said);
	if (task.copy) {
		buf_reset(said, TEXT_MAX);
		writer_do(maintenance->plan.writer, run_replace, &task);
	}
	struct str text = buf_view(said);
	if (!task.done) {
		refuse(maintenance, "nothing was restored", text);
	} else {
		log_info("the database was restored from a backup: %.*s", STR_ARGS(text));
		control_send_line(
			answered_client(maintenance), -1, "ok restored: %.*s", STR_ARGS(text));
	}
	if (task.copy)
		task.admin->drop(task.copy);
}

/* The descriptor of a live file stays open; see engine_admin.h. */
static void drop_file(const struct maintenance *maintenance)
{
	const struct maintenance_plan *plan = &maintenance->plan;

	if (maintenance->file >= 0 && !plan->admin->is_live(plan->url, maintenance->file))
		close(maintenance->file);
}

static void act(struct maintenance *maintenance, enum control_verb verb)
{
	static void (*const requests[])(struct maintenance * maintenance, struct buf * said) = {
		[CONTROL_CHECKPOINT] = checkpoint,
		[CONTROL_BACKUP] = backup,
		[CONTROL_RESTORE] = restore,
	};
	struct buf said;

	_Static_assert(NITEMS(requests) == CONTROL_VERB__COUNT, "a verb of dbd's does nothing");
	buf_init(&said, TEXT_MAX);
	requests[verb](maintenance, &said);
	buf_done(&said);
}

static void *run(void *context)
{
	struct maintenance *maintenance = context;
	struct control_request request;
	char text[CONTROL_REQUEST_MAX];
	ssize_t n = channel_receive(maintenance->client, text, sizeof(text), &maintenance->file);

	if (n > 0 && control_parse((struct str){ text, (size_t)n }, &request) &&
		control_is_for_dbd(request.verb))
		act(maintenance, request.verb);
	drop_file(maintenance);
	close(maintenance->client);
	atomic_store(&maintenance->busy, false);
	return NULL;
}

struct maintenance *maintenance_new(const struct maintenance_plan *plan)
{
	struct maintenance *maintenance = calloc(1, sizeof(*maintenance));

	if (!maintenance)
		log_die("out of memory for the maintenance");
	maintenance->plan = *plan;
	maintenance->progress = (struct engine_progress){ goes_on, enters, maintenance };
	if (plan->admin && !plan->url->memory)
		plan->admin->sweep(plan->url);
	return maintenance;
}

/* Starts the thread. Returns NULL, or the reason why there is none. */
static const char *begin(struct maintenance *maintenance, int fd)
{
	if (maintenance->plan.url->memory)
		return "the database is in memory";
	if (!maintenance->plan.admin)
		return "this database engine offers no checkpoint, backup or restore";
	if (atomic_load(&maintenance->busy))
		return "another backup, restore or checkpoint is under way";
	if (maintenance->has_thread)
		pthread_join(maintenance->thread, NULL);
	maintenance->client = fd;
	maintenance->percent = 0;
	maintenance->interrupted = false;
	atomic_store(&maintenance->busy, true);
	int error = thread_start(&maintenance->thread, run, maintenance);
	maintenance->has_thread = !error;
	if (!error)
		return NULL;
	atomic_store(&maintenance->busy, false);
	return rlimits_strerror(error);
}

void maintenance_take(struct maintenance *maintenance, int fd)
{
	const char *reason = begin(maintenance, fd);

	if (!reason)
		return;
	control_send_line(fd, -1, "error %s", reason);
	close(fd);
}

void maintenance_free(struct maintenance *maintenance)
{
	if (!maintenance)
		return;
	atomic_store(&maintenance->cancelled, true);
	if (maintenance->has_thread)
		pthread_join(maintenance->thread, NULL);
	free(maintenance);
}
