#include "keep.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024 /* bytes */ };

static bool fail(struct buf *error, const char *path)
{
	buf_printf(error, "%s: %s", path, strerror(errno));
	return false;
}

static void release(struct keep *keep)
{
	if (keep->fd >= 0)
		close(keep->fd);
	free(keep->unfinished);
	free(keep->folder);
}

/* Returns false with errno if there is no memory. */
static bool name_files(struct keep *keep, const char *path)
{
	char *copy = strdup(path);

	*keep = (struct keep){ .path = path, .fd = -1 };
	keep->folder = copy ? strdup(dirname(copy)) : NULL;
	free(copy);
	if (!keep->folder || asprintf(&keep->unfinished, "%s.XXXXXX", path) < 0)
		keep->unfinished = NULL;
	return keep->unfinished != NULL;
}

bool keep_begin(struct keep *keep, const char *path, struct buf *error)
{
	struct stat st;

	if (!name_files(keep, path)) {
		release(keep);
		return fail(error, path);
	}
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		release(keep);
		buf_printf(error, "%s is not a regular file; choose another", path);
		return false;
	}
	/* The mode is 0600: mkstemp(3). */
	keep->fd = mkostemp(keep->unfinished, O_CLOEXEC);
	if (keep->fd >= 0)
		return true;
	fail(error, path);
	release(keep);
	return false;
}

static bool copy_bytes(int to, int from, uint64_t *size)
{
	static char chunk[CHUNK];
	off_t at = 0;

	for (ssize_t n; (n = pread(from, chunk, sizeof(chunk), at)) != 0; at += n) {
		if (n < 0)
			return false;
		for (ssize_t written = 0, m; written < n; written += m)
			if ((m = write(to, chunk + written, (size_t)(n - written))) < 0)
				return false;
	}
	*size = (uint64_t)at;
	return true;
}

/* Makes a rename durable: syncs the directory that has the name. */
static bool sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool synced = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return synced;
}

bool keep_finish(struct keep *keep, int from, uint64_t *size, struct buf *error)
{
	if (!copy_bytes(keep->fd, from, size) || fsync(keep->fd) < 0 ||
		rename(keep->unfinished, keep->path) < 0) {
		fail(error, keep->path);
		keep_drop(keep);
		return false;
	}
	bool synced = sync_folder(keep->folder) || fail(error, keep->folder);
	release(keep);
	return synced;
}

void keep_drop(struct keep *keep)
{
	unlink(keep->unfinished);
	release(keep);
}
