#include "session.h"

#include "channel.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { IN_MAX = 1024 * 1024, CHUNK = 16 * 1024 /* bytes */ };

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = -1;

	errno = ENAMETOOLONG;
	if (strlen(path) < sizeof(address.sun_path))
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	memcpy(address.sun_path, path, strlen(path));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

static const char *remedy(int error)
{
	switch (error) {
	case ENOENT:
	case ECONNREFUSED:
		return "; is Postern running with this --control? use --socket or POSTERN_CONTROL "
		       "for another path";
	case EACCES:
		return "; run this as root or as Postern's user";
	default:
		return "";
	}
}

bool session_begin(struct session *session, const char *path, const char *request, int passed)
{
	*session = (struct session){ .fd = connect_to(path), .file = -1 };
	if (session->fd < 0) {
		int why = errno;
		fprintf(stderr, "posternctl: %s: %s%s\n", path, strerror(why), remedy(why));
		return false;
	}
	buf_init(&session->in, IN_MAX);
	/* Errors are ignored: a server that has refused and closed has sent the reason before. */
	(void)channel_send(session->fd, request, strlen(request), passed);
	return true;
}

/* Returns false at the end of the connection, and on errors. */
static bool receive(struct session *session)
{
	struct pollfd ready = { .fd = session->fd, .events = POLLIN };
	char *room = buf_reserve(&session->in, CHUNK);
	int passed;

	if (!room)
		return false;
	while (poll(&ready, 1, -1) < 0 && errno == EINTR)
		;
	ssize_t n = channel_receive(session->fd, room, CHUNK, &passed);
	if (passed >= 0 && session->file >= 0)
		close(passed);
	else if (passed >= 0)
		session->file = passed;
	if (n > 0)
		buf_commit(&session->in, (size_t)n);
	return n > 0;
}

bool session_next(struct session *session, struct str *line)
{
	buf_consume(&session->in, session->line_size);
	session->line_size = 0;
	do {
		struct str in = buf_view(&session->in);
		const char *end = memchr(in.ptr, '\n', in.len);
		if (!end)
			continue;
		*line = (struct str){ in.ptr, (size_t)(end - in.ptr) };
		session->line_size = line->len + 1;
		return true;
	} while (receive(session));
	return false;
}

/* Takes a line that is not the last one. */
static void take_line(struct str line, struct buf *lines)
{
	if (lines) {
		buf_str(lines, line);
		buf_char(lines, '\n');
	} else if (isatty(STDERR_FILENO)) {
		fprintf(stderr, "%.*s\n", STR_ARGS(line));
	}
}

bool session_await_ok(struct session *session, struct str *text, struct buf *lines)
{
	struct str line;

	while (session_next(session, &line)) {
		if (str_equal(line, STR("ok")) || str_starts(line, STR("ok "))) {
			*text = str_from_index(line, line.len > 3 ? 3 : line.len);
			return true;
		}
		if (str_starts(line, STR("error "))) {
			line = str_from_index(line, strlen("error "));
			fprintf(stderr, "posternctl: %.*s\n", STR_ARGS(line));
			return false;
		}
		take_line(line, lines);
	}
	fprintf(stderr, "posternctl: Postern closed the connection without an answer\n");
	return false;
}

void session_end(struct session *session)
{
	if (session->file >= 0)
		close(session->file);
	close(session->fd);
	buf_done(&session->in);
}
