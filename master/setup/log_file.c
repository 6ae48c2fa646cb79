#include "log_file.h"

#include "log.h"
#include "rlimits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ENXIO means a FIFO without a reader (fifo(7)), or a special file without a device. */
static const char *reason(const char *path, int error)
{
	struct stat st;

	if (error == ENXIO && stat(path, &st) == 0 && S_ISFIFO(st.st_mode))
		return "the FIFO has no reader; start one first";
	return rlimits_strerror(error);
}

/* O_NONBLOCK: otherwise open(2) waits for the reader of a FIFO, the carrier of a serial line or the
 * holder of a lease. Writes to them do not block then either. Regular files ignore it. */
bool log_file_open(const char *path, struct buf *error)
{
	if (!*path)
		return true;
	int fd =
		open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640);
	bool opened = fd >= 0 && dup2(fd, STDERR_FILENO) == STDERR_FILENO;
	if (!opened)
		buf_printf(error, "cannot open the log file %s: %s", path, reason(path, errno));
	log_look();
	if (fd >= 0)
		close(fd);
	return opened;
}
