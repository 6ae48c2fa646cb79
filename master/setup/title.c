#include "title.h"

#include "log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Returns the end of the run of strings that starts at `end`, as far as they are adjacent. */
static char *extend(char *end, char *const *strings)
{
	for (; *strings; strings++)
		if (*strings == end)
			end += strlen(end) + 1;
	return end;
}

/* Copies the environment to the heap, where it is never freed. */
static void move_environment(void)
{
	size_t n = 0;

	while (environ[n])
		n++;
	char **copy = calloc(n + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < n; i++) {
		copy[i] = strdup(environ[i]);
		if (!copy[i])
			log_die("out of memory for the environment");
	}
	if (!copy)
		log_die("out of memory for the environment");
	environ = copy;
}

void title_set(int argc, char **argv, const char *title)
{
	if (argc < 1)
		return;
	/* Once the last byte of argv is not NUL, Linux also shows what lies behind it (proc(5)). */
	char *end = extend(argv[0] + strlen(argv[0]) + 1, argv + 1);
	end = extend(end, environ);
	size_t room = (size_t)(end - argv[0]);
	if (room <= strlen(title))
		return;
	move_environment();
	memset(argv[0], 0, room);
	memcpy(argv[0], title, strlen(title));
}
