/* The frames of a server's connections: their hello, and to whom all others go. */
#ifndef POSTERN_SERVER_FRAMES_H
#define POSTERN_SERVER_FRAMES_H

struct api;
struct conn;

/* Carries out the complete frames, while not too much waits to be sent. A wrong frame closes the
 * connection. */
void server_take_frames(struct conn *conn);

/* Answers a hello with the same declaration, which need not be the current one. */
void server_greet(struct conn *conn, const struct api *declared);

#endif
