/*
 * Runs the whole server for one test, with a new database (test_database.h), a free port and a log
 * that the test reads. Every error fails the test. No process outlives the test: the master ends
 * with the process that started it, and its children end with the master.
 */
#ifndef POSTERN_TEST_POSTERN_H
#define POSTERN_TEST_POSTERN_H

#include "buf.h"
#include "test_database.h"

#include <stdbool.h>
#include <sys/types.h>

enum {
	POSTERN_ARGS_MAX = 10,
	POSTERN_VARIABLES_MAX = 4,
	POSTERN_LISTENERS_MAX = 2,
	POSTERN_START_MS = 20 * 1000, /* enough with sanitizers on a busy machine */
	POSTERN_STOP_MS = 20 * 1000
};

/* The user that root becomes for tests of RLIMIT_NPROC, which does not apply to root. No other
 * process has this number. */
enum { POSTERN_LIMITED_USER = 54321 };

/* A limit of setrlimit(2), soft and hard. */
struct postern_limit {
	int resource;
	unsigned long value;
};

/* How to start the server. All zero: two workers, a new database, a free port, log level debug
 * without the access log. */
struct postern_plan {
	const char *args[POSTERN_ARGS_MAX];           /* added to the command line; NULL ends it */
	const char *variables[POSTERN_VARIABLES_MAX]; /* "NAME=value"; NULL ends the list */
	int listeners[POSTERN_LISTENERS_MAX];         /* passed as by sd_listen_fds(3); borrowed */
	unsigned nlisteners;
	bool bare;                         /* use only these arguments */
	const struct postern_limit *limit; /* NULL: none */
	bool unprivileged;                 /* file permissions apply, even if root runs the tests */
};

struct postern {
	pid_t pid; /* of the master; 0: ended and waited for */
	int port;
	char folder[64];        /* postern_done removes it */
	char database[96];      /* a file in the folder, if SQLite is the engine */
	char url[TEST_URL_MAX]; /* of the database */
	int log_fd;             /* the read end of stderr of all processes */
	struct buf log;         /* the log as read so far */
};

/* The value of POSTERN_BUILD_DIR; the default is "build". */
const char *postern_build_dir(void);

/* Makes the folder and the database, without starting a process. */
void postern_init(struct postern *p);

/* The same with a database that exists. */
void postern_init_on(struct postern *p, const char *url);

/* Starts the program without waiting. */
void postern_launch(struct postern *p, const struct postern_plan *plan);

/* Waits for the log line with the address, and notes the port. */
void postern_await_serving(struct postern *p);

/* Does these three in order. */
void postern_start(struct postern *p, const struct postern_plan *plan);

/* Waits until the log contains text at or after the offset from. The length of the log at some
 * moment is the offset of the lines after that moment. */
void postern_await_log(struct postern *p, size_t from, const char *text, int timeout_ms);

/* Reads the log as far as it was written. Returns its length. */
size_t postern_log_len(struct postern *p);

/* The whole log as text. Borrowed until more of the log is read. */
const char *postern_log(struct postern *p);

/* The end of the log, short enough for a message of Check, which ends the test program if one is
 * longer than 8 KiB. Borrowed likewise. */
const char *postern_log_end(struct postern *p);

/* The pid of a child ("dbd", "worker 1"); 0 if it does not run at the moment. */
pid_t postern_child(const struct postern *p, const char *name);

/* Kills a child with SIGKILL and waits until the master has logged its death. */
void postern_kill_child(struct postern *p, const char *name);

/* Waits until the master and all its children have ended, which ends the log. Returns the status of
 * the master from waitpid(2). Fails the test if the log has a report of a sanitizer. */
int postern_wait(struct postern *p, int timeout_ms);

/* Sends SIGTERM and expects a clean stop: status 0, and no file left next to the database. */
void postern_stop(struct postern *p);

/* Removes the folder of a server that has ended. */
void postern_done(struct postern *p);

/* Makes other use the database of p, whose folder postern_done(p) removes. To be called instead of
 * postern_init(other). */
void postern_share_database(struct postern *other, const struct postern *p);

/* Inserts user 1, "ada", and posts of her with the ids 1 to n, directly into the database. Each has
 * 200 zeros as its content, so that a list of many takes long. */
void postern_insert_posts(const struct postern *p, int n);

/* What the database answers to this SQL, as test_database_sql. */
const char *postern_sql(const struct postern *p, const char *sql);

/* As test_database_check. */
void postern_check_database(const struct postern *p);

#endif
