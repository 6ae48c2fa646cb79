#include "rlimits.h"

#include "str.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

enum {
	FILES_LEAST = 64, /* the master needs about 30 with 2 workers, a child twice as many */
	STACK_LEAST = 256 * 1024,
	STACK_USUAL = 8 * 1024 * 1024
};

enum kind { FILE_SIZE, FILES, SPACE, DATA, STACK, PROCESSES, KIND__COUNT };

static const struct {
	__rlimit_resource_t resource;
	rlim_t usual;
	const char *name, *remedy;
} kinds[] = {
	[FILE_SIZE] = { RLIMIT_FSIZE, RLIM_INFINITY, "RLIMIT_FSIZE", "ulimit -f, LimitFSIZE=" },
	[FILES] = { RLIMIT_NOFILE, RLIM_INFINITY, "RLIMIT_NOFILE", "ulimit -n, LimitNOFILE=" },
	[SPACE] = { RLIMIT_AS, RLIM_INFINITY, "RLIMIT_AS", "ulimit -v, LimitAS=" },
	[DATA] = { RLIMIT_DATA, RLIM_INFINITY, "RLIMIT_DATA", "ulimit -d, LimitDATA=" },
	[STACK] = { RLIMIT_STACK, STACK_USUAL, "RLIMIT_STACK", "ulimit -s, LimitSTACK=" },
	[PROCESSES] = { RLIMIT_NPROC, RLIM_INFINITY, "RLIMIT_NPROC", "ulimit -u, LimitNPROC=" },
};

_Static_assert(NITEMS(kinds) == KIND__COUNT, "a kind has no row");

/* Of several causes of an error, the first one whose limit is low is reported. EAGAIN has causes of
 * two kinds: pthread_create(3) returns it if there is no memory for the stack of the thread,
 * fork(2) if there are too many processes. */
static const struct {
	int error;
	enum kind kind;
} causes[] = {
	{ EFBIG, FILE_SIZE },
	{ EMFILE, FILES },
	{ ENOMEM, SPACE },
	{ ENOMEM, DATA },
	{ EAGAIN, SPACE },
	{ EAGAIN, DATA },
	{ EAGAIN, PROCESSES },
};

static struct {
	bool noted;
	rlim_t most[KIND__COUNT];
} limits;

void rlimits_note(void)
{
	struct rlimit limit;

	for (enum kind kind = 0; kind < KIND__COUNT; kind++)
		limits.most[kind] = getrlimit(kinds[kind].resource, &limit) == 0 ? limit.rlim_cur
										 : RLIM_INFINITY;
	limits.noted = true;
}

static bool is_low(enum kind kind)
{
	return limits.noted && limits.most[kind] < kinds[kind].usual;
}

const char *rlimits_strerror(int error)
{
	static _Thread_local char text[160];

	for (size_t i = 0; i < NITEMS(causes); i++) {
		enum kind kind = causes[i].kind;
		if (causes[i].error != error || !is_low(kind))
			continue;
		snprintf(text, sizeof(text), "%s (%s is %llu: %s)", strerror(error),
			kinds[kind].name, (unsigned long long)limits.most[kind],
			kinds[kind].remedy);
		return text;
	}
	snprintf(text, sizeof(text), "%s", strerror(error));
	return text;
}

const char *rlimits_of_memory(void)
{
	static const enum kind memory[] = { SPACE, DATA, STACK };
	static _Thread_local char text[160];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < NITEMS(memory); i++)
		if (is_low(memory[i]))
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s %s is %llu",
				n == 0 ? ";" : ",", kinds[memory[i]].name,
				(unsigned long long)limits.most[memory[i]]);
	return text;
}

const char *rlimits_refuse(void)
{
	static const struct {
		enum kind kind;
		rlim_t least;
	} needs[] = {
		{ FILES, FILES_LEAST },
		{ STACK, STACK_LEAST },
	};
	static char text[160];

	for (size_t i = 0; i < NITEMS(needs); i++) {
		enum kind kind = needs[i].kind;
		if (limits.most[kind] >= needs[i].least)
			continue;
		snprintf(text, sizeof(text), "%s is %llu, less than %llu: %s", kinds[kind].name,
			(unsigned long long)limits.most[kind], (unsigned long long)needs[i].least,
			kinds[kind].remedy);
		return text;
	}
	return NULL;
}
