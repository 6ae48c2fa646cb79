#include "shared_api.h"

#include "declaration.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL };

static bool write_all(int fd, struct str text)
{
	while (text.len > 0) {
		ssize_t n = write(fd, text.ptr, text.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text = str_from_index(text, (size_t)n);
	}
	return true;
}

/* Returns the sealed file with this text, or -1 with errno. */
static int seal_text(struct str text)
{
	int fd = memfd_create("postern-api", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (write_all(fd, text) && fcntl(fd, F_ADD_SEALS, SEALS) == 0)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

int shared_api_create(const struct api *served)
{
	struct buf text;
	int fd = -1;

	buf_init(&text, DECLARATION_CANONICAL_MOST);
	declaration_write_brief(&text, served);
	errno = ENOMEM;
	if (!text.failed)
		fd = seal_text(buf_view(&text));
	int error = errno;
	buf_done(&text);
	errno = error;
	return fd;
}

/* A file that can still be changed is not the master's. */
static bool is_sealed(int fd)
{
	return fcntl(fd, F_GET_SEALS) == SEALS;
}

const struct api *shared_api_read(int fd, struct buf *error)
{
	struct stat st;

	if (!is_sealed(fd) || fstat(fd, &st) < 0 || st.st_size == 0) {
		buf_printf(error, "it is not sealed, or empty");
		return NULL;
	}
	size_t size = (size_t)st.st_size;
	void *text = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED) {
		buf_printf(error, "cannot map it: %s", strerror(errno));
		return NULL;
	}
	const struct api *served =
		declaration_read_canonical((struct str){ text, size }, "the declared API", error);
	munmap(text, size);
	return served;
}
