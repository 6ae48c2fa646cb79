#include "path_check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names the owner, if it can be determined, and the command that gives access. */
static void explain_access(struct buf *error, const char *what, const char *path)
{
	struct stat st;
	uid_t user = geteuid();

	buf_printf(error, "user %u may not use %s %s", (unsigned)user, what, path);
	if (stat(path, &st) < 0)
		buf_str(error, STR("; give it read and write permission"));
	else if (st.st_uid == user)
		buf_printf(error, "; give it read and write permission: chmod u+rw%s %s",
			S_ISDIR(st.st_mode) ? "x" : "", path);
	else
		buf_printf(error,
			", which is user %u's; give it read and write permission: chown %u:%u %s",
			(unsigned)st.st_uid, (unsigned)user, (unsigned)getegid(), path);
}

/* Appends the reason by errno, and the remedy. Returns false. */
static bool fail(struct buf *error, int code, const char *what, const char *path)
{
	switch (code) {
	case ENOENT:
		buf_printf(error, "%s %s does not exist; make it first", what, path);
		break;
	case ENOTDIR:
		buf_printf(error, "%s %s is not a folder; name a file in a folder", what, path);
		break;
	case EACCES:
		explain_access(error, what, path);
		break;
	case EROFS:
		buf_printf(error, "%s %s is on a read-only file system; mount it for writing", what,
			path);
		break;
	default:
		buf_printf(error, "%s %s: %s", what, path, strerror(code));
	}
	return false;
}

/* The folder of the file: "." for a name without a slash, "/" for a file in the root. False: the
 * path is too long. */
static bool folder_of(const char *path, char folder[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;

	if (n >= PATH_MAX)
		return false;
	if (!slash || n == 0) {
		snprintf(folder, PATH_MAX, "%s", slash ? "/" : ".");
		return true;
	}
	memcpy(folder, path, n);
	folder[n] = '\0';
	return true;
}

static bool folder_check(const char *path, struct buf *error)
{
	char folder[PATH_MAX];
	struct stat st;

	if (!folder_of(path, folder))
		return fail(error, ENAMETOOLONG, "the file", path);
	if (stat(folder, &st) < 0)
		return fail(error, errno, "the folder", folder);
	if (!S_ISDIR(st.st_mode))
		return fail(error, ENOTDIR, "the folder", folder);
	if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) < 0)
		return fail(error, errno, "the folder", folder);
	return true;
}

bool path_check(const char *path, struct buf *error)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOENT || errno == EACCES ? folder_check(path, error)
							  : fail(error, errno, "the file", path);
	if (S_ISDIR(st.st_mode)) {
		buf_printf(error, "it is a folder; name a file in it");
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		buf_printf(error, "it is not a regular file; name another");
		return false;
	}
	if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) < 0)
		return fail(error, errno, "the file", path);
	return folder_check(path, error);
}
