#include "dbd_sandbox.h"

#include "log.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>

/* SQLite's file operations; rename for kept copies, memfd_create for plans; the last three are for
 * the writer and the event loop. */
static const char *const calls[] = { "open", "openat", "lseek", "pread64", "pwrite64", "fsync",
	"fdatasync", "sync_file_range", "ftruncate", "fallocate", "unlink", "unlinkat", "stat",
	"lstat", "fstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "readlink",
	"readlinkat", "getcwd", "memfd_create", "rename", "renameat", "renameat2", "fchmod",
	"fchown", "geteuid", "epoll_create1", "eventfd2", "signalfd4", NULL };

static const struct sandbox_rule rules[] = {
	/* The writer is a thread. If clone3 fails with ENOSYS, glibc uses clone, whose flags a
	 * filter can check (clone3 passes them in memory). */
	{ "clone3", .error = ENOSYS },
	{ "clone", .where = { { 0, CLONE_THREAD, CLONE_THREAD } } },
	{ "setpriority", .where = { SANDBOX_INT(0, PRIO_PROCESS), SANDBOX_INT(1, 0) } },
	{ "flock", .where = { SANDBOX_INT(1, LOCK_UN) } }, /* file_lock.h */
	/* shared_api.h */
	{ "fcntl", .where = { SANDBOX_INT(1, F_GET_SEALS) } },
	{ "ioctl", .error = ENOTTY }, /* SQLite probes for F2FS's atomic writes */
	{ .call = NULL },
};

void dbd_sandbox_enter(const char *path)
{
	struct sandbox sandbox = { calls, rules, .folder = NULL };
	char real[PATH_MAX];

	if (path && !realpath(path, real))
		log_die("the database %s no longer exists", path);
	if (path)
		sandbox.folder = dirname(real);
	sandbox_enter(&sandbox);
}
