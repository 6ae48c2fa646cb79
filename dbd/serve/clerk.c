#include "clerk.h"

#include "channel.h"
#include "control.h"
#include "copy.h"
#include "log.h"
#include "resource.h"
#include "rlimits.h"
#include "store_fault.h"
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

struct clerk {
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
static bool is_left(const struct clerk *clerk)
{
	char byte;

	return recv(clerk->client, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) == 0;
}

static bool goes_on(void *context, unsigned done, unsigned total)
{
	struct clerk *clerk = context;

	if (atomic_load(&clerk->cancelled) || is_left(clerk))
		return false;
	unsigned percent = total > 0 ? (unsigned)(UINT64_C(100) * done / total) : 0;
	if (percent >= clerk->percent + PERCENT_STEP) {
		clerk->percent = percent;
		control_say(clerk->client, -1, "%u of %u pages", done, total);
	}
	return true;
}

/* The client, which is about to get the last line of its answer and may then send its next request
 * at once: begin waits for what is left to do of this one. */
static int answered_client(struct clerk *clerk)
{
	atomic_store(&clerk->busy, false);
	return clerk->client;
}

/* False, for the caller to return. */
static bool refuse(struct clerk *clerk, const char *what, const char *why)
{
	log_warning("%s: %s", what, why);
	control_say(answered_client(clerk), -1, "error %s: %s", what, why);
	return false;
}

static bool refuse_with(struct clerk *clerk, const char *what, const struct buf *error)
{
	char why[512];
	struct str text = buf_view(error);

	snprintf(why, sizeof(why), "%.*s", (int)text.len, text.ptr);
	return refuse(clerk, what, why);
}

static bool refuse_code(struct clerk *clerk, const char *what, int rc)
{
	struct buf why;

	if (rc == SQLITE_INTERRUPT)
		return refuse(clerk, what,
			atomic_load(&clerk->cancelled) ? "dbd ends or is replaced; try again"
						       : "it was broken off");
	buf_init(&why, ERROR_MAX);
	store_explain(&why, rc, sqlite3_errstr(rc));
	refuse_with(clerk, what, &why);
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

static void checkpoint(struct clerk *clerk, struct buf *error)
{
	struct checkpoint c = { 0 };

	(void)error;
	writer_do(clerk->writer, move_log, &c);
	if (c.rc != SQLITE_OK)
		refuse_code(clerk, "the log cannot be moved into the database", c.rc);
	else
		control_say(answered_client(clerk), -1, "ok %d pages in the log before, %d after%s",
			c.before, c.after, c.after > 0 ? ": somebody reads an old snapshot" : "");
}

/* Backup. */

static const char no_backup[] = "no backup was made";

static bool copy_snapshot(struct clerk *clerk, sqlite3 *copy, struct buf *error)
{
	struct store *reader = store_open_reader(clerk->path, error);

	if (!reader)
		return refuse_with(clerk, no_backup, error);
	int rc = store_copy(reader, copy, &clerk->watch);
	store_close(reader);
	buf_reset(error, ERROR_MAX);
	if (rc != SQLITE_OK)
		return refuse_code(clerk, no_backup, rc);
	control_say(clerk->client, -1, "checking it");
	return copy_check(copy, error) || refuse_with(clerk, no_backup, error);
}

static void give_copy(struct clerk *clerk)
{
	int fd = copy_give(clerk->path, COPY_BACKUP);

	if (fd < 0) {
		refuse(clerk, no_backup, strerror(errno));
		return;
	}
	control_say(answered_client(clerk), fd, "ok");
	close(fd);
}

static void backup(struct clerk *clerk, struct buf *error)
{
	sqlite3 *copy = copy_open(clerk->path, COPY_BACKUP, &clerk->watch, error);
	bool done = copy ? copy_snapshot(clerk, copy, error) : refuse_with(clerk, no_backup, error);

	sqlite3_close(copy);
	if (done)
		give_copy(clerk);
	copy_sweep(clerk->path, COPY_BACKUP);
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
static bool examine(const struct clerk *clerk, sqlite3 *copy, struct buf *error)
{
	if (!copy_check(copy, error))
		return false;
	struct store *reader = store_open_reader(clerk->path, error);
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

static void put_in_place(struct clerk *clerk, sqlite3 *copy, struct buf *text)
{
	struct replacement r = { .from = copy, .watch = &clerk->watch };

	writer_do(clerk->writer, replace_all, &r);
	if (r.rc != SQLITE_OK) {
		refuse_code(clerk, no_restore, r.rc);
		return;
	}
	buf_reset(text, ERROR_MAX);
	write_rows(copy, text);
	struct str rows = buf_view(text);
	log_info("the database was restored from a backup: %.*s", (int)rows.len, rows.ptr);
	control_say(answered_client(clerk), -1, "ok restored: %.*s", (int)rows.len, rows.ptr);
}

/* Is it the database itself, or what SQLite keeps its locks in? */
static bool is_live(const struct clerk *clerk)
{
	static const char *const suffixes[] = { "", "-shm" };
	char name[PATH_MAX];
	struct stat file, live;

	for (size_t i = 0; i < NITEMS(suffixes); i++) {
		snprintf(name, sizeof(name), "%s%s", clerk->path, suffixes[i]);
		if (fstat(clerk->file, &file) == 0 && stat(name, &live) == 0 &&
			file.st_dev == live.st_dev && file.st_ino == live.st_ino)
			return true;
	}
	return false;
}

/* False: the client knows why. */
static bool take_file(struct clerk *clerk)
{
	if (clerk->file >= 0 && is_live(clerk))
		return refuse(clerk, no_restore, "this is the database itself");
	int why = clerk->file < 0
			  ? EINVAL
			  : copy_take(clerk->path, COPY_RESTORE, clerk->file, &clerk->watch);
	if (!why)
		return true;
	copy_sweep(clerk->path, COPY_RESTORE);
	return refuse(clerk, no_restore, why == EINVAL ? "this is no file" : strerror(why));
}

static void restore(struct clerk *clerk, struct buf *error)
{
	if (!take_file(clerk))
		return;
	control_say(clerk->client, -1, "checking it");
	sqlite3 *copy = copy_open(clerk->path, COPY_RESTORE, &clerk->watch, error);
	if (copy && examine(clerk, copy, error))
		put_in_place(clerk, copy, error);
	else
		refuse_with(clerk, no_restore, error);
	sqlite3_close(copy);
	copy_sweep(clerk->path, COPY_RESTORE);
}

/* Requests. */

/* Closing any descriptor of the database would drop SQLite's locks (claim.h): that one stays. */
static void drop_file(const struct clerk *clerk)
{
	if (clerk->file >= 0 && !is_live(clerk))
		close(clerk->file);
}

static void act(struct clerk *clerk, enum control_verb verb)
{
	static void (*const deeds[])(struct clerk * clerk, struct buf * error) = {
		[CONTROL_CHECKPOINT] = checkpoint,
		[CONTROL_BACKUP] = backup,
		[CONTROL_RESTORE] = restore,
	};
	struct buf error;

	_Static_assert(NITEMS(deeds) == CONTROL_VERB__COUNT, "a verb of dbd's does nothing");
	buf_init(&error, ERROR_MAX);
	deeds[verb](clerk, &error);
	buf_done(&error);
}

static void *run(void *context)
{
	struct clerk *clerk = context;
	struct control_request request;
	char text[CONTROL_REQUEST_MAX];
	ssize_t n = channel_receive(clerk->client, text, sizeof(text), &clerk->file);

	if (n > 0 && control_parse((struct str){ text, (size_t)n }, &request) &&
		control_is_for_dbd(request.verb))
		act(clerk, request.verb);
	drop_file(clerk);
	close(clerk->client);
	atomic_store(&clerk->busy, false);
	return NULL;
}

struct clerk *clerk_new(const char *path, struct writer *writer)
{
	struct clerk *clerk = calloc(1, sizeof(*clerk));

	if (!clerk)
		log_die("out of memory for the clerk");
	clerk->path = path;
	clerk->writer = writer;
	clerk->watch = (struct copy_watch){ goes_on, clerk };
	for (enum copy_purpose purpose = 0; path && purpose < COPY_PURPOSE__COUNT; purpose++)
		copy_sweep(path, purpose);
	return clerk;
}

/* NULL: there is no reason. */
static const char *begin(struct clerk *clerk, int fd)
{
	if (!clerk->path)
		return "the database is in memory";
	if (atomic_load(&clerk->busy))
		return "another backup, restore or checkpoint is under way";
	if (clerk->has_thread)
		pthread_join(clerk->thread, NULL);
	clerk->client = fd;
	clerk->percent = 0;
	atomic_store(&clerk->busy, true);
	int error = thread_start(&clerk->thread, run, clerk);
	clerk->has_thread = !error;
	if (!error)
		return NULL;
	atomic_store(&clerk->busy, false);
	return rlimits_strerror(error);
}

void clerk_take(struct clerk *clerk, int fd)
{
	const char *why = begin(clerk, fd);

	if (!why)
		return;
	control_say(fd, -1, "error %s", why);
	close(fd);
}

void clerk_free(struct clerk *clerk)
{
	if (!clerk)
		return;
	atomic_store(&clerk->cancelled, true);
	if (clerk->has_thread)
		pthread_join(clerk->thread, NULL);
	free(clerk);
}
