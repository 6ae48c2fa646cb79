#include "file_map.h"

#include "loop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MEND_INTERVAL = 1000 /* milliseconds */ };

/* Address space, which costs nothing until it is used: far more than files have. */
static const size_t space_most = (size_t)1 << 40, space_least = (size_t)1 << 32;

atomic_uint file_map_count;

static struct {
	char *start; /* NULL: nothing is mapped */
	size_t space;
	size_t page;
	int fd;
	struct stat file;
	atomic_llong size;     /* of the file, when it was last looked at */
	atomic_uint mended;    /* faults whose pages are mapped again */
	pthread_mutex_t mutex; /* guards what follows */
	uint64_t mended_at;    /* milliseconds; 0: never */
} map = { .mutex = PTHREAD_MUTEX_INITIALIZER };

/* Calls only what is safe in a handler of a signal that an access to memory causes; mmap is a
 * system call. The count comes first, so that whoever can read the zeros can see it. */
static void on_bus_error(int signal, siginfo_t *info, void *context)
{
	char *at = info->si_addr;
	int error = errno;

	(void)context;
	if (info->si_code > 0 && map.start && at >= map.start && at < map.start + map.space) {
		char *page = at - (size_t)(at - map.start) % map.page;
		atomic_fetch_add(&file_map_count, 1);
		void *zeros = mmap(
			page, map.page, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		errno = error;
		if (zeros != MAP_FAILED)
			return;
	}
	/* The access fails again, or the signal is sent again, and ends the process. */
	struct sigaction usual = { .sa_handler = SIG_DFL };
	sigaction(signal, &usual, NULL);
	if (info->si_code <= 0)
		raise(signal);
}

static char *map_file(void *at, size_t space, int fd)
{
	void *start = mmap(at, space, PROT_READ, MAP_SHARED | (at ? MAP_FIXED : 0), fd, 0);

	return start == MAP_FAILED ? NULL : start;
}

/* The mapping would take what the limit leaves for all else. */
static bool is_space_limited(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_AS, &limit) < 0 || limit.rlim_cur != RLIM_INFINITY;
}

bool file_map_open(int fd)
{
	const struct sigaction action = { .sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO };

	if (map.start || is_space_limited() || fstat(fd, &map.file) < 0)
		return false;
	map.fd = fd;
	map.page = (size_t)sysconf(_SC_PAGESIZE);
	atomic_store(&map.size, 0);
	for (map.space = space_most; map.space >= space_least && !map.start; map.space /= 2)
		map.start = map_file(NULL, map.space, fd);
	if (!map.start)
		return false;
	map.space *= 2; /* the loop halved it once more */
	sigaction(SIGBUS, &action, NULL);
	return true;
}

void file_map_close(void)
{
	if (!map.start)
		return;
	munmap(map.start, map.space);
	map.start = NULL;
}

bool file_map_is(const struct stat *st)
{
	return map.start && st->st_ino == map.file.st_ino && st->st_dev == map.file.st_dev;
}

int64_t file_map_size(void)
{
	struct stat st;

	if (!map.start || fstat(map.fd, &st) < 0)
		return 0;
	atomic_store(&map.size, st.st_size);
	return st.st_size;
}

const void *file_map_bytes(int64_t offset, size_t len)
{
	const int64_t end = offset + (int64_t)len;

	if (!map.start || file_map_faults() != atomic_load(&map.mended) || end > (int64_t)map.space)
		return NULL;
	if (end > atomic_load(&map.size) && end > file_map_size())
		return NULL;
	return map.start + offset;
}

void file_map_mend(void)
{
	unsigned faults = file_map_faults();

	if (!map.start || faults == atomic_load(&map.mended))
		return;
	pthread_mutex_lock(&map.mutex);
	if (map.mended_at == 0 || clock_ms() - map.mended_at >= MEND_INTERVAL) {
		map.mended_at = clock_ms();
		if (map_file(map.start, map.space, map.fd))
			atomic_store(&map.mended, faults);
		file_map_size();
	}
	pthread_mutex_unlock(&map.mutex);
}
