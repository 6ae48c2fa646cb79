/* The end of a turn of a server's loop, in which all that the turn has touched gets its due; and
 * the replies of the runner, in the loop or from the thread that has written them. */
#ifndef POSTERN_SERVER_TURN_H
#define POSTERN_SERVER_TURN_H

struct server;

/* The server has its runner, if any. */
void server_turn_init(struct server *server);

#endif
