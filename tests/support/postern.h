/*
 * The whole server, as built, for one test: its own database file, a port from the kernel, its log.
 * Whatever goes wrong here fails the running test, and nothing outlives the test: the master dies
 * with the process that started it, and its children with the master.
 */
#ifndef POSTERN_TEST_POSTERN_H
#define POSTERN_TEST_POSTERN_H

#include "buf.h"

#include <stdbool.h>
#include <sys/types.h>

enum {
	POSTERN_ARGS_MAX = 10,
	POSTERN_VARIABLES_MAX = 4,
	POSTERN_LISTENERS_MAX = 2,
	POSTERN_START_MS = 20 * 1000, /* with sanitizers, on a busy machine */
	POSTERN_STOP_MS = 20 * 1000
};

/* Whom root becomes for RLIMIT_NPROC, which root need not heed: nobody else's number, so that there
 * are no other processes. */
enum { POSTERN_LIMITED_USER = 54321 };

/* A limit of setrlimit(2), soft and hard. */
struct postern_limit {
	int resource;
	unsigned long value;
};

/* How to start one. All zero: two workers, a new database, a free port, a log of everything but
 * requests. */
struct postern_plan {
	const char *args[POSTERN_ARGS_MAX];           /* added to the command line, up to a NULL */
	const char *variables[POSTERN_VARIABLES_MAX]; /* "NAME=value", up to a NULL */
	int listeners[POSTERN_LISTENERS_MAX]; /* as sd_listen_fds(3) has it; stay the test's */
	unsigned nlisteners;
	bool bare;                         /* no other arguments than these */
	const struct postern_limit *limit; /* NULL: none */
	bool unprivileged; /* permissions of files count, even when root runs the tests */
};

struct postern {
	pid_t pid; /* of the master; 0: it has ended and was waited for */
	int port;
	char folder[64]; /* of the database, removed by postern_done */
	char database[96];
	int log_fd;     /* the reading end of everybody's stderr */
	struct buf log; /* what has been read of it */
};

/* "build", or what POSTERN_BUILD_DIR says. */
const char *postern_build_dir(void);

/* Makes the folder that database names a file in; no process yet. */
void postern_init(struct postern *p);

/* Starts the program and does not wait. */
void postern_launch(struct postern *p, const struct postern_plan *plan);

/* Waits for the line that says where it serves, and notes the port. */
void postern_await_serving(struct postern *p);

/* All three. */
void postern_start(struct postern *p, const struct postern_plan *plan);

/* Waits until text is in the log at or behind its byte number from, which is how the log's length
 * at some moment tells what came after. */
void postern_await_log(struct postern *p, size_t from, const char *text, int timeout_ms);

/* Reads what is there of the log; returns its length. */
size_t postern_log_len(struct postern *p);

/* The whole log as text, for messages and searching. Borrowed, until more of it is read. */
const char *postern_log(struct postern *p);

/* The process of a child ("dbd", "worker 1"); 0 if there is none at the moment. */
pid_t postern_child(const struct postern *p, const char *name);

/* Kills that child with SIGKILL and waits until the master has logged that it is dead. */
void postern_kill_child(struct postern *p, const char *name);

/* Waits until the master and all its children have ended (the log's end tells), and returns the
 * master's status as waitpid(2) has it. Nothing in the log may come from a sanitizer. */
int postern_wait(struct postern *p, int timeout_ms);

/* SIGTERM, then a clean end: status 0, no file left beside the database. */
void postern_stop(struct postern *p);

/* Removes the folder. The server must have ended. */
void postern_done(struct postern *p);

/* The output of the sqlite3 program for this SQL on the database, without the last newline.
 * Static, until the next call. */
const char *postern_sql(const struct postern *p, const char *sql);

#endif
