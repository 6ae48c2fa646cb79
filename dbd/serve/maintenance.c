#include "maintenance.h"

#include "channel.h"
#include "control.h"
#include "copy.h"
#include "fault_of_sqlite.h"
#include "log.h"
#include "resource.h"
#include "rlimits.h"
#include "thread.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ERROR_MAX = 4096, PERCENT_STEP = 5 };

struct maintenance {
	const char *path; /* NULL: in memory */
	struct writer *writer;
	bool has_thread;
	pthread_t thread;
	atomic_bool busy;      /* the thread has not answered its request */
	atomic_bool cancelled; /* it is to break off */

	/* The thread's, while it is busy. */
	int client;
	int file;         /* that came with the request; -1: none */
	unsigned percent; /* that the client was told of */
	struct copy_watch watch;
};

/* The client has gone: nobody wants to know any more. */
static bool is_left(const struct maintenance *maintenance)
{
	char byte;

	return recv(maintenance->client, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) == 0;
}

static bool goes_on(void *context, unsigned done, unsigned total)
{
	struct maintenance *maintenance = context;

	if (atomic_load(&maintenance->cancelled) || is_left(maintenance))
		return false;
	unsigned percent = total > 0 ? (unsigned)(UINT64_C(100) * done / total) : 0;
	if (percent >= maintenance->percent + PERCENT_STEP) {
		maintenance->percent = percent;
		control_send_line(maintenance->client, -1, "%u of %u pages", done, total);
	}
	return true;
}

/* The client, which is about to get the last line of its answer and may then send its next request
 * at once: begin waits for what is left to do of this one. */
static int answered_client(struct maintenance *maintenance)
{
	atomic_store(&maintenance->busy, false);
	return maintenance->client;
}

/* False, for the caller to return. */
static bool refuse(struct maintenance *maintenance, const char *what, const char *why)
{
	log_warning("%s: %s", what, why);
	control_send_line(answered_client(maintenance), -1, "error %s: %s", what, why);
	return false;
}

static bool refuse_with(struct maintenance *maintenance, const char *what, const struct buf *error)
{
	char why[512];
	struct str text = buf_view(error);

	snprintf(why, sizeof(why), "%.*s", STR_ARGS(text));
	return refuse(maintenance, what, why);
}

static bool refuse_code(struct maintenance *maintenance, const char *what, int rc)
{
	struct buf why;

	if (rc == SQLITE_INTERRUPT)
		return refuse(maintenance, what,
			atomic_load(&maintenance->cancelled) ? "dbd ends or is replaced; try again"
							     : "it was broken off");
	buf_init(&why, ERROR_MAX);
	store_explain(&why, rc, sqlite3_errstr(rc));
	refuse_with(maintenance, what, &why);
	buf_done(&why);
	return false;
}

/* Checkpoint. */

struct checkpoint {
	int rc, before, after;
};

static void move_log(struct store *store, void *context)
{
	struct checkpoint *c = context;

	c->rc = store_checkpoint(store, &c->before, &c->after);
}

static void checkpoint(struct maintenance *maintenance, struct buf *error)
{
	struct checkpoint c = { 0 };

	(void)error;
	writer_do(maintenance->writer, move_log, &c);
	if (c.rc != SQLITE_OK)
		refuse_code(maintenance, "the log cannot be moved into the database", c.rc);
	else
		control_send_line(answered_client(maintenance), -1,
			"ok %d pages in the log before, %d after%s", c.before, c.after,
			c.after > 0 ? ": somebody reads an old snapshot" : "");
}

/* Backup. */

static const char no_backup[] = "no backup was made";

static bool copy_snapshot(struct maintenance *maintenance, sqlite3 *copy, struct buf *error)
{
	struct store *reader = store_open_reader(maintenance->path, error);

	if (!reader)
		return refuse_with(maintenance, no_backup, error);
	int rc = store_copy(reader, copy, &maintenance->watch);
	store_close(reader);
	buf_reset(error, ERROR_MAX);
	if (rc != SQLITE_OK)
		return refuse_code(maintenance, no_backup, rc);
	control_send_line(maintenance->client, -1, "checking it");
	return copy_check(copy, error) || refuse_with(maintenance, no_backup, error);
}

static void give_copy(struct maintenance *maintenance)
{
	int fd = copy_give(maintenance->path, COPY_BACKUP);

	if (fd < 0) {
		refuse(maintenance, no_backup, strerror(errno));
		return;
	}
	control_send_line(answered_client(maintenance), fd, "ok");
	close(fd);
}

static void backup(struct maintenance *maintenance, struct buf *error)
{
	sqlite3 *copy = copy_open(maintenance->path, COPY_BACKUP, &maintenance->watch, error);
	bool done = copy ? copy_snapshot(maintenance, copy, error)
			 : refuse_with(maintenance, no_backup, error);

	sqlite3_close(copy);
	if (done)
		give_copy(maintenance);
	copy_sweep(maintenance->path, COPY_BACKUP);
}

/* Restore. */

static const char no_restore[] = "nothing was restored";

struct replacement {
	int rc;
	sqlite3 *from;
	struct copy_watch *watch;
};

static void replace_all(struct store *store, void *context)
{
	struct replacement *r = context;

	r->rc = store_replace(store, r->from, r->watch);
}

/* Is it in order, and one of ours? */
static bool examine(const struct maintenance *maintenance, sqlite3 *copy, struct buf *error)
{
	if (!copy_check(copy, error))
		return false;
	struct store *reader = store_open_reader(maintenance->path, error);
	if (!reader)
		return false;
	buf_reset(error, ERROR_MAX);
	bool fits = store_fit(reader, copy, error);
	store_close(reader);
	return fits;
}

static void write_rows(sqlite3 *copy, struct buf *out)
{
	for (unsigned i = 0; i < nresources; i++)
		buf_printf(out, "%s%" PRId64 " %s", i > 0 ? ", " : "",
			copy_count_rows(copy, resources[i]->plural), resources[i]->plural);
}

static void put_in_place(struct maintenance *maintenance, sqlite3 *copy, struct buf *text)
{
	struct replacement r = { .from = copy, .watch = &maintenance->watch };

	writer_do(maintenance->writer, replace_all, &r);
	if (r.rc != SQLITE_OK) {
		refuse_code(maintenance, no_restore, r.rc);
		return;
	}
	buf_reset(text, ERROR_MAX);
	write_rows(copy, text);
	struct str rows = buf_view(text);
	log_info("the database was restored from a backup: %.*s", STR_ARGS(rows));
	control_send_line(answered_client(maintenance), -1, "ok restored: %.*s", STR_ARGS(rows));
}

/* Is it the database itself, or what SQLite keeps its locks in? */
static bool is_live(const struct maintenance *maintenance)
{
	static const char *const suffixes[] = { "", "-shm" };
	char name[PATH_MAX];
	struct stat file, live;

	for (size_t i = 0; i < NITEMS(suffixes); i++) {
		snprintf(name, sizeof(name), "%s%s", maintenance->path, suffixes[i]);
		if (fstat(maintenance->file, &file) == 0 && stat(name, &live) == 0 &&
			file.st_dev == live.st_dev && file.st_ino == live.st_ino)
			return true;
	}
	return false;
}

/* False: the client knows why. */
static bool take_file(struct maintenance *maintenance)
{
	if (maintenance->file >= 0 && is_live(maintenance))
		return refuse(maintenance, no_restore, "this is the database itself");
	int why = maintenance->file < 0 ? EINVAL
					: copy_take(maintenance->path, COPY_RESTORE,
						  maintenance->file, &maintenance->watch);
	if (!why)
		return true;
	copy_sweep(maintenance->path, COPY_RESTORE);
	return refuse(maintenance, no_restore, why == EINVAL ? "this is no file" : strerror(why));
}

static void restore(struct maintenance *maintenance, struct buf *error)
{
	if (!take_file(maintenance))
		return;
	control_send_line(maintenance->client, -1, "checking it");
	sqlite3 *copy = copy_open(maintenance->path, COPY_RESTORE, &maintenance->watch, error);
	if (copy && examine(maintenance, copy, error))
		put_in_place(maintenance, copy, error);
	else
		refuse_with(maintenance, no_restore, error);
	sqlite3_close(copy);
	copy_sweep(maintenance->path, COPY_RESTORE);
}

/* Requests. */

/* Closing any descriptor of the database would drop SQLite's locks (file_lock.h): that one stays.
 */
static void drop_file(const struct maintenance *maintenance)
{
	if (maintenance->file >= 0 && !is_live(maintenance))
		close(maintenance->file);
}

static void act(struct maintenance *maintenance, enum control_verb verb)
{
	static void (*const tasks[])(struct maintenance * maintenance, struct buf * error) = {
		[CONTROL_CHECKPOINT] = checkpoint,
		[CONTROL_BACKUP] = backup,
		[CONTROL_RESTORE] = restore,
	};
	struct buf error;

	_Static_assert(NITEMS(tasks) == CONTROL_VERB__COUNT, "a verb of dbd's does nothing");
	buf_init(&error, ERROR_MAX);
	tasks[verb](maintenance, &error);
	buf_done(&error);
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

struct maintenance *maintenance_new(const char *path, struct writer *writer)
{
	struct maintenance *maintenance = calloc(1, sizeof(*maintenance));

	if (!maintenance)
		log_die("out of memory for the maintenance");
	maintenance->path = path;
	maintenance->writer = writer;
	maintenance->watch = (struct copy_watch){ goes_on, maintenance };
	for (enum copy_purpose purpose = 0; path && purpose < COPY_PURPOSE__COUNT; purpose++)
		copy_sweep(path, purpose);
	return maintenance;
}

/* NULL: there is no reason. */
static const char *begin(struct maintenance *maintenance, int fd)
{
	if (!maintenance->path)
		return "the database is in memory";
	if (atomic_load(&maintenance->busy))
		return "another backup, restore or checkpoint is under way";
	if (maintenance->has_thread)
		pthread_join(maintenance->thread, NULL);
	maintenance->client = fd;
	maintenance->percent = 0;
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
	const char *why = begin(maintenance, fd);

	if (!why)
		return;
	control_send_line(fd, -1, "error %s", why);
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
