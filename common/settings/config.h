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
	long log_level;           /* enum log_level */
	bool access_log;
	long timeout_keep_alive;           /* seconds */
	long timeout_header, timeout_body; /* seconds per request */
	long timeout_graceful_shutdown;    /* seconds */
	long limit_body;                   /* bytes */
	long backlog;
	long limit_max_requests; /* a worker is replaced after this many; 0: no limit */
	long cache_size;         /* bytes per worker; 0: no cache */
	long timeout_watchdog;   /* seconds; 0: off */
	const char *log_file;    /* path; "": log to stderr */
	bool sandbox;            /* confine the children */
	const char *user;        /* name or number to become when started as root; "": none */
	const char *group;       /* the same; "": the user's group */
	/* Per worker; 0: no limit other than the descriptors of the process. */
	long limit_connections, limit_connections_per_address, limit_concurrency;
	bool gzip;         /* long answers to who takes it */
	const char *uds;   /* a path to listen on instead of host and port; empty: none */
	bool docs;         /* /docs, /redoc and /openapi.json are served */
	const char *admin; /* where health and metrics are served; empty: nowhere */
	const char *cors_allow_origin; /* as origins.h reads it; empty: no other's */
	bool cors_allow_credentials, cors_allow_private_network;
	const char *control; /* a path at which posternctl is listened to; empty: none */
	long log_format;     /* enum log_format */
	bool request_id;
	const char *root_path; /* under which a proxy shows us; "": none */
	bool proxy_headers;
	const char *forwarded_allow_ips; /* as networks.h reads it */
};

enum { CONFIG_SETTINGS = 35, CONFIG_AUTO = 0 };

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

/* Reads text into the setting's place; strings are borrowed. False: *error has got a clause that
 * quotes the value and says what would be right; a database's password is not in it. A control
 * character is refused in each setting, and a blank at either end of a name, a path or a URL. */
bool config_set(struct settings *settings, const struct setting *setting, const char *text,
	struct buf *error) __attribute__((warn_unused_result));

/* Appends the value as text that config_set can parse. */
void config_write(const struct settings *settings, const struct setting *setting, struct buf *out);

/* Reads all settings from the environment, for a child of the master. If one is missing or
 * malformed, logs a critical line and exits with EXIT_USAGE. Strings are borrowed from the
 * environment. */
void config_from_environment(struct settings *settings);

#endif
