#include "log_file.h"

#include "log.h"
#include "rlimits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of a FIFO the kernel says ENXIO (fifo(7)), of other special files that there is no device. */
static const char *why_not(const char *path, int error)
{
	struct stat st;

	if (error == ENXIO && stat(path, &st) == 0 && S_ISFIFO(st.st_mode))
		return "nobody reads the FIFO; start its reader first";
	return rlimits_strerror(error);
}

/* Without O_NONBLOCK a FIFO waits for its reader, a serial line for its carrier, a leased file for
 * its holder. It also keeps writes to them from blocking; a regular file does not heed it. */
bool log_file_open(const char *path, struct buf *error)
{
	if (!*path)
		return true;
	int fd =
		open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640);
	bool opened = fd >= 0 && dup2(fd, STDERR_FILENO) == STDERR_FILENO;
	if (!opened)
		buf_printf(error, "cannot open the log file %s: %s", path, why_not(path, errno));
	log_look();
	if (fd >= 0)
		close(fd);
	return opened;
}
