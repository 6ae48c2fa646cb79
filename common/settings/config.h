/*
 * The settings: one table of name, variable, type, default and help, from which the flags, the
 * environment, --help and --print-config follow. A flag wins over the environment, which wins over
 * the default. The master reads all of it and hands the outcome to its children as environment
 * variables, so a child reads nothing else.
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
	long workers;             /* at least 1; CONFIG_AUTO until the master has resolved it */
	const char *database_url; /* SQLAlchemy's form */
	long log_level;           /* enum log_level */
	bool access_log;
	long timeout_keep_alive;           /* seconds */
	long timeout_header, timeout_body; /* seconds, of one request */
	long timeout_graceful_shutdown;    /* seconds */
	long limit_body;                   /* bytes */
	long backlog;
	long limit_max_requests; /* that a worker answers before it is replaced; 0: no limit */
	long cache_size;         /* bytes, of each worker; 0: no cache */
	long timeout_watchdog;   /* seconds; 0: off */
	const char *log_file;    /* a path; "": stderr stays the log */
	bool sandbox;            /* of the children */
	const char *user;        /* to become, as root; empty: none */
	const char *group;       /* the same; empty: the user's */
	/* Of one worker; 0: no limit, but for the descriptors there are. */
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
	SETTING_TEXT,     /* const char *, not empty */
	SETTING_OPTION,   /* const char *, empty: none */
	SETTING_NUMBER,   /* long, decimal digits, min to max */
	SETTING_COUNT,    /* a number, or "auto" (CONFIG_AUTO) */
	SETTING_SWITCH,   /* bool: on or off; its flags --X and --no-X take no value */
	SETTING_LEVEL,    /* long: one of log_level_names */
	SETTING_FORMAT,   /* long: one of log_format_names */
	SETTING_PATH,     /* const char *, of a URL; empty: none */
	SETTING_NETWORKS, /* const char *, as networks.h reads it */
	SETTING_URL,      /* const char *, as database_url.h reads it */
	SETTING_SOCKET,   /* const char *, ADDRESS:PORT or a path with a '/'; empty: none */
	SETTING_ORIGINS,  /* const char *, as origins.h reads it */
	SETTING_TYPE__COUNT
};

struct setting {
	const char *flag;     /* without its dashes */
	const char *variable; /* of the environment */
	enum setting_type type;
	size_t offset;        /* in struct settings */
	const char *fallback; /* the default, as a user would write it */
	long min, max;        /* of numbers, both included */
	const char *unit;     /* what the value is, in --help */
	const char *help;
};

extern const struct setting config_settings[CONFIG_SETTINGS];

/* The default as text; for the database it depends on the machine. Static. */
const char *config_fallback(const struct setting *setting);

/* Reads text into the setting's place; strings are borrowed. False: *error has got a clause that
 * quotes the value and says what would be right; a database's password is not in it. A control
 * character is refused in each setting, and a blank at either end of a name, a path or a URL. */
bool config_set(struct settings *settings, const struct setting *setting, const char *text,
	struct buf *error) __attribute__((warn_unused_result));

/* Appends the value as text that config_set reads back. */
void config_write(const struct settings *settings, const struct setting *setting, struct buf *out);

/* A child's view: the settings in its environment. Anything missing or malformed there is a broken
 * contract: one line on stderr, exit EXIT_USAGE. Strings live as long as the environment. */
void config_from_environment(struct settings *settings);

#endif
