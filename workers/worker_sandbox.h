/* The sandbox of a worker (sandbox.h). */
#ifndef POSTERN_WORKER_SANDBOX_H
#define POSTERN_WORKER_SANDBOX_H

/* Confines this process for good: it can open no file, connect to no TCP address and start no
 * process. It can still accept from its listeners, serve those connections, and connect to dbd. To
 * be called when the loop, the listeners and the client of dbd exist. */
void worker_sandbox_enter(void);

#endif
