#include "log_file.h"

#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

bool log_file_open(const char *path, struct buf *error)
{
	if (!*path)
		return true;
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0640);
	bool opened = fd >= 0 && dup2(fd, STDERR_FILENO) == STDERR_FILENO;
	if (!opened)
		buf_printf(error, "cannot open the log file %s: %s", path, strerror(errno));
	log_look();
	if (fd >= 0)
		close(fd);
	return opened;
}
