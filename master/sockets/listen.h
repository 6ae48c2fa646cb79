/*
 * The listening sockets: for HTTP one that is opened here, at an address or at a path, or those
 * that were opened by who started the master (activation.h); and that for health and metrics.
 */
#ifndef POSTERN_LISTEN_H
#define POSTERN_LISTEN_H

#include "buf.h"
#include "process.h"

#include <sys/stat.h>

/* All zero: none. */
struct listeners {
	int fds[LISTENERS_MAX];
	unsigned count;
	const char *path; /* of a socket file that we made, and are to remove; NULL: none */
	struct stat made; /* that file */
};

/* Closes all, and removes the socket file unless somebody has put another in its place. Once that
 * is done it does nothing. */
void listeners_close(struct listeners *listeners);

/* Appends where they listen: "http://127.0.0.1:8000 and unix:/run/postern.sock". */
void listeners_write(const struct listeners *listeners, struct buf *out);

struct addrinfo;

/* Resolves host and port as listen_http does. Returns getaddrinfo(3)'s status; *addresses is the
 * caller's to free. */
int listen_find(const char *host, long port, struct addrinfo **addresses);

/* Listens on host (an IPv4 or IPv6 address without brackets, or a name; of a name's addresses an
 * IPv4 one is preferred) and port (0: a free one). "::" takes IPv4 too. The socket is CLOEXEC and
 * non-blocking; what it accepts has TCP_NODELAY. An address in use is waited for, for half a
 * second. Returns the fd, or -1 and *error has got a clause that names the address and the remedy.
 */
int listen_http(const char *host, long port, long backlog, struct buf *error);

/* The two steps of listen_http. The first one asks the resolver, which may take minutes; NULL:
 * *error says why. The second one does not wait for others beyond that half second. */
struct addrinfo *listen_resolve(const char *host, long port, struct buf *error);
int listen_on(const struct addrinfo *addresses, const char *host, long port, long backlog,
	struct buf *error);

/* The same at a path, as the only listener: a Unix stream socket that may be connected to as its
 * mode says, by who may enter its folder. A socket file that nobody listens at is replaced. The
 * path is borrowed. False: *error as above. */
bool listen_unix(struct listeners *listeners, const char *path, mode_t mode, long backlog,
	struct buf *error) __attribute__((warn_unused_result));

/* The same for health and metrics, on an address as SETTING_SOCKET has it; of a Unix socket the
 * mode is 0660. */
bool listen_admin(struct listeners *listeners, const char *address, struct buf *error)
	__attribute__((warn_unused_result));

/* Appends where it listens, as "http://127.0.0.1:8000" or "unix:/run/postern.sock". */
void listen_write_url(int fd, struct buf *out);

#endif
