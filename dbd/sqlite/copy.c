#include "copy.h"

#include "fault_of_sqlite.h"
#include "log.h"
#include "resource.h"
#include "schema.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	SLICE = 256,        /* pages */
	STEPS = 100 * 1000, /* instructions of SQLite's virtual machine between calls of goes_on */
	CHUNK = 256 * 1024, /* bytes */
	COPY_PATH = PATH_MAX, /* bytes */
	SQL_MAX = 128,
	ERROR_MAX = 4096
};

/* False: the path is too long. */
static bool name_copy(
	char name[COPY_PATH], const char *path, enum copy_purpose purpose, const char *suffix)
{
	static const char *const purposes[] = {
		[COPY_BACKUP] = "-backup",
		[COPY_RESTORE] = "-restore",
	};

	_Static_assert(NITEMS(purposes) == COPY_PURPOSE__COUNT, "a purpose has no name");
	return snprintf(name, COPY_PATH, "%s%s%s", path, purposes[purpose], suffix) < COPY_PATH;
}

void copy_sweep(const char *path, enum copy_purpose purpose)
{
	static const char *const suffixes[] = { "", "-journal", "-wal", "-shm" };
	char name[COPY_PATH];

	for (size_t i = 0; i < NITEMS(suffixes); i++)
		if (name_copy(name, path, purpose, suffixes[i]))
			unlink(name);
}

/* Queries for one number; `otherwise` if it cannot be read. */

static int64_t ask_number(sqlite3 *db, const char *sql, int64_t otherwise)
{
	sqlite3_stmt *question = NULL;
	int64_t number = otherwise;

	if (sqlite3_prepare_v2(db, sql, -1, &question, NULL) == SQLITE_OK &&
		sqlite3_step(question) == SQLITE_ROW)
		number = sqlite3_column_int64(question, 0);
	sqlite3_finalize(question);
	return number;
}

/* In bytes; 0 if it cannot be read. */
static int ask_page_size(sqlite3 *db)
{
	return (int)ask_number(db, "PRAGMA main.page_size", 0);
}

int64_t copy_count_rows(sqlite3 *db, const char *table)
{
	char sql[SQL_MAX];

	sqlite3_snprintf(sizeof(sql), sql, "SELECT count(*) FROM main.\"%w\"", table);
	return ask_number(db, sql, -1);
}

/* Connections. */

static int on_progress(void *context)
{
	struct copy_watch *watch = context;

	return !watch->goes_on(watch->context, 0, 0);
}

/* synchronous = OFF: if this process is killed, copy_sweep removes the copy, so it need not be
 * durable. locking_mode = EXCLUSIVE: other processes must not use it. */
static int configure(sqlite3 *db, struct copy_watch *watch)
{
	sqlite3_extended_result_codes(db, 1);
	sqlite3_progress_handler(db, STEPS, on_progress, watch);
	int rc = sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 0, NULL);
	return rc == SQLITE_OK
		       ? sqlite3_exec(db,
				 "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;"
				 "PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;",
				 NULL, NULL, NULL)
		       : rc;
}

sqlite3 *copy_open(
	const char *path, enum copy_purpose purpose, struct copy_watch *watch, struct buf *error)
{
	char name[COPY_PATH];
	sqlite3 *db = NULL;
	int rc = name_copy(name, path, purpose, "") ? SQLITE_OK : SQLITE_CANTOPEN;

	if (rc == SQLITE_OK)
		rc = sqlite3_open_v2(name, &db,
			SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc == SQLITE_OK)
		rc = configure(db, watch);
	if (rc == SQLITE_OK)
		return db;
	store_explain(error, rc, sqlite3_errstr(rc));
	sqlite3_close(db);
	return NULL;
}

int copy_all(sqlite3 *to, sqlite3 *from, struct copy_watch *watch)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
	int rc = SQLITE_OK;

	if (!backup)
		return sqlite3_extended_errcode(to);
	while (rc == SQLITE_OK) {
		rc = sqlite3_backup_step(backup, SLICE);
		unsigned total = (unsigned)sqlite3_backup_pagecount(backup);
		unsigned left = (unsigned)sqlite3_backup_remaining(backup);
		if (rc == SQLITE_OK && !watch->goes_on(watch->context, total - left, total))
			rc = SQLITE_INTERRUPT;
	}
	int end = sqlite3_backup_finish(backup);
	return rc == SQLITE_DONE ? end : rc;
}

/* Checks. */

static bool fail(sqlite3 *db, struct buf *error)
{
	buf_printf(error, "%s", sqlite3_errmsg(db));
	return false;
}

/* Returns SQLite's code. Unless it is SQLITE_OK, the reason is in *error: what is damaged if it is
 * SQLITE_CORRUPT, else why the check could not run. */
static int quick_check(sqlite3 *copy, const char *sql, struct buf *error)
{
	sqlite3_stmt *question = NULL;
	int rc = sqlite3_prepare_v2(copy, sql, -1, &question, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(question);
	if (rc == SQLITE_ROW) {
		const void *found = sqlite3_column_text(question, 0);
		const char *text = found ? found : "";
		rc = strcmp(text, "ok") == 0 ? SQLITE_OK : SQLITE_CORRUPT;
		if (rc != SQLITE_OK)
			buf_printf(error, "%.200s", text);
	} else {
		rc = sqlite3_extended_errcode(copy);
		fail(copy, error);
	}
	sqlite3_finalize(question);
	return rc;
}

/* Checks table by table. Skips a table that needs a function or collation which only another
 * program defines. */
static bool check_each(sqlite3 *copy, struct buf *error)
{
	sqlite3_stmt *tables = NULL;
	int rc = sqlite3_prepare_v2(copy,
		"SELECT format('PRAGMA main.quick_check(\"%w\")', name) FROM main.sqlite_schema"
		" WHERE type = 'table' AND rootpage > 0",
		-1, &tables, NULL);

	while (rc == SQLITE_OK && (rc = sqlite3_step(tables)) == SQLITE_ROW) {
		const void *sql = sqlite3_column_text(tables, 0);
		buf_reset(error, ERROR_MAX);
		rc = sql ? quick_check(copy, sql, error) : SQLITE_NOMEM;
		if ((rc & 0xff) == SQLITE_ERROR)
			rc = SQLITE_OK;
	}
	sqlite3_finalize(tables);
	return rc == SQLITE_DONE;
}

bool copy_check(sqlite3 *copy, struct buf *error)
{
	/* A row that violates a CHECK constraint does not damage the file. */
	if (sqlite3_exec(copy, "PRAGMA journal_mode = DELETE; PRAGMA ignore_check_constraints = ON",
		    NULL, NULL, NULL) != SQLITE_OK)
		return fail(copy, error);
	int rc = quick_check(copy, "PRAGMA main.quick_check(1)", error);
	return rc == SQLITE_OK || ((rc & 0xff) == SQLITE_ERROR && check_each(copy, error));
}

/* The page size of a database in WAL mode cannot change, so the copy takes the database's. */
static bool resize_pages(sqlite3 *copy, int size, struct buf *error)
{
	char sql[SQL_MAX];

	if (ask_page_size(copy) == size)
		return true;
	snprintf(sql, sizeof(sql), "PRAGMA main.page_size = %d; VACUUM", size);
	return sqlite3_exec(copy, sql, NULL, NULL, NULL) == SQLITE_OK || fail(copy, error);
}

/* Returns SQLITE_UTF8, SQLITE_UTF16LE or SQLITE_UTF16BE, or 0 if it cannot be read. */
static int ask_encoding(sqlite3 *db)
{
	return (int)ask_number(db,
		"SELECT CASE encoding WHEN 'UTF-8' THEN 1 WHEN 'UTF-16le' THEN 2"
		" WHEN 'UTF-16be' THEN 3 ELSE 0 END FROM pragma_encoding",
		0);
}

/* Open connections cannot switch to another encoding. */
static bool check_encoding(sqlite3 *copy, sqlite3 *database, struct buf *error)
{
	static const char *const names[] = { "an unknown encoding", "UTF-8", "UTF-16le",
		"UTF-16be" };
	int found = ask_encoding(copy), expected = ask_encoding(database);

	if (found == expected && found != 0)
		return true;
	buf_printf(error, "its texts are in %s, those of the database in %s", names[found],
		names[expected]);
	return false;
}

bool copy_fit(sqlite3 *copy, sqlite3 *database, struct buf *error)
{
	/* schema_ensure would create a missing table empty, instead of reporting lost rows. */
	for (unsigned i = 0; i < api_count_tables(api); i++) {
		const char *table = api_table(api, i)->table;
		if (copy_count_rows(copy, table) >= 0)
			continue;
		buf_printf(error, "it has no table %s", table);
		return false;
	}
	return check_encoding(copy, database, error) && schema_ensure(copy, error) &&
	       resize_pages(copy, ask_page_size(database), error);
}

/* Files. */

static int copy_bytes(int to, int from, struct copy_watch *watch)
{
	static char chunk[CHUNK]; /* static: only one copy is made at a time */
	off_t at = 0;

	for (ssize_t n; (n = pread(from, chunk, sizeof(chunk), at)) != 0; at += n) {
		if (n < 0)
			return errno;
		for (ssize_t done = 0, m; done < n; done += m)
			if ((m = pwrite(to, chunk + done, (size_t)(n - done), at + done)) < 0)
				return errno;
		if (!watch->goes_on(watch->context, 0, 0))
			return EINTR;
	}
	return 0;
}

int copy_take(const char *path, enum copy_purpose purpose, int from, struct copy_watch *watch)
{
	char name[COPY_PATH];
	struct stat st;

	if (!name_copy(name, path, purpose, ""))
		return ENAMETOOLONG;
	if (fstat(from, &st) < 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return EINVAL;
	int to = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0)
		return errno;
	int error = copy_bytes(to, from, watch);
	close(to);
	return error;
}

int copy_give(const char *path, enum copy_purpose purpose)
{
	char name[COPY_PATH];

	if (!name_copy(name, path, purpose, "")) {
		errno = ENAMETOOLONG;
		return -1;
	}
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	return fd;
}

/* Kept copies. */

enum { KEPT_MOST = 1000 /* in one second */ };

/* The first free name. False: there is none. */
static bool name_kept(char name[COPY_PATH], const char *path)
{
	char moment[sizeof("YYYYMMDDTHHMMSSZ")], number[16] = "";
	time_t now = time(NULL);
	struct tm utc;

	strftime(moment, sizeof(moment), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
	for (int i = 2; i <= KEPT_MOST; i++) {
		int n = snprintf(name, COPY_PATH, "%s.backup-%s%s", path, moment, number);
		if (n >= COPY_PATH)
			return false;
		if (access(name, F_OK) < 0 && errno == ENOENT)
			return true;
		snprintf(number, sizeof(number), "-%d", i);
	}
	return false;
}

/* Returns 0 or an errno. */
static int sync_path(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC), error = 0;

	if (fd < 0)
		return errno;
	if (fsync(fd) < 0)
		error = errno;
	close(fd);
	return error;
}

static int sync_folder(const char *path)
{
	char copy[COPY_PATH];

	snprintf(copy, sizeof(copy), "%s", path);
	return sync_path(dirname(copy), O_RDONLY | O_DIRECTORY);
}

/* Root makes copies for the user that the server runs as. Others need not. */
static void give_to_owner(const char *copy, const char *path)
{
	struct stat st;
	int fd = open(copy, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && stat(path, &st) == 0 && geteuid() == 0 &&
		fchown(fd, st.st_uid, st.st_gid) < 0)
		log_warning("%s keeps its owner: %s", copy, strerror(errno));
	if (fd >= 0)
		close(fd);
}

bool copy_keep(const char *path, enum copy_purpose purpose, struct buf *said)
{
	char copy[COPY_PATH], kept[COPY_PATH];

	if (!name_copy(copy, path, purpose, "") || !name_kept(kept, path)) {
		buf_str(said, str_from(strerror(ENAMETOOLONG)));
		return false;
	}
	give_to_owner(copy, path);
	int error = sync_path(copy, O_RDWR);
	if (!error && rename(copy, kept) < 0)
		error = errno;
	if (!error)
		error = sync_folder(kept);
	buf_str(said, str_from(error ? strerror(error) : kept));
	return !error;
}
