#include "config.h"

#include "database_url.h"
#include "exit_status.h"
#include "networks.h"
#include "origins.h"

#include <stddef.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/un.h>

enum { MEBIBYTE = 1024 * 1024, DAY = 24 * 60 * 60, CONNECTIONS_MAX = 1000 * 1000 };

#define AT(member) .offset = offsetof(struct settings, member)

/* clang-format off */
const struct setting config_settings[CONFIG_SETTINGS] = {
	{ "host", "HOST", SETTING_TEXT, AT(host), "127.0.0.1", .unit = "ADDRESS",
		.help = "IPv4 or IPv6 address, or name, to listen on" },
	{ "port", "PORT", SETTING_NUMBER, AT(port), "8000", 0, 65535, "NUMBER",
		"port to listen on; 0: a free port" },
	{ "workers", "WEB_CONCURRENCY", SETTING_COUNT, AT(workers), "auto", 1, WORKERS_MAX,
		"NUMBER", "worker processes; auto: one per usable CPU, at most 8" },
	{ "database-url", "DATABASE_URL", SETTING_URL, AT(database_url), .unit = "URL",
		.help =
		"sqlite:////absolute/path, sqlite:///relative/path, sqlite:// for memory, or "
		"postgresql://user@host/database" },
	{ "timeout-database", "POSTERN_TIMEOUT_DATABASE", SETTING_NUMBER, AT(timeout_database),
		"30", 0, DAY, "SECONDS",
		"longest time that a start waits for the server of a PostgreSQL database" },
	{ "reader-threads", "POSTERN_READER_THREADS", SETTING_COUNT, AT(reader_threads), "auto", 0,
		READERS_MAX, "NUMBER",
		"threads that read rows from an SQLite file, beside dbd's main thread; auto: by CPUs "
		"and workers, none on one or two CPUs" },
	{ "api", "POSTERN_API", SETTING_OPTION, AT(api), "", .unit = "FILE",
		.help = "file that declares the API; empty: the built-in users and posts" },
	{ "log-level", "LOG_LEVEL", SETTING_LEVEL, AT(log_level), "info", .unit = "LEVEL",
		.help = "least urgent level to log: critical, error, warning, info or debug" },
	{ "access-log", "POSTERN_ACCESS_LOG", SETTING_SWITCH, AT(access_log), "on",
		.help = "log one line per request, or not" },
	{ "timeout-keep-alive", "POSTERN_TIMEOUT_KEEP_ALIVE", SETTING_NUMBER,
		AT(timeout_keep_alive), "5", 1, DAY, "SECONDS",
		"close a connection that has been idle for this long" },
	{ "timeout-header", "POSTERN_TIMEOUT_HEADER", SETTING_NUMBER, AT(timeout_header), "10",
		1, DAY, "SECONDS",
		"longest time to receive the head of a request; 408 after that" },
	{ "timeout-body", "POSTERN_TIMEOUT_BODY", SETTING_NUMBER, AT(timeout_body), "30",
		1, DAY, "SECONDS",
		"longest time to receive the body after the head; 408 after that" },
	{ "timeout-graceful-shutdown", "POSTERN_TIMEOUT_GRACEFUL_SHUTDOWN", SETTING_NUMBER,
		AT(timeout_graceful_shutdown), "8", 1, DAY, "SECONDS",
		"longest time for running requests to finish when a process stops" },
	{ "limit-body", "POSTERN_LIMIT_BODY", SETTING_NUMBER, AT(limit_body), "1052672",
		1, 48L * MEBIBYTE, "BYTES",
		"largest request body; 413 above it (default: 1 MiB of text, 4 KiB of JSON)" },
	{ "backlog", "POSTERN_BACKLOG", SETTING_NUMBER, AT(backlog), "2048", 1, 65535, "NUMBER",
		"connections that may wait to be accepted" },
	{ "limit-max-requests", "POSTERN_LIMIT_MAX_REQUESTS", SETTING_NUMBER,
		AT(limit_max_requests), "0", 0, 1000L * 1000 * 1000, "NUMBER",
		"replace a worker after this many requests, or up to a tenth more; 0: never" },
	{ "cache-size", "POSTERN_CACHE_SIZE", SETTING_NUMBER, AT(cache_size), "16777216", 0,
		1024L * MEBIBYTE, "BYTES", "size of each worker's cache of answers; 0: no cache" },
	{ "cache-age", "POSTERN_CACHE_AGE", SETTING_NUMBER, AT(cache_age), "0", 0, DAY * 1000L,
		"MILLISECONDS",
		"with PostgreSQL: answer from the cache for this long without asking it; 0: never" },
	{ "timeout-watchdog", "POSTERN_TIMEOUT_WATCHDOG", SETTING_NUMBER, AT(timeout_watchdog),
		"10", 0, DAY, "SECONDS",
		"abort and replace a process that hangs for this long; 0: never" },
	{ "log-file", "POSTERN_LOG_FILE", SETTING_OPTION, AT(log_file), "", .unit = "FILE",
		.help = "log to this file, which USR1 reopens; empty: to stderr" },
	{ "sandbox", "POSTERN_SANDBOX", SETTING_SWITCH, AT(sandbox), "on",
		.help = "confine workers and dbd to the files and system calls they need, or not" },
	{ "user", "POSTERN_USER", SETTING_OPTION, AT(user), "", .unit = "NAME",
		.help =
		"if started as root, become this user (name or number) once the port is open" },
	{ "group", "POSTERN_GROUP", SETTING_OPTION, AT(group), "", .unit = "NAME",
		.help = "if started as root, become this group; empty: the user's own" },
	{ "limit-connections", "POSTERN_LIMIT_CONNECTIONS", SETTING_NUMBER, AT(limit_connections),
		"0", 0, CONNECTIONS_MAX, "NUMBER",
		"connections of a worker; more wait or replace idle ones; 0: as many as possible" },
	{ "limit-connections-per-address", "POSTERN_LIMIT_CONNECTIONS_PER_ADDRESS", SETTING_NUMBER,
		AT(limit_connections_per_address), "0", 0, CONNECTIONS_MAX, "NUMBER",
		"connections of a worker from an IPv4 address or IPv6 /64; then 503; 0: no limit" },
	{ "limit-concurrency", "POSTERN_LIMIT_CONCURRENCY", SETTING_NUMBER, AT(limit_concurrency),
		"0", 0, CONNECTIONS_MAX, "NUMBER",
		"answer 503 while a worker has more connections than this; 0: no limit" },
	{ "gzip", "POSTERN_GZIP", SETTING_SWITCH, AT(gzip), "on",
		.help = "compress answers of 1 KiB and more for clients that accept gzip, or not" },
	{ "cors-allow-origin", "POSTERN_CORS_ALLOW_ORIGIN", SETTING_ORIGINS, AT(cors_allow_origin),
		"", .unit = "ORIGINS",
		.help = "allow scripts of these origins to call the API: https://app.example, … or *" },
	{ "cors-allow-credentials", "POSTERN_CORS_ALLOW_CREDENTIALS", SETTING_SWITCH,
		AT(cors_allow_credentials), "off",
		.help = "allow these scripts to send cookies and HTTP authentication, or not" },
	{ "cors-allow-private-network", "POSTERN_CORS_ALLOW_PRIVATE_NETWORK", SETTING_SWITCH,
		AT(cors_allow_private_network), "off",
		.help = "allow pages of public sites to call this server in a private network, or not" },
	{ "uds", "POSTERN_UDS", SETTING_OPTION, AT(uds), "", .unit = "PATH",
		.help = "Unix socket to listen on instead of host and port" },
	{ "docs", "POSTERN_DOCS", SETTING_SWITCH, AT(docs), "on",
		.help = "serve /docs, /redoc and /openapi.json, or not" },
	{ "admin", "POSTERN_ADMIN", SETTING_SOCKET, AT(admin), "", .unit = "ADDRESS",
		.help =
		"serve health and metrics at 127.0.0.1:9100, [::1]:9100 or a Unix socket's path" },
	{ "control", "POSTERN_CONTROL", SETTING_OPTION, AT(control), "", .unit = "PATH",
		.help = "path of the Unix socket (mode 0600) for posternctl; empty: none" },
	{ "request-id", "POSTERN_REQUEST_ID", SETTING_SWITCH, AT(request_id), "on",
		.help = "add the request's X-Request-ID, or a new id, to answer and log, or not" },
	{ "log-format", "POSTERN_LOG_FORMAT", SETTING_FORMAT, AT(log_format), "text",
		.unit = "FORMAT",
		.help =
		"text, json (one object per line) or combined (requests in Apache's format)" },
	{ "root-path", "POSTERN_ROOT_PATH", SETTING_PATH, AT(root_path), "", .unit = "PATH",
		.help =
		"prefix at which a proxy publishes this server, whether it strips it or not" },
	{ "proxy-headers", "POSTERN_PROXY_HEADERS", SETTING_SWITCH, AT(proxy_headers), "on",
		.help =
		"trust X-Forwarded-For and X-Forwarded-Proto from trusted proxies, or not" },
	{ "forwarded-allow-ips", "FORWARDED_ALLOW_IPS", SETTING_NETWORKS, AT(forwarded_allow_ips),
		"127.0.0.1", .unit = "LIST",
		.help =
		"trusted proxies: addresses, networks, unix (all Unix sockets) or * (all)" },
};
/* clang-format on */

const char *config_fallback(const struct setting *setting)
{
	return setting->fallback ? setting->fallback : database_url_default();
}

/* Reading and writing each type: place is the member of struct settings. */

/* Quotes at most 100 bytes of a value. */
#define VALUE "\"%.100s\""

static bool read_text(
	void *place, const struct setting *setting, const char *text, struct buf *error)
{
	(void)setting;
	if (!*text)
		buf_printf(error, "\"\" is empty");
	else
		*(const char **)place = text;
	return *text != '\0';
}

static bool read_option(
	void *place, const struct setting *setting, const char *text, struct buf *error)
{
	(void)setting;
	(void)error;
	*(const char **)place = text;
	return true;
}

static void write_text(const void *place, struct buf *out)
{
	buf_str(out, str_from(*(const char *const *)place));
}

/* Accepts only digits: no sign, space, underscore or exponent. */
static bool parse_digits(const char *text, long max, long *number)
{
	long n = 0;

	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '9' || n > (max - (*p - '0')) / 10)
			return false;
		n = n * 10 + (*p - '0');
	}
	*number = n;
	return *text != '\0';
}

static bool read_number(
	void *place, const struct setting *setting, const char *text, struct buf *error)
{
	long number;

	if (!parse_digits(text, setting->max, &number) || number < setting->min) {
		buf_printf(error, VALUE " is not a number from %ld to %ld", text, setting->min,
			setting->max);
		return false;
	}
	*(long *)place = number;
	return true;
}

static void write_number(const void *place, struct buf *out)
{
	buf_int(out, *(const long *)place);
}

static bool read_count(
	void *place, const struct setting *setting, const char *text, struct buf *error)
{
	if (strcmp(text, "auto") != 0) {
		if (read_number(place, setting, text, error))
			return true;
		buf_printf(error, " or auto");
		return false;
	}
	*(long *)place = CONFIG_AUTO;
	return true;
}

static void write_count(const void *place, struct buf *out)
{
	if (*(const long *)place == CONFIG_AUTO)
		buf_str(out, STR("auto"));
	else
		write_number(place, out);
}

static bool read_switch(
	void *place, const struct setting *setting, const char *text, struct buf *error)
{
	static const char *const words[][2] = { { "off", "on" }, { "false", "true" },
		{ "no", "yes" }, { "0", "1" } };

	(void)setting;
	for (size_t i = 0; i < NITEMS(words); i++) {
		for (unsigned on = 0; on <= 1; on++) {
			if (strcasecmp(text, words[i][on]) != 0)
				continue;
			*(bool *)place = on != 0;
			return true;
		}
	}
	buf_printf(error, VALUE " is neither on nor off", text);
	return false;
}

static void write_switch(const void *place, struct buf *out)
{
	buf_str(out, *(const bool *)place ? STR("on") : STR("off"));
}

/* Stores the index of text in the words, which end with NULL. Ignores case. */
static bool read_word(void *place, const char *const *words, const char *what, const char *text,
	struct buf *error)
{
	for (long i = 0; words[i]; i++) {
		if (strcasecmp(text, words[i]) != 0)
			continue;
		*(long *)place = i;
		return true;
	}
	buf_printf(error, VALUE " is not a %s; choose one of", text, what);
	for (long i = 0; words[i]; i++)
		buf_printf(error, "%s %s", i > 0 ? "," : "", words[i]);
	return false;
}

static bool read_level(
	void *place, const struct setting *setting, const char *text, struct buf *error)
{
	(void)setting;
	return read_word(place, log_level_names, "log level", text, error);
}

static void write_level(const void *place, struct buf *out)
{
	buf_str(out, str_from(log_level_names[*(const long *)place]));
}

static bool read_format(
	void *place, const struct setting *setting, const char *text, struct buf *error)
{
	(void)setting;
	return read_word(place, log_format_names, "log format", text, error);
}

static void write_format(const void *place, struct buf *out)
{
	buf_str(out, str_from(log_format_names[*(const long *)place]));
}

/* Accepts only unreserved characters (RFC 3986 2.3), which redirects and JSON need not escape. */
static bool read_path(
	void *place, const struct setting *setting, const char *text, struct buf *error)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-._~/";

	if (*text && (*text != '/' || text[1] == '/' || text[strspn(text, allowed)])) {
		buf_printf(
			error, VALUE " is not a path like /api, of letters, digits and -._~", text);
		return false;
	}
	return read_option(place, setting, text, error);
}

static bool read_networks(
	void *place, const struct setting *setting, const char *text, struct buf *error)
{
	struct networks parsed;

	return networks_parse(text, &parsed, error) && read_option(place, setting, text, error);
}

static bool read_url(
	void *place, const struct setting *setting, const char *text, struct buf *error)
{
	struct database_url parsed;

	return database_url_parse(text, &parsed, error) && read_text(place, setting, text, error);
}

/* Checks only the form; the address is resolved when it is opened. */
static bool read_socket(
	void *place, const struct setting *setting, const char *text, struct buf *error)
{
	const char *colon = strrchr(text, ':');
	long port;

	(void)setting;
	bool fine = strchr(text, '/')
			    ? strlen(text) < sizeof(((struct sockaddr_un *)0)->sun_path)
			    : !*text || (colon > text && parse_digits(colon + 1, 65535, &port));
	if (fine)
		*(const char **)place = text;
	else
		buf_printf(error, VALUE " is neither ADDRESS:PORT nor the path of a socket", text);
	return fine;
}

static bool read_origins(
	void *place, const struct setting *setting, const char *text, struct buf *error)
{
	return origins_valid(text, error) && read_option(place, setting, text, error);
}

static const struct {
	bool (*read)(
		void *place, const struct setting *setting, const char *text, struct buf *error);
	void (*write)(const void *place, struct buf *out);
	bool verbatim; /* used unchanged: a space at either end would be part of a name */
} types[] = {
	[SETTING_TEXT] = { read_text, write_text, true },
	[SETTING_OPTION] = { read_option, write_text, true },
	[SETTING_NUMBER] = { read_number, write_number, false },
	[SETTING_COUNT] = { read_count, write_count, false },
	[SETTING_SWITCH] = { read_switch, write_switch, false },
	[SETTING_LEVEL] = { read_level, write_level, false },
	[SETTING_FORMAT] = { read_format, write_format, false },
	[SETTING_PATH] = { read_path, write_text, false },
	[SETTING_NETWORKS] = { read_networks, write_text, false },
	[SETTING_URL] = { read_url, write_text, true },
	[SETTING_SOCKET] = { read_socket, write_text, true },
	[SETTING_ORIGINS] = { read_origins, write_text, false },
};

_Static_assert(NITEMS(types) == SETTING_TYPE__COUNT, "a setting's type has no row");

/* Names a character that is added by accident, for example by an .env file with CRLF, and that is
 * invisible in a message. */
static void write_character(struct buf *out, char c)
{
	static const char *const names[] = {
		['\t'] = "a tab (\\t)",
		['\n'] = "a line feed (\\n)",
		['\r'] = "a carriage return (\\r)",
		[' '] = "a space",
	};

	if ((size_t)c < NITEMS(names) && names[(size_t)c])
		buf_str(out, str_from(names[(size_t)c]));
	else
		buf_printf(out, "the control character \\x%02x", (unsigned)c);
}

static bool is_control(char c)
{
	return (c > 0 && c < ' ') || c == 0x7f;
}

static bool is_stray(const char *text, size_t n, size_t at, bool verbatim)
{
	return is_control(text[at]) || (verbatim && text[at] == ' ' && (at == 0 || at == n - 1));
}

/* Returns false if text has a control character, or a verbatim text has a space at either end. */
static bool check_characters(const char *text, bool verbatim, struct buf *error)
{
	size_t n = strlen(text);
	/* If the last character is stray, it is reported instead of earlier ones. */
	size_t at = n > 0 && is_stray(text, n, n - 1, verbatim) ? n - 1 : 0;

	while (at < n && !is_stray(text, n, at, verbatim))
		at++;
	if (at == n)
		return true;
	if (at > 0 && at < n - 1)
		buf_printf(error, "byte %zu of it is ", at + 1);
	else
		buf_printf(error, "it %s with ", at == 0 ? "begins" : "ends");
	write_character(error, text[at]);
	buf_str(error, STR("; remove it"));
	return false;
}

bool config_set(struct settings *settings, const struct setting *setting, const char *text,
	struct buf *error)
{
	if (!check_characters(text, types[setting->type].verbatim, error))
		return false;
	return types[setting->type].read((char *)settings + setting->offset, setting, text, error);
}

void config_write(const struct settings *settings, const struct setting *setting, struct buf *out)
{
	types[setting->type].write((const char *)settings + setting->offset, out);
}

void config_from_environment(struct settings *settings)
{
	struct buf error;

	buf_init(&error, 4096);
	for (size_t i = 0; i < NITEMS(config_settings); i++) {
		const struct setting *setting = &config_settings[i];
		const char *text = getenv(setting->variable);
		if (text && config_set(settings, setting, text, &error))
			continue;
		struct str why = buf_view(&error);
		log_critical("%s in the environment: %.*s", setting->variable,
			text ? (int)why.len : (int)strlen("is missing"),
			text ? why.ptr : "is missing");
		exit(EXIT_USAGE);
	}
	buf_done(&error);
}
