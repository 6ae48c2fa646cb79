#include "access_log.h"

#include "log.h"
#include "response.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { TARGET_SHOWN = 1024, TARGET_SIZE = TARGET_SHOWN + sizeof("%22") };

enum { CLIENT_SIZE = INET6_ADDRSTRLEN + sizeof(":65535") };

/* "192.0.2.1:4711"; of a Unix socket, whose clients have no address, "unix". */
static void write_client(const struct sockaddr *peer, char client[CLIENT_SIZE])
{
	const struct sockaddr_in6 *v6 = (const void *)peer;
	const struct sockaddr_in *v4 = (const void *)peer;

	strcpy(client, "unix");
	if (peer->sa_family == AF_INET) {
		inet_ntop(AF_INET, &v4->sin_addr, client, INET6_ADDRSTRLEN);
		sprintf(client + strlen(client), ":%u", ntohs(v4->sin_port));
	} else if (peer->sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &v6->sin6_addr, client, INET6_ADDRSTRLEN);
		sprintf(client + strlen(client), ":%u", ntohs(v6->sin6_port));
	}
}

/* The target, cut, in a form that cannot end the quotes that it stands in. */
static void quote(struct str target, char shown[TARGET_SIZE])
{
	size_t n = 0;

	for (size_t i = 0; i < target.len && n < TARGET_SHOWN; i++) {
		if (target.ptr[i] == '"')
			n += (size_t)sprintf(shown + n, "%%22");
		else
			shown[n++] = target.ptr[i];
	}
	shown[n] = '\0';
}

void access_log_write(const struct sockaddr *peer, const struct http_request *request, int status)
{
	char client[CLIENT_SIZE];

	write_client(peer, client);
	if (!request) {
		log_info("%s - invalid request %d %s", client, status, response_reason(status));
		return;
	}
	char target[TARGET_SIZE];
	quote(request->target, target);
	log_info("%s - \"%s %s HTTP/1.%d\" %d %s", client, method_names[request->method].ptr,
		target, request->minor, status, response_reason(status));
}
