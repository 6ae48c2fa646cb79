#include "sd_notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void read_address(struct sd_notify *notify, const char *text)
{
	size_t n = text ? strlen(text) : 0;

	if (n < 2 || n >= sizeof(notify->address.sun_path) || (*text != '/' && *text != '@'))
		return;
	notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (notify->fd < 0)
		return;
	notify->address.sun_family = AF_UNIX;
	memcpy(notify->address.sun_path, text, n);
	if (*text == '@')
		notify->address.sun_path[0] = '\0';
	notify->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

/* Half of the manager's interval, as sd_watchdog_enabled(3) recommends, in milliseconds. */
static uint64_t read_watchdog(const char *microseconds, const char *pid)
{
	uint64_t interval = microseconds ? strtoull(microseconds, NULL, 10) / 2000 : 0;
	bool ours = !pid || strtol(pid, NULL, 10) == getpid();

	/* More than a day counts as no watchdog. */
	return ours && interval < UINT64_C(24) * 60 * 60 * 1000 ? interval : 0;
}

void sd_notify_open(struct sd_notify *notify)
{
	*notify = (struct sd_notify){ .fd = -1 };
	read_address(notify, getenv("NOTIFY_SOCKET"));
	if (notify->size > 0)
		notify->watchdog = read_watchdog(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
}

void sd_notify_close(struct sd_notify *notify)
{
	if (notify->size > 0)
		close(notify->fd);
	notify->size = 0;
}

bool sd_notify_send(const struct sd_notify *notify, struct str lines)
{
	if (notify->size == 0)
		return true;
	ssize_t sent = sendto(notify->fd, lines.ptr, lines.len, MSG_NOSIGNAL,
		(const struct sockaddr *)&notify->address, notify->size);
	return sent >= 0 || (errno != EAGAIN && errno != ENOBUFS);
}
