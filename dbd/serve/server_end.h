/* How a server ends: it goes from one state to the next (server_state.h), and does what each asks.
 */
#ifndef POSTERN_SERVER_END_H
#define POSTERN_SERVER_END_H

struct server;

void server_end_init(struct server *server);

/* The state's end, if what it waits for has happened. Called at the end of each turn. */
void server_enter_if_done(struct server *server);

/* Cancels the timers. */
void server_end_free(struct server *server);

#endif
