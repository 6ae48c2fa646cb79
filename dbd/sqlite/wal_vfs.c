#include "wal_vfs.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

/* https://www.sqlite.org/fileformat2.html#walformat */
enum {
	FRAME_HEADER = 24,      /* bytes; no page is that short */
	FRAME_COMMITS = 4,      /* of the header, 4 bytes: not 0 in the last frame of a commit */
	HELD_MOST = 120 * 1024, /* bytes; the unix VFS cannot write 128 KiB or more at once */
	ROOM = 1024 * 1024,     /* bytes; the log grows to a multiple of this */
	ZEROS = 64 * 1024       /* bytes, written at once */
};

static const sqlite3_int64 nowhere = -1;

/* The write-ahead log. */
struct wal {
	sqlite3_file base;   /* the part that SQLite knows */
	sqlite3_file *below; /* the file of the default VFS, in memory after this struct */
	unsigned char *held; /* what is to be written at `at` */
	int len;
	sqlite3_int64 at;   /* nowhere: the next write appends nothing */
	sqlite3_int64 end;  /* of all that was written */
	sqlite3_int64 size; /* that the file had, at least */
	bool lacks_room;    /* no room could be made */
	bool holds;         /* false: each write is passed on */
	bool synced;        /* nothing was written since the last sync */
	bool trusts;        /* wal_vfs_trust_last_sync */
	bool commits;       /* the last header is that of a commit's last frame */
};

static sqlite3_vfs *below_vfs;
static sqlite3_vfs vfs;
static bool registered;

static struct wal *wal_of(sqlite3_file *file)
{
	return (struct wal *)(void *)file;
}

static sqlite3_file *below(sqlite3_file *file)
{
	return wal_of(file)->below;
}

/* The end of the last write; nowhere, if it has failed. */
static void note_end(struct wal *w, sqlite3_int64 end)
{
	w->at = end;
	if (end > w->end)
		w->end = end;
}

/* After a failure the frames are dropped: their transaction will be rolled back. */
static int write_held(struct wal *w)
{
	if (w->len == 0)
		return SQLITE_OK;
	w->synced = false;
	int rc = w->below->pMethods->xWrite(w->below, w->held, w->len, w->at);
	note_end(w, rc == SQLITE_OK ? w->at + w->len : nowhere);
	w->len = 0;
	return rc;
}

static int write_through(struct wal *w, const void *bytes, int len, sqlite3_int64 offset)
{
	w->synced = false;
	int rc = w->below->pMethods->xWrite(w->below, bytes, len, offset);

	note_end(w, rc == SQLITE_OK ? offset + len : nowhere);
	return rc;
}

static bool is_last_of_commit(const unsigned char *header)
{
	static const unsigned char none[4];

	return memcmp(header + FRAME_COMMITS, none, sizeof(none)) != 0;
}

/*
 * SQLite appends a header and its page, again and again. It publishes a commit after it has written
 * the page of the commit's last frame, so nothing is held after that. What it writes elsewhere is
 * not held at all: the header of the log, and headers whose checksums it corrects, the commit's
 * last of all, because a page of this transaction that was already in the log has changed.
 */
static int wal_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 offset)
{
	struct wal *w = wal_of(file);
	bool is_header = len == FRAME_HEADER;
	bool appends = w->holds && w->at != nowhere && offset == w->at + w->len;
	int rc = SQLITE_OK;

	if (is_header)
		w->commits = is_last_of_commit(bytes);
	if (!appends || len > HELD_MOST - w->len)
		rc = write_held(w);
	if (rc != SQLITE_OK)
		return rc;
	if (!appends || len > HELD_MOST)
		return write_through(w, bytes, len, offset);
	memcpy(w->held + w->len, bytes, (size_t)len);
	w->len += len;
	return w->commits && !is_header ? write_held(w) : SQLITE_OK;
}

static int wal_read(sqlite3_file *file, void *bytes, int len, sqlite3_int64 offset)
{
	int rc = write_held(wal_of(file));

	return rc == SQLITE_OK ? below(file)->pMethods->xRead(below(file), bytes, len, offset) : rc;
}

static int wal_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct wal *w = wal_of(file);
	int rc = write_held(w);

	w->synced = false;
	w->end = w->size = 0;
	w->lacks_room = false;
	return rc == SQLITE_OK ? w->below->pMethods->xTruncate(w->below, size) : rc;
}

static int write_zeros(sqlite3_file *file, sqlite3_int64 from, sqlite3_int64 end)
{
	static const unsigned char zeros[ZEROS];
	int rc = SQLITE_OK;

	for (sqlite3_int64 at = from, len; rc == SQLITE_OK && at < end; at += len) {
		len = end - at < ZEROS ? end - at : ZEROS;
		rc = file->pMethods->xWrite(file, zeros, (int)len, at);
	}
	return rc;
}

/* If the log has grown, it gets zeros behind the frames. On a disk without room for them it ends
 * with the frames. SQLite locks out other writers meanwhile. */
static void make_room(struct wal *w)
{
	sqlite3_file *file = w->below;

	if (w->end <= w->size || w->lacks_room)
		return;
	if (file->pMethods->xFileSize(file, &w->size) != SQLITE_OK || w->end < w->size)
		return;
	sqlite3_int64 end = (w->end / ROOM + 1) * ROOM;
	w->lacks_room = write_zeros(file, w->end, end) != SQLITE_OK;
	if (w->lacks_room)
		(void)file->pMethods->xTruncate(file, w->end);
	else
		w->size = end;
}

static int wal_sync(sqlite3_file *file, int flags)
{
	struct wal *w = wal_of(file);
	int rc = write_held(w);

	if (rc != SQLITE_OK || (w->synced && w->trusts))
		return rc;
	make_room(w);
	rc = w->below->pMethods->xSync(w->below, flags);
	w->synced = rc == SQLITE_OK;
	return rc;
}

static int wal_size(sqlite3_file *file, sqlite3_int64 *size)
{
	int rc = write_held(wal_of(file));

	return rc == SQLITE_OK ? below(file)->pMethods->xFileSize(below(file), size) : rc;
}

/* What is held now belongs to no commit. */
static int wal_close(sqlite3_file *file)
{
	sqlite3_free(wal_of(file)->held);
	return below(file)->pMethods->xClose(below(file));
}

static int wal_lock(sqlite3_file *file, int lock)
{
	return below(file)->pMethods->xLock(below(file), lock);
}

static int wal_unlock(sqlite3_file *file, int lock)
{
	return below(file)->pMethods->xUnlock(below(file), lock);
}

static int wal_check_reserved_lock(sqlite3_file *file, int *result)
{
	return below(file)->pMethods->xCheckReservedLock(below(file), result);
}

static int wal_control(sqlite3_file *file, int op, void *argument)
{
	return below(file)->pMethods->xFileControl(below(file), op, argument);
}

static int wal_sector_size(sqlite3_file *file)
{
	return below(file)->pMethods->xSectorSize(below(file));
}

static int wal_characteristics(sqlite3_file *file)
{
	return below(file)->pMethods->xDeviceCharacteristics(below(file));
}

/* Without this property SQLite adds frames up to the end of a sector, and divides one of them. */
static bool has_whole_frames(sqlite3_file *file)
{
	return file->pMethods->xDeviceCharacteristics(file) & SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

/* Version 1: the shared memory of the log's index belongs to the database file, and the log is
 * never mapped. */
static const sqlite3_io_methods wal_methods = {
	.iVersion = 1,
	.xClose = wal_close,
	.xRead = wal_read,
	.xWrite = wal_write,
	.xTruncate = wal_truncate,
	.xSync = wal_sync,
	.xFileSize = wal_size,
	.xLock = wal_lock,
	.xUnlock = wal_unlock,
	.xCheckReservedLock = wal_check_reserved_lock,
	.xFileControl = wal_control,
	.xSectorSize = wal_sector_size,
	.xDeviceCharacteristics = wal_characteristics,
};

static int open_wal(const char *name, sqlite3_file *base, int flags, int *flags_out)
{
	struct wal *w = wal_of(base);

	*w = (struct wal){ .below = (sqlite3_file *)(void *)(w + 1), .at = nowhere };
	w->held = sqlite3_malloc(HELD_MOST);
	if (!w->held)
		return SQLITE_NOMEM;
	w->below->pMethods = NULL;
	int rc = below_vfs->xOpen(below_vfs, name, w->below, flags, flags_out);
	if (!w->below->pMethods) {
		sqlite3_free(w->held);
		return rc;
	}
	base->pMethods = &wal_methods; /* SQLite closes it, even if rc is an error */
	w->holds = has_whole_frames(w->below);
	return rc;
}

static int vfs_open(
	sqlite3_vfs *this, const char *name, sqlite3_file *base, int flags, int *flags_out)
{
	(void)this;
	if (flags & SQLITE_OPEN_WAL)
		return open_wal(name, base, flags, flags_out);
	return below_vfs->xOpen(below_vfs, name, base, flags, flags_out);
}

/* The methods that do not concern files are called with this struct. Those of the unix VFS read
 * only mxPathname and pAppData of it. */
static void register_vfs(void)
{
	below_vfs = sqlite3_vfs_find(NULL);
	if (!below_vfs)
		return;
	vfs = *below_vfs;
	vfs.zName = "postern";
	vfs.szOsFile = (int)sizeof(struct wal) + below_vfs->szOsFile;
	vfs.xOpen = vfs_open;
	registered = sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
}

const char *wal_vfs(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, register_vfs);
	return registered ? vfs.zName : NULL;
}

void wal_vfs_trust_last_sync(sqlite3 *db, bool trust)
{
	sqlite3_file *file = NULL;
	int rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);

	if (rc == SQLITE_OK && file && file->pMethods == &wal_methods)
		wal_of(file)->trusts = trust;
}
