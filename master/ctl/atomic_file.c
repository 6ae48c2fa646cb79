#include "atomic_file.h"

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

static void release(struct atomic_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	free(file->unfinished);
	free(file->folder);
}

/* Returns false with errno if there is no memory. */
static bool name_files(struct atomic_file *file, const char *path)
{
	char *copy = strdup(path);

	*file = (struct atomic_file){ .path = path, .fd = -1 };
	file->folder = copy ? strdup(dirname(copy)) : NULL;
	free(copy);
	if (!file->folder || asprintf(&file->unfinished, "%s.XXXXXX", path) < 0)
		file->unfinished = NULL;
	return file->unfinished != NULL;
}

bool atomic_file_begin(struct atomic_file *file, const char *path, struct buf *error)
{
	struct stat st;

	if (!name_files(file, path)) {
		release(file);
		return fail(error, path);
	}
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		release(file);
		buf_printf(error, "%s is not a regular file; choose another", path);
		return false;
	}
	/* The mode is 0600: mkstemp(3). */
	file->fd = mkostemp(file->unfinished, O_CLOEXEC);
	if (file->fd >= 0)
		return true;
	fail(error, path);
	release(file);
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

bool atomic_file_finish(struct atomic_file *file, int from, uint64_t *size, struct buf *error)
{
	if (!copy_bytes(file->fd, from, size) || fsync(file->fd) < 0 ||
		rename(file->unfinished, file->path) < 0) {
		fail(error, file->path);
		atomic_file_drop(file);
		return false;
	}
	bool synced = sync_folder(file->folder) || fail(error, file->folder);
	release(file);
	return synced;
}

void atomic_file_drop(struct atomic_file *file)
{
	unlink(file->unfinished);
	release(file);
}
