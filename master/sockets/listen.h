/*
 * The listening sockets of the master: for HTTP, opened here on an address or a path or inherited
 * (activation.h); for health and metrics; and for posternctl.
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
	const char *path; /* of a socket file that listeners_close removes, borrowed; NULL: none */
	struct stat made; /* that file, when it was made */
};

/* Closes the descriptors, and removes the socket file unless another file has replaced it. Does
 * nothing if they are closed. */
void listeners_close(struct listeners *listeners);

/* Appends the addresses: "http://127.0.0.1:8000 and unix:/run/postern.sock". */
void listeners_write(const struct listeners *listeners, struct buf *out);

struct addrinfo;

/* Resolves host and port for a listener. Returns 0 or an error of getaddrinfo(3). The caller frees
 * *addresses with freeaddrinfo(3). */
int listen_find(const char *host, long port, struct addrinfo **addresses);

/* Listens on a host (an IPv4 address, an IPv6 address without brackets, or a name, of whose
 * addresses an IPv4 one is preferred) and a port (0: the kernel chooses one). "::" accepts IPv4
 * too. The socket is CLOEXEC and non-blocking; accepted connections have TCP_NODELAY. Waits up to
 * half a second for an address in use. Returns the descriptor, which the caller closes, or -1 with
 * a clause in *error that names the address and a remedy. */
int listen_http(const char *host, long port, long backlog, struct buf *error);

/* The two steps of listen_http. listen_resolve asks the resolver, which may take minutes; it
 * returns NULL with the reason in *error, or addresses that the caller frees with freeaddrinfo(3).
 * listen_on waits for nothing but an address in use. */
struct addrinfo *listen_resolve(const char *host, long port, struct buf *error);
int listen_on(const struct addrinfo *addresses, const char *host, long port, long backlog,
	struct buf *error);

/* Listens at a path, on a Unix stream socket as the only listener. Users who may enter the folder
 * can connect as far as the mode permits. Replaces a socket file without a listener, and waits for
 * one in use as listen_http does. path is borrowed until listeners_close. Returns false with a
 * clause in *error. */
bool listen_unix(struct listeners *listeners, const char *path, mode_t mode, long backlog,
	struct buf *error) __attribute__((warn_unused_result));

/* Listens for health and metrics, on an address as of SETTING_SOCKET: ADDRESS:PORT, or a path,
 * which is borrowed and gets mode 0660. Returns false with a clause in *error. */
bool listen_admin(struct listeners *listeners, const char *address, struct buf *error)
	__attribute__((warn_unused_result));

/* Appends the address of a listener: "http://127.0.0.1:8000" or "unix:/run/postern.sock". */
void listen_write_url(int fd, struct buf *out);

#endif
