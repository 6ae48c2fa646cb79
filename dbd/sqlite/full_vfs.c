#include "full_vfs.h"

#include "rlimits.h"
#include "str.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static atomic_int seen; /* errno of the last write that was refused; 0: none */

/* SQLite reports ENOSPC as SQLITE_FULL. */
static ssize_t judge(ssize_t written)
{
	if (written < 0 && (errno == EFBIG || errno == EDQUOT)) {
		atomic_store(&seen, errno);
		errno = ENOSPC;
	}
	return written;
}

static ssize_t write_here(int fd, const void *bytes, size_t n)
{
	return judge(write(fd, bytes, n));
}

static ssize_t write_at(int fd, const void *bytes, size_t n, off_t at)
{
	return judge(pwrite(fd, bytes, n, at));
}

static ssize_t write_at64(int fd, const void *bytes, size_t n, off64_t at)
{
	return judge(pwrite64(fd, bytes, n, at));
}

/* A build of SQLite uses "pwrite" or "pwrite64", or neither. */
static const struct {
	const char *name;
	sqlite3_syscall_ptr call;
} calls[] = {
	{ "write", (sqlite3_syscall_ptr)write_here },
	{ "pwrite", (sqlite3_syscall_ptr)write_at },
	{ "pwrite64", (sqlite3_syscall_ptr)write_at64 },
};

void full_vfs_install(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	for (size_t i = 0; vfs && vfs->xSetSystemCall && i < NITEMS(calls); i++)
		if (vfs->xGetSystemCall(vfs, calls[i].name))
			(void)vfs->xSetSystemCall(vfs, calls[i].name, calls[i].call);
}

const char *full_vfs_reason(void)
{
	static _Thread_local char text[200];
	int error = atomic_load(&seen);

	if (error == 0)
		return "";
	snprintf(text, sizeof(text), " (%s)", rlimits_strerror(error));
	return text;
}
