/*
 * Processes that do not exist, for the supervisor (process_calls.h). A journal records what the
 * supervisor does to them; the test decides what they say and when they end.
 *
 * Names are "dbd.1" for the first dbd, "w2.3" for the third process of worker 2. Pids count up from
 * FAKE_PID.
 */
#ifndef POSTERN_TEST_FAKE_PROCESSES_H
#define POSTERN_TEST_FAKE_PROCESSES_H

#include "heartbeat.h"
#include "process_calls.h"

enum { FAKE_PID = 1000001 /* of the first process; above all pids of Linux, whose most is 2^22 */ };

extern const struct process_calls fake_process_calls;

/* Forgets all processes and the journal. */
void fake_processes_reset(void);

/* Launches fail with this errno until it is 0. */
void fake_processes_refuse(int error);

/* Returns what happened since the last call, such as "start w1.2, TERM w1.1": the launches, those
 * that failed ("refuse w1"), and the signals TERM, KILL, ABRT and DRAIN. Static. */
const char *fake_processes_journal(void);

/* The process sends a word of process.h to the master. */
void fake_process_say(const char *name, char word);

/* The process sends this text over its channel, as a trial does. */
void fake_process_tell(const char *name, const char *text);

/* The process ends with waitpid's status: closes its channel, and SIGCHLD is sent to this process.
 */
void fake_process_end(const char *name, int status);

/* A thread of the process notes an activity in its page of heartbeats, which is a beat. */
void fake_process_note(const char *name, enum heartbeat_thread thread, enum activity activity);

/* The loops of all processes beat, but for those that fake_process_hang stopped. */
void fake_processes_beat(void);
void fake_process_hang(const char *name);

/* All processes end, killed. */
void fake_processes_end(void);

#endif
