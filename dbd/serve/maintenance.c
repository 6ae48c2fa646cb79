#include "maintenance.h"

#include "channel.h"
#include "control.h"
#include "declaration.h"
#include "log.h"
#include "migration.h"
#include "rlimits.h"
#include "shared_api.h"
#include "thread.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
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
	struct control_request request;
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

/* A copy of the descriptor `passed` accompanies the answer unless it is -1. */
static void refuse_with(
	struct maintenance *maintenance, int passed, const char *what, struct str why)
{
	if (maintenance->interrupted)
		why = atomic_load(&maintenance->cancelled)
			      ? STR("dbd ends or is replaced; try again")
			      : STR("it was interrupted");
	log_warning("%s: %.*s", what, STR_ARGS(why));
	control_send_line(
		answered_client(maintenance), passed, "error %s: %.*s", what, STR_ARGS(why));
}

static void refuse(struct maintenance *maintenance, const char *what, struct str why)
{
	refuse_with(maintenance, -1, what, why);
}

/* In the writer's thread. */
struct task {
	const struct engine_admin *admin;
	struct engine_copy *copy;
	const struct api *declared;
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

static void run_migrate(struct engine *engine, void *context)
{
	struct task *task = context;

	task->done = task->admin->migrate(engine, task->declared, task->said);
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

/* Migration. */

static bool migrate_in_writer(void *context, const struct api *declared, struct buf *said)
{
	const struct maintenance *maintenance = context;
	struct task task = { .admin = maintenance->plan.admin, .declared = declared, .said = said };

	writer_do(maintenance->plan.writer, run_migrate, &task);
	return task.done;
}

/* True unless the client means another file. */
static bool is_meant(const struct maintenance *maintenance, struct buf *said)
{
	const struct control_request *request = &maintenance->request;
	const char *path = maintenance->plan.url->path;
	struct stat st;

	if (!request->has_file || (stat(path, &st) == 0 && st.st_dev == request->device &&
					  st.st_ino == request->inode))
		return true;
	buf_printf(said, "this server has another database, %s; --socket names that of the other",
		path);
	return false;
}

/* NULL: *said has the reason. */
static const struct api *read_declared(const struct maintenance *maintenance, struct buf *said)
{
	if (!is_meant(maintenance, said))
		return NULL;
	if (maintenance->file < 0) {
		buf_str(said, STR("no declaration accompanies the request"));
		return NULL;
	}
	return shared_api_read_one(maintenance->file, said);
}

/* The descriptor of a file with the plan; -1: there is none. */
static int plan_file(const struct engine_plan *plan)
{
	struct str text = buf_view(&plan->sql);
	int fd = text.len > 0 ? memfd_create("postern-plan", MFD_CLOEXEC) : -1;

	while (fd >= 0 && text.len > 0) {
		ssize_t n = write(fd, text.ptr, text.len);
		if (n <= 0) {
			close(fd);
			return -1;
		}
		text = str_from_index(text, (size_t)n);
	}
	return fd;
}

static const char *outcome_text(const struct migration *migration)
{
	return migration->applies ? "nothing was migrated" : "the plan is not whole";
}

static void answer_migration(struct maintenance *maintenance, const struct migration *migration,
	const struct engine_plan *plan, bool done, struct buf *said)
{
	struct str text = buf_view(said);
	int fd = plan_file(plan);

	if (done && migration->applies && plan->statements > 0)
		log_info("the database was migrated: %.*s", STR_ARGS(text));
	if (done)
		control_send_line(answered_client(maintenance), fd, "ok %.*s", STR_ARGS(text));
	else
		refuse_with(maintenance, fd, outcome_text(migration), text);
	if (fd >= 0)
		close(fd);
}

static void migrate_to(
	struct maintenance *maintenance, const struct api *declared, struct buf *said)
{
	struct migration migration = {
		.admin = maintenance->plan.admin,
		.url = maintenance->plan.url,
		.declared = declared,
		.progress = &maintenance->progress,
		.applies = maintenance->request.verb == CONTROL_MIGRATE,
		.migrate = migrate_in_writer,
		.context = maintenance,
	};
	struct engine_plan plan;
	bool done = migration_run(&migration, &plan, said);

	answer_migration(maintenance, &migration, &plan, done, said);
	buf_done(&plan.sql);
}

static void migrate(struct maintenance *maintenance, struct buf *said)
{
	const struct api *declared = read_declared(maintenance, said);

	if (!declared) {
		refuse(maintenance, "nothing was migrated", buf_view(said));
		return;
	}
	migrate_to(maintenance, declared, said);
	declaration_free(declared);
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
		[CONTROL_PLAN] = migrate,
		[CONTROL_MIGRATE] = migrate,
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
	struct control_request *request = &maintenance->request;
	char text[CONTROL_REQUEST_MAX];
	ssize_t n = channel_receive(maintenance->client, text, sizeof(text), &maintenance->file);

	if (n > 0 && control_parse((struct str){ text, (size_t)n }, request) &&
		control_is_for_dbd(request->verb))
		act(maintenance, request->verb);
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
		return "this database engine offers no checkpoint, backup, restore or migration";
	if (atomic_load(&maintenance->busy))
		return "another backup, restore, checkpoint or migration is under way";
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
