#include "faulty_memory.h"

#include <check.h>
#include <sqlite3.h>

static sqlite3_mem_methods real;
static unsigned left; /* requests until one is refused; 0: none is refused */
static bool lasting, refused;

static bool refuses(void)
{
	bool now = left == 1;

	if (left > (lasting ? 1 : 0))
		left--;
	refused |= now;
	return now;
}

static void *allocate(int size)
{
	return refuses() ? NULL : real.xMalloc(size);
}

static void *resize(void *memory, int size)
{
	return refuses() ? NULL : real.xRealloc(memory, size);
}

void faulty_memory_install(void)
{
	sqlite3_mem_methods faulty;

	ck_assert_int_eq(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real), SQLITE_OK);
	faulty = real;
	faulty.xMalloc = allocate;
	faulty.xRealloc = resize;
	ck_assert_int_eq(sqlite3_config(SQLITE_CONFIG_MALLOC, &faulty), SQLITE_OK);
	/* dbd does the same. */
	ck_assert_int_eq(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0), SQLITE_OK);
}

void faulty_memory_refuse(unsigned nth, bool lasts)
{
	left = nth;
	lasting = lasts;
	refused = false;
}

void faulty_memory_heal(void)
{
	left = 0;
}

bool faulty_memory_has_refused(void)
{
	return refused;
}
