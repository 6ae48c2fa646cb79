#include "scratch.h"

#include "arena.h"
#include "test_database.h"

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DATABASES_MAX = 4 };

static char folder[64];
static struct arena names;
static struct database {
	const char *name;
	char url[TEST_URL_MAX];
} databases[DATABASES_MAX];
static unsigned ndatabases;

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
	ndatabases = 0;
}

const char *scratch_path(const char *name)
{
	return arena_printf(&names, "%s/%s", folder, name).ptr;
}

static const char *known_url(const char *name)
{
	for (unsigned i = 0; i < ndatabases; i++)
		if (strcmp(databases[i].name, name) == 0)
			return databases[i].url;
	return NULL;
}

const char *scratch_url(const char *name)
{
	const char *known = known_url(name);

	if (known)
		return known;
	ck_assert_uint_lt(ndatabases, DATABASES_MAX);
	struct database *d = &databases[ndatabases++];
	d->name = name;
	test_database_new(scratch_path(name), d->url);
	return d->url;
}

bool scratch_has(const char *name)
{
	return access(scratch_path(name), F_OK) == 0;
}
