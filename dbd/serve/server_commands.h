/* How a server carries out a command: it answers a read at once or as a stream, or submits a job to
 * the runner when the turn ends (the table in server.h). A command that it refuses gets its FAULT.
 */
#ifndef POSTERN_SERVER_COMMANDS_H
#define POSTERN_SERVER_COMMANDS_H

#include "job.h"

struct conn;
struct server;
struct waiting;

void server_carry_out(struct conn *conn, const struct command *command);

/* In a thread that only reads. If the reply is too long, the worker asks the main thread. False: it
 * is a write, the connection must be closed, and *error says why. */
bool server_read_only(struct conn *conn, const struct command *command, const char **error);

/* An engine that answers in the loop notices by itself when another program writes. */
void server_confirm(struct conn *conn, uint64_t id, uint64_t deadline);

/* Begins a stream as the reply, as when a job's reply turns out to be too long. */
void server_begin_stream(struct conn *conn, const struct command *command);

/* The end of the snapshot that the reads of a turn share, if one has begun. */
void server_end_snapshot(struct server *server);

/* Writes and reads wait apart: many of the one kind refuse none of the other. */
struct waiting *server_waiting_like(struct server *server, enum job_kind kind);

#endif
