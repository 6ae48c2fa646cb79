/* An event of one thread for another one's loop: an eventfd(2). */
#ifndef POSTERN_EVENT_H
#define POSTERN_EVENT_H

#include "loop.h"

/* Opens an event, which the caller closes. -1 with errno. */
int event_open(void);

/* Opens an event and has the loop watch it; loop_close ends both. -1 with errno: nothing is open.
 */
int event_watch(struct loop *loop, struct watch *watch,
	void (*on_event)(struct watch *watch, uint32_t events));

/* From any thread. Several calls may be one event for the other thread. */
void event_raise(int fd);

/* To be called before the other thread looks at what the event announces: what is announced from
 * then on raises it again. */
void event_clear(int fd);

#endif
