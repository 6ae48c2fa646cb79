/* What a worker may do once it knows where dbd is; see sandbox.h. */
#ifndef POSTERN_WORKER_SANDBOX_H
#define POSTERN_WORKER_SANDBOX_H

/* From now on: no file, no TCP of its own, no other process. It accepts from its listener, serves
 * what it accepted, and connects to dbd anew. */
void worker_sandbox_enter(void);

#endif
