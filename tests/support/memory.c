#include "memory.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long read_status(pid_t pid, const char *name)
{
	char path[64], line[256];
	long kib = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");
	ck_assert_msg(file != NULL, "there is no process %d", (int)pid);
	while (kib == 0 && fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0)
			kib = strtol(line + strlen(name), NULL, 10);
	fclose(file);
	ck_assert_int_gt(kib, 0);
	return kib;
}

long memory_now(pid_t pid)
{
	return read_status(pid, "VmRSS:");
}

long memory_peak(pid_t pid)
{
	return read_status(pid, "VmHWM:");
}
