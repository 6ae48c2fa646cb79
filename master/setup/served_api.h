/*
 * The API that the server serves: that of the file of --api, or the built-in one. The children get
 * its brief form (shared_api.h).
 */
#ifndef POSTERN_SERVED_API_H
#define POSTERN_SERVED_API_H

#include "buf.h"
#include "resource.h"

struct served_api {
	const struct api *api; /* NULL: none */
	int fd;                /* of shared_api.h, for children; -1: none */
};

/* No API yet. */
#define SERVED_API_INIT                                                                            \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* Reads and checks the file of at most DECLARATION_MOST bytes, "": the built-in declaration. Makes
 * it the API of this process (resource.h) as well. May wait for the writer of a FIFO. Returns false
 * with one line in *error. */
bool served_api_read(struct served_api *served, const char *file, struct buf *error)
	__attribute__((warn_unused_result));

/* Makes the descriptor for children. Returns false with one line in *error. */
bool served_api_share(struct served_api *served, struct buf *error)
	__attribute__((warn_unused_result));

/* For a reload: reads the file again, unless it is not a regular one, such as a FIFO, which may be
 * empty by now. *next: what the file declares now, with the numbers of the API that is served, and
 * its descriptor; without API if it is unchanged. Returns false with one line in *error. */
bool served_api_read_again(const struct served_api *served, const char *file,
	struct served_api *next, struct buf *error) __attribute__((warn_unused_result));

/* Serves *next from now on. The API before is not freed, as workers may still have it. */
void served_api_replace(struct served_api *served, const struct served_api *next);

/* Appends the API's title, version, number of resources and origin, for the log. */
void served_api_describe(const struct served_api *served, const char *file, struct buf *out);

/* The name of the file for people: "built-in" if it is "". */
const char *served_api_origin(const char *file);

/* Closes the descriptor; the API stays. */
void served_api_close(struct served_api *served);

#endif
