#include "access_log.h"

#include "log.h"
#include "response.h"

#include <arpa/inet.h>
#include <time.h>

/* Most bytes of each part that a client controls. A struct line has room for all of them and the
 * rest. */
enum { TARGET_MOST = 1024, FIELD_MOST = 512 };

/* The cached start of a line. It is valid for a millisecond, or in Apache's format for a second. */
static struct {
	int64_t made;
	enum log_format format;
	size_t priority; /* length of the priority prefix, which changes when the log is reopened */
	struct line line;
} start = { .made = -1 };

static void write_clf_time(struct line *line, const struct timespec *now)
{
	char text[sizeof("[31/Jan/2026:12:00:00 +0000] ")];
	struct tm utc;

	gmtime_r(&now->tv_sec, &utc);
	line_str(line,
		(struct str){ text, strftime(text, sizeof(text), "[%d/%b/%Y:%T +0000] ", &utc) });
}

static struct str start_of(enum log_format format)
{
	bool clf = format == LOG_FORMAT_COMBINED;
	size_t priority = log_priority(LOG_LEVEL_INFO).len;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	int64_t made = clf ? now.tv_sec : now.tv_sec * 1000 + now.tv_nsec / 1000000;
	if (made != start.made || format != start.format || priority != start.priority) {
		start.made = made;
		start.format = format;
		start.priority = priority;
		start.line.len = 0;
		if (clf)
			write_clf_time(&start.line, &now);
		else
			log_begin(&start.line, LOG_LEVEL_INFO);
	}
	return (struct str){ start.line.text, start.line.len };
}

static void write_v4(struct line *line, const struct in_addr *address)
{
	const unsigned char *bytes = (const void *)address;

	for (int i = 0; i < 4; i++) {
		if (i > 0)
			line_str(line, STR("."));
		line_int(line, bytes[i]);
	}
}

/* Writes the address of the client and returns its port. The port is 0, as in uvicorn, if a proxy
 * named the client, and -1 on a Unix socket, whose clients have no address. */
static int write_address(struct line *line, const struct access *a)
{
	const struct sockaddr *peer = a->peer;
	const struct sockaddr_in6 *v6 = (const void *)peer;
	const struct sockaddr_in *v4 = (const void *)peer;
	char name[INET6_ADDRSTRLEN];

	if (a->client.len > 0) {
		line_str(line, a->client);
		return 0;
	}
	if (peer->sa_family == AF_INET) {
		write_v4(line, &v4->sin_addr);
		return ntohs(v4->sin_port);
	}
	if (peer->sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &v6->sin6_addr, name, sizeof(name));
		line_str(line, str_from(name));
		return ntohs(v6->sin6_port);
	}
	line_str(line, STR("unix"));
	return -1;
}

static void write_client(struct line *line, const struct access *a)
{
	int port = write_address(line, a);

	if (port < 0)
		return;
	line_str(line, STR(":"));
	line_int(line, port);
}

static void write_request_line(
	struct line *line, const struct http_request *request, enum line_escape how)
{
	line_str(line, method_names[request->method]);
	line_str(line, STR(" "));
	line_escape(line, request->target, TARGET_MOST, how);
	line_str(line, request->minor > 0 ? STR(" HTTP/1.1") : STR(" HTTP/1.0"));
}

static void write_text(struct line *line, const struct access *a, struct arena *arena)
{
	(void)arena;
	line_str(line, start_of(LOG_FORMAT_TEXT));
	write_client(line, a);
	if (a->request) {
		line_str(line, STR(" - \""));
		write_request_line(line, a->request, LINE_TARGET);
		line_str(line, STR("\" "));
	} else {
		line_str(line, STR(" - invalid request "));
	}
	line_int(line, a->status);
	line_str(line, STR(" "));
	line_str(line, str_from(response_reason(a->status)));
	if (a->request) {
		line_str(line, STR(" "));
		line_ms(line, a->ns);
		line_str(line, STR("ms"));
	}
	if (a->id.len > 0) {
		line_str(line, STR(" "));
		line_str(line, a->id);
	}
	line_str(line, STR("\n"));
}

/* Writes ,"name":"value" if the field is present. */
static void write_json_field(struct line *line, const struct http_request *request,
	enum http_field field, struct str name, struct arena *arena)
{
	if (!(request->fields.seen & field))
		return;
	line_str(line, STR(",\""));
	line_str(line, name);
	line_str(line, STR("\":\""));
	line_escape(line, http_field(&request->fields, field, arena), FIELD_MOST, LINE_JSON);
	line_str(line, STR("\""));
}

static void write_json_request(struct line *line, const struct access *a, struct arena *arena)
{
	const struct http_request *request = a->request;

	line_str(line, STR(",\"duration_ms\":"));
	line_ms(line, a->ns);
	line_str(line, STR(",\"method\":\""));
	line_str(line, method_names[request->method]);
	line_str(line, STR("\",\"target\":\""));
	line_escape(line, request->target, TARGET_MOST, LINE_JSON);
	line_str(line, request->minor > 0 ? STR("\",\"http_version\":\"1.1\"")
					  : STR("\",\"http_version\":\"1.0\""));
	write_json_field(line, request, HTTP_USER_AGENT, STR("user_agent"), arena);
	write_json_field(line, request, HTTP_REFERER, STR("referer"), arena);
}

static void write_json(struct line *line, const struct access *a, struct arena *arena)
{
	line_str(line, start_of(LOG_FORMAT_JSON));
	line_str(line, a->request ? STR("request\",\"client\":\"")
				  : STR("invalid request\",\"client\":\""));
	write_client(line, a);
	line_str(line, STR("\""));
	line_str(line, STR(",\"status\":"));
	line_int(line, a->status);
	if (a->request)
		write_json_request(line, a, arena);
	if (a->id.len > 0) {
		line_str(line, STR(",\"request_id\":\""));
		line_str(line, a->id);
		line_str(line, STR("\""));
	}
	if (a->bytes >= 0) {
		line_str(line, STR(",\"bytes\":"));
		line_int(line, a->bytes);
	}
	line_str(line, STR("}\n"));
}

/* Writes the value of the field in quotes; "-" if it is absent. */
static void write_combined_field(struct line *line, const struct http_request *request,
	enum http_field field, struct arena *arena)
{
	struct str value = STR("-");

	if (request && request->fields.seen & field)
		value = http_field(&request->fields, field, arena);
	line_str(line, STR(" \""));
	line_escape(line, value, FIELD_MOST, LINE_APACHE);
	line_str(line, STR("\""));
}

static void write_combined(struct line *line, const struct access *a, struct arena *arena)
{
	line_str(line, log_priority(LOG_LEVEL_INFO));
	write_address(line, a);
	line_str(line, STR(" - - "));
	line_str(line, start_of(LOG_FORMAT_COMBINED));
	line_str(line, STR("\""));
	if (a->request)
		write_request_line(line, a->request, LINE_APACHE);
	else
		line_str(line, STR("-"));
	line_str(line, STR("\" "));
	line_int(line, a->status);
	line_str(line, STR(" "));
	if (a->bytes > 0)
		line_int(line, a->bytes);
	else
		line_str(line, STR("-"));
	write_combined_field(line, a->request, HTTP_REFERER, arena);
	write_combined_field(line, a->request, HTTP_USER_AGENT, arena);
	line_str(line, STR("\n"));
}

void access_log_write(const struct access *access, struct arena *arena)
{
	static void (*const writers[])(
		struct line * line, const struct access *a, struct arena *arena) = {
		[LOG_FORMAT_TEXT] = write_text,
		[LOG_FORMAT_JSON] = write_json,
		[LOG_FORMAT_COMBINED] = write_combined,
	};
	struct line line;

	if (!log_writes(LOG_LEVEL_INFO))
		return;
	line.len = 0;
	writers[log_format()](&line, access, arena);
	log_append(&line);
}
