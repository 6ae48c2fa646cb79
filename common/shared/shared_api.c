#include "shared_api.h"

#include "declaration.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
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

static void write_all_of(struct buf *text, const struct api *const *list, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (i > 0)
			buf_char(text, '\0');
		declaration_write_brief(text, list[i]);
	}
}

int shared_api_create(const struct api *const *list, unsigned count)
{
	struct buf text;
	int fd = -1;

	buf_init(&text, count * (size_t)DECLARATION_CANONICAL_MOST);
	write_all_of(&text, list, count);
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

static bool read_one(struct str text, struct shared_apis *apis, struct buf *error)
{
	const struct api *read = declaration_read_canonical(text, "the declared API", error);
	const struct api **list =
		read ? realloc(apis->list, (apis->count + 1) * sizeof(struct api *)) : NULL;

	if (list) {
		apis->list = list;
		list[apis->count++] = read;
		return true;
	}
	if (read)
		buf_printf(error, "out of memory");
	declaration_free(read);
	return false;
}

/* Reads the texts, between which there are NULs: JSON has none. */
static bool read_each(struct str text, struct shared_apis *apis, struct buf *error)
{
	for (;;) {
		const char *end = memchr(text.ptr, '\0', text.len);
		size_t len = end ? (size_t)(end - text.ptr) : text.len;
		if (!read_one((struct str){ text.ptr, len }, apis, error))
			return false;
		if (!end)
			return true;
		text = str_from_index(text, len + 1);
	}
}

bool shared_api_read(int fd, struct shared_apis *ret, struct buf *error)
{
	struct stat st;

	*ret = (struct shared_apis){ 0 };
	if (!is_sealed(fd) || fstat(fd, &st) < 0 || st.st_size == 0) {
		buf_printf(error, "it is not sealed, or empty");
		return false;
	}
	size_t size = (size_t)st.st_size;
	void *text = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED) {
		buf_printf(error, "cannot map it: %s", strerror(errno));
		return false;
	}
	bool fine = read_each((struct str){ text, size }, ret, error);
	munmap(text, size);
	if (!fine)
		shared_api_free(ret);
	return fine;
}

const struct api *shared_api_read_one(int fd, struct buf *error)
{
	struct shared_apis apis;
	const struct api *only;

	if (!shared_api_read(fd, &apis, error))
		return NULL;
	if (apis.count > 1) {
		buf_printf(error, "it has %u declarations", apis.count);
		shared_api_free(&apis);
		return NULL;
	}
	only = apis.list[0];
	free(apis.list);
	return only;
}

void shared_api_free(struct shared_apis *apis)
{
	for (unsigned i = 0; i < apis->count; i++)
		declaration_free(apis->list[i]);
	free(apis->list);
	*apis = (struct shared_apis){ 0 };
}
