/*
 * The database file, mapped into memory read-only, once for the whole process: what a connection
 * reads from it costs no system call and no copy.
 *
 * A page that cannot be read (its disk fails, or another program has cut the file) would end the
 * process by SIGBUS. Instead the handler puts a page of zeros there and counts a fault. So whoever
 * reads the mapping notes file_map_faults before, compares it afterwards, and throws away what was
 * read if it differs. From a fault to the next file_map_mend nothing is handed out.
 *
 * All functions but file_map_open and file_map_close may be called by any thread.
 */
#ifndef POSTERN_FILE_MAP_H
#define POSTERN_FILE_MAP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* Maps the file of this descriptor, which must stay open until file_map_close, with address space
 * for all it will grow by, and handles SIGBUS from now on. False: address space is limited
 * (RLIMIT_AS) or lacking, or a file is mapped already; then nothing is handed out. */
bool file_map_open(int fd);

/* After the last connection that used it is closed. Does nothing if nothing is mapped. */
void file_map_close(void);

/* True if this is the mapped file. */
bool file_map_is(const struct stat *st);

/* The size of the file now, in bytes; 0: nothing is mapped. */
int64_t file_map_size(void);

/* These bytes of the file; NULL: they are not all in the mapped file, or there was a fault. */
const void *file_map_bytes(int64_t offset, size_t len);

/* After a fault: maps the lost pages anew, at most once in a second. What began to read before a
 * fault still sees that the number has changed. */
void file_map_mend(void);

/* The number of faults so far. */
static inline unsigned file_map_faults(void)
{
	extern atomic_uint file_map_count;

	return atomic_load(&file_map_count);
}

#endif
