#include "writeback.h"

#include "thread.h"

#include <fcntl.h>
#include <stdlib.h>

struct writeback {
	int fd;
	pthread_t thread;

	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t wake;
	bool requested, busy, stopping;
};

/* Filesystems without the call ignore it, as do errors: the fsync has more to do then. */
static void start_writes(int fd)
{
	(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

static void *run(void *context)
{
	struct writeback *w = context;

	pthread_mutex_lock(&w->mutex);
	for (;;) {
		while (!w->requested && !w->stopping)
			pthread_cond_wait(&w->wake, &w->mutex);
		if (w->stopping)
			break;
		w->requested = false;
		w->busy = true;
		pthread_mutex_unlock(&w->mutex);
		start_writes(w->fd);
		pthread_mutex_lock(&w->mutex);
		w->busy = false;
	}
	pthread_mutex_unlock(&w->mutex);
	return NULL;
}

struct writeback *writeback_start(int fd)
{
	struct writeback *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->fd = fd;
	pthread_mutex_init(&w->mutex, NULL);
	pthread_cond_init(&w->wake, NULL);
	if (thread_start(&w->thread, run, w) == 0)
		return w;
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->mutex);
	free(w);
	return NULL;
}

void writeback_request(struct writeback *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->mutex);
	w->requested = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->mutex);
}

bool writeback_is_idle(struct writeback *w)
{
	if (!w)
		return true;
	pthread_mutex_lock(&w->mutex);
	bool idle = !w->requested && !w->busy;
	pthread_mutex_unlock(&w->mutex);
	return idle;
}

void writeback_stop(struct writeback *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->mutex);
	w->stopping = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->mutex);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->mutex);
	free(w);
}
