/*
 * The settings: one table of flag, environment variable, type, default and help defines the flags,
 * the variables, --help, --print-config and the manual. A flag wins over the variable, which wins
 * over the default. The master resolves all settings and passes them to its children in their
 * environment; a child reads nothing else.
 */
#ifndef POSTERN_CONFIG_H
#define POSTERN_CONFIG_H

#include "bounds.h"
#include "buf.h"
#include "log.h"

#include <stdbool.h>

struct settings {
	const char *host;
	long port;                /* 0: the kernel chooses */
	long workers;             /* at least 1; CONFIG_AUTO until the master resolves it */
	const char *database_url; /* see database_url.h */
	long timeout_database;    /* seconds that a start waits for a database server */
	long reader_threads;      /* of dbd, for SQLite; CONFIG_AUTO until the master resolves it */
	const char *api;          /* path of the file that declares the API; "": the built-in one */
	long log_level;           /* enum log_level */
	bool access_log;
	long timeout_keep_alive;           /* seconds */
	long timeout_header, timeout_body; /* seconds per request */
	long timeout_graceful_shutdown;    /* seconds */
	long limit_body;                   /* bytes */
	long backlog;
	long limit_max_requests; /* a worker is replaced after this many; 0: no limit */
	long cache_size;         /* bytes per worker; 0: no cache */
	long cache_age;          /* milliseconds, see README.md; 0: caches are exact */
	long timeout_watchdog;   /* seconds; 0: off */
	const char *log_file;    /* path; "": log to stderr */
	bool sandbox;            /* confine the children */
	const char *user;        /* name or number to become when started as root; "": none */
	const char *group;       /* the same; "": the user's group */
	/* Per worker; 0: no limit other than the descriptors of the process. */
	long limit_connections, limit_connections_per_address, limit_concurrency;
	bool gzip;                     /* compress long answers for clients that accept gzip */
	const char *uds;               /* path to listen on instead of host and port; "": none */
	bool docs;                     /* serve /docs, /redoc and /openapi.json */
	const char *admin;             /* address of health and metrics; "": none */
	const char *cors_allow_origin; /* see origins.h; "": no foreign origins */
	bool cors_allow_credentials, cors_allow_private_network; /* see cors.h */
	const char *control;             /* path of the socket for posternctl; "": none */
	long log_format;                 /* enum log_format */
	bool request_id;                 /* give each request an id */
	const char *root_path;           /* prefix at which a proxy publishes the API; "": none */
	bool proxy_headers;              /* trust X-Forwarded-* from trusted proxies */
	const char *forwarded_allow_ips; /* the trusted proxies; see networks.h */
};

enum { CONFIG_SETTINGS = 39, CONFIG_AUTO = -1 };

enum setting_type {
	SETTING_TEXT,     /* const char *: any text but "" */
	SETTING_OPTION,   /* const char *: any text; "": none */
	SETTING_NUMBER,   /* long: decimal digits, min to max */
	SETTING_COUNT,    /* long: as SETTING_NUMBER, or "auto" (CONFIG_AUTO) */
	SETTING_SWITCH,   /* bool: on or off; the flags --X and --no-X take no value */
	SETTING_LEVEL,    /* long: one of log_level_names */
	SETTING_FORMAT,   /* long: one of log_format_names */
	SETTING_PATH,     /* const char *: path of a URL; "": none */
	SETTING_NETWORKS, /* const char *: see networks.h */
	SETTING_URL,      /* const char *: see database_url.h */
	SETTING_SOCKET,   /* const char *: ADDRESS:PORT, or a path with a '/'; "": none */
	SETTING_ORIGINS,  /* const char *: see origins.h */
	SETTING_TYPE__COUNT
};

struct setting {
	const char *flag;     /* without the dashes */
	const char *variable; /* environment variable */
	enum setting_type type;
	size_t offset;        /* in struct settings */
	const char *fallback; /* the default as text; NULL: see config_fallback */
	long min, max;        /* of numbers, both inclusive */
	const char *unit;     /* placeholder of the value in --help */
	const char *help;
};

extern const struct setting config_settings[CONFIG_SETTINGS];

/* The default as text, in static memory. That of the database depends on the machine. */
const char *config_fallback(const struct setting *setting);

/* Parses text and stores the value in settings; a string is borrowed from text. On error returns
 * false and appends a clause to error, which quotes the value and says what is valid. It does not
 * show the password of a database. Control characters are refused in all settings, and spaces at
 * either end of a name, a path or a URL. */
bool config_set(struct settings *settings, const struct setting *setting, const char *text,
	struct buf *error) __attribute__((warn_unused_result));

/* Appends the value as text that config_set can parse. */
void config_write(const struct settings *settings, const struct setting *setting, struct buf *out);

/* Reads all settings from the environment, for a child of the master. If one is missing or
 * malformed, logs a critical line and exits with EXIT_USAGE. Strings are borrowed from the
 * environment. */
void config_from_environment(struct settings *settings);

#endif
