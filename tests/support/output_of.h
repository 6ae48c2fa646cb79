/* Programs that a test runs for what they print. */
#ifndef POSTERN_TEST_OUTPUT_OF_H
#define POSTERN_TEST_OUTPUT_OF_H

#include <sys/types.h>

/* Runs the program argv[0], found by PATH, with input on its stdin (at most 60 KiB). Returns what
 * it prints, at most 64 KiB, without the last newlines; static, until the next call. Fails the test
 * unless the program exits with 0. */
const char *output_of(const char *const argv[], const char *input);

/* Starts the program with these as its stdin and stdout. It ends with the test. Returns its id. */
pid_t program_start(const char *const argv[], int input, int output);

#endif
