/* What the programs of the bench share. */
#ifndef POSTERN_BENCH_TOOL_H
#define POSTERN_BENCH_TOOL_H

/* Prints the name of the program, what it could not do, and the reason by errno; exits with 1. */
_Noreturn void die(const char *what);

/* Allows as many descriptors as the hard limit does. */
void raise_descriptors(void);

#endif
