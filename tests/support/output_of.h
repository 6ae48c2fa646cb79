/* Programs that a test runs for what they print. */
#ifndef POSTERN_TEST_OUTPUT_OF_H
#define POSTERN_TEST_OUTPUT_OF_H

/* Runs the program argv[0], found by PATH, with input on its stdin (at most 60 KiB). Returns what
 * it prints, at most 64 KiB, without the last newlines; static, until the next call. Fails the test
 * unless the program exits with 0. */
const char *output_of(const char *const argv[], const char *input);

#endif
