#include "scratch.h"

#include "arena.h"

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[64];
static struct arena names;

void scratch_setup(void)
{
	snprintf(folder, sizeof(folder), "/tmp/postern-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void scratch_teardown(void)
{
	nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	arena_done(&names);
}

const char *scratch_path(const char *name)
{
	return arena_printf(&names, "%s/%s", folder, name).ptr;
}

const char *scratch_url(const char *name)
{
	return arena_printf(&names, "sqlite:///%s/%s", folder, name).ptr;
}

bool scratch_has(const char *name)
{
	return access(scratch_path(name), F_OK) == 0;
}
