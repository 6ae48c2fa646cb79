#include "pg_sandbox.h"

#include "arena.h"
#include "log.h"
#include "postgres_url.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sockios.h>
#include <pwd.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Reading files; connecting (libpq, TLS and the resolver, whose sendmmsg asks for both kinds of
 * address); waiting for SIGPIPE, which libpq blocks; memfd_create for plans; the event loop. */
static const char *const calls[] = { "open", "openat", "lseek", "pread64", "stat", "lstat", "fstat",
	"newfstatat", "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat",
	"uname", "getuid", "geteuid", "getgid", "getegid", "connect", "setsockopt", "getsockname",
	"getpeername", "getdents64", "sendmmsg", "rt_sigpending", "rt_sigtimedwait", "memfd_create",
	"epoll_create1", "eventfd2", "signalfd4", NULL };

static const struct sandbox_rule rules[] = {
	/* Threads: see dbd_sandbox.c. */
	{ "clone3", .error = ENOSYS },
	{ "clone", .where = { { 0, CLONE_THREAD, CLONE_THREAD } } },
	{ "setpriority", .where = { SANDBOX_INT(0, PRIO_PROCESS), SANDBOX_INT(1, 0) } },
	{ "socket", .where = { SANDBOX_INT(0, AF_UNIX) } },
	{ "socket", .where = { SANDBOX_INT(0, AF_INET) } },
	{ "socket", .where = { SANDBOX_INT(0, AF_INET6) } },
	/* getaddrinfo asks which kinds of address this machine has; without an answer it assumes
	 * both. */
	{ "socket", .error = EAFNOSUPPORT, .where = { SANDBOX_INT(0, AF_NETLINK) } },
	{ "ioctl", .where = { SANDBOX_INT(1, FIONREAD) } }, /* the resolver */
	/* A library that is loaded late is treated as missing. */
	{ "mmap", .error = EACCES, .where = { { 2, PROT_EXEC, PROT_EXEC } } },
	/* The loop watches a duplicate of libpq's socket (pg_link.c). */
	{ "fcntl", .where = { SANDBOX_INT(1, F_DUPFD_CLOEXEC) } },
	/* shared_api.h */
	{ "fcntl", .where = { SANDBOX_INT(1, F_GET_SEALS) } },
	{ .call = NULL },
};

enum { PATHS_MAX = 64, PORTS_MAX = 128, PORT_DEFAULT = 5432, PORT_DNS = 53 };

/* Files. */

/* Files in /etc, such as resolv.conf, are replaced by others of the same name, which a rule for one
 * file would not cover. Certificates in /etc are links into the others. */
static const char *const folders[] = { "/etc", "/usr/lib/ssl", "/usr/share/ca-certificates",
	"/usr/local/share/ca-certificates", "/usr/share/zoneinfo" };

/* Parameters that name files or folders. */
static const char *const file_options[] = { "passfile", "sslrootcert", "sslcert", "sslkey",
	"sslcrl", "sslcrldir" };

/* libpq's variables that are no parameters (PostgreSQL 15 Documentation, 34.15), and OpenSSL's. */
static const char *const file_variables[] = { "PGSERVICEFILE", "PGSYSCONFDIR", "PGLOCALEDIR",
	"SSL_CERT_FILE", "SSL_CERT_DIR" };

static const char *const files_in_home[] = { ".pgpass", ".pg_service.conf", ".postgresql" };

struct paths {
	struct arena arena;
	const char *list[PATHS_MAX + 1]; /* ends with NULL */
	unsigned count;
	const char *home; /* "": unknown */
};

static void add_path(struct paths *paths, const char *path)
{
	if (paths->count < PATHS_MAX)
		paths->list[paths->count++] = path;
}

/* Adds the folder of a file. Root and the home hold more than what is meant. */
static void add_folder_of(struct paths *paths, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct str folder = { path, slash ? (size_t)(slash - path) : 0 };

	if (folder.len > 0 && !str_equal(folder, str_from(paths->home)))
		add_path(paths, arena_copy(&paths->arena, folder).ptr);
}

/* The file may be a link: certificates are renewed by a change of what it leads to. */
static void add_named(struct paths *paths, const char *path)
{
	char real[PATH_MAX];

	if (!path || !*path)
		return;
	add_path(paths, path);
	add_folder_of(paths, path);
	if (realpath(path, real))
		add_folder_of(paths, real);
}

static const char *find_home(struct arena *arena)
{
	const char *home = getenv("HOME");
	const struct passwd *user = home ? NULL : getpwuid(geteuid());

	if (user)
		home = user->pw_dir;
	return home ? arena_copy(arena, str_from(home)).ptr : "";
}

static void collect_paths(struct paths *paths, const struct database_url *url)
{
	paths->home = find_home(&paths->arena);
	for (size_t i = 0; i < NITEMS(folders); i++)
		add_path(paths, folders[i]);
	add_named(paths, "/etc/resolv.conf");
	for (size_t i = 0; i < NITEMS(file_options); i++)
		add_named(paths, postgres_url_given(url, file_options[i]));
	for (size_t i = 0; i < NITEMS(file_variables); i++)
		add_named(paths, getenv(file_variables[i]));
	for (size_t i = 0; *paths->home && i < NITEMS(files_in_home); i++)
		add_path(paths,
			arena_printf(&paths->arena, "%s/%s", paths->home, files_in_home[i]).ptr);
}

/* Ports. */

/* The ports of the list, of which an empty part is the default; ends with 0. */
static void collect_ports(uint16_t *ports, const char *list)
{
	unsigned count = 0;

	ports[count++] = PORT_DNS; /* for answers that are too long for a datagram */
	for (bool more = true; more && count < PORTS_MAX; list += more) {
		size_t length = strcspn(list, ",");
		ports[count++] = length > 0 ? (uint16_t)strtoul(list, NULL, 10) : PORT_DEFAULT;
		list += length;
		more = *list == ',';
	}
	ports[count] = 0;
}

void pg_sandbox_enter(const struct database_url *url)
{
	const char *port = postgres_url_given(url, "port");
	struct paths paths = { .count = 0 };
	uint16_t ports[PORTS_MAX + 1];

	collect_paths(&paths, url);
	collect_ports(ports, port ? port : "");
	sandbox_enter(&(struct sandbox){
		.calls = calls,
		.rules = rules,
		.readable = paths.list,
		.ports = ports,
		.any_port = postgres_url_given(url, "service") != NULL,
	});
	arena_done(&paths.arena);
}
