#include "served_api.h"

#include "declaration.h"
#include "rlimits.h"
#include "shared_api.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TITLE_SHOWN = 100 /* bytes */, READ_AT_ONCE = 64 * 1024 };

/* Reading the file. */

/* Reads up to the end of the file, or one byte more than a declaration may have. Returns false with
 * errno. */
static bool read_all(int fd, struct buf *text)
{
	while (buf_len(text) <= DECLARATION_MOST) {
		char *room = buf_reserve(text, READ_AT_ONCE);
		ssize_t n = room ? read(fd, room, READ_AT_ONCE) : -1;
		if (n == 0)
			return true;
		if (n > 0)
			buf_commit(text, (size_t)n);
		else if (!room || errno != EINTR)
			return false;
	}
	return true;
}

static bool read_file(const char *file, struct buf *text, struct buf *error)
{
	int fd = open(file, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	bool read = fd >= 0 && read_all(fd, text);

	if (!read)
		buf_printf(error, "--api: cannot read %s: %s", file, rlimits_strerror(errno));
	if (fd >= 0)
		close(fd);
	if (read && buf_len(text) > DECLARATION_MOST) {
		buf_printf(error, "--api: %s has more than %d bytes", file, DECLARATION_MOST);
		return false;
	}
	return read;
}

/* Returns NULL with one line in *error. */
static struct api *read_declaration(const char *file, struct buf *error)
{
	struct buf text;
	struct api *declared = NULL;

	if (!*file)
		return declaration_read(builtin_declaration, served_api_origin(file), error);
	buf_init(&text, DECLARATION_MOST + 2 * (size_t)READ_AT_ONCE);
	if (read_file(file, &text, error))
		declared = declaration_read(buf_view(&text), file, error);
	buf_done(&text);
	return declared;
}

/* Serving it. */

bool served_api_read(struct served_api *served, const char *file, struct buf *error)
{
	const struct api *declared = read_declaration(file, error);

	if (!declared)
		return false;
	served->api = declared;
	api_use(declared);
	return true;
}

bool served_api_share(struct served_api *served, struct buf *error)
{
	served->fd = shared_api_create(&served->api, 1);
	if (served->fd < 0)
		buf_printf(error, "cannot share the declared API: %s", rlimits_strerror(errno));
	return served->fd >= 0;
}

static bool is_special(const char *file)
{
	struct stat st;

	return *file && stat(file, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

/* Gives the declaration, which it frees, the numbers of the API that is served. */
static bool number(const struct served_api *served, const struct api *declared,
	struct served_api *next, struct buf *error)
{
	next->api = declaration_number_like(declared, served->api);
	declaration_free(declared);
	if (!next->api) {
		buf_printf(error, "there are no more numbers for new resources, or no memory; "
				  "restart to serve them");
		return false;
	}
	if (next->api->fingerprint == served->api->fingerprint) {
		declaration_free(next->api);
		next->api = NULL;
		return true;
	}
	if (served_api_share(next, error))
		return true;
	declaration_free(next->api);
	next->api = NULL;
	return false;
}

bool served_api_read_again(const struct served_api *served, const char *file,
	struct served_api *next, struct buf *error)
{
	*next = (struct served_api)SERVED_API_INIT;
	if (is_special(file))
		return true;
	const struct api *declared = read_declaration(file, error);
	return declared && number(served, declared, next, error);
}

void served_api_replace(struct served_api *served, const struct served_api *next)
{
	served_api_close(served);
	*served = *next;
	api_use(served->api);
}

/* Describing it. */

const char *served_api_origin(const char *file)
{
	return *file ? file : "built-in";
}

void served_api_describe(const struct served_api *served, const char *file, struct buf *out)
{
	const struct api *a = served->api;

	buf_printf(out, "API \"%.*s\" %.*s with %u resource%s, %s", TITLE_SHOWN, a->title,
		TITLE_SHOWN, a->version, a->nresources, a->nresources == 1 ? "" : "s",
		served_api_origin(file));
}

void served_api_close(struct served_api *served)
{
	if (served->fd >= 0)
		close(served->fd);
	served->fd = -1;
}
