#include "one_dbd.h"

#include "scratch.h"
#include "test_database.h"

struct dbd dbd;
struct client client;
struct arena arena;

static void start(const char *url)
{
	dbd_init(&dbd, url);
	dbd_start(&dbd);
	client_open(&client, &dbd);
}

void one_dbd_setup(void)
{
	scratch_setup();
	start(scratch_url("app.db"));
}

void one_dbd_setup_in_memory(void)
{
	scratch_setup();
	start(test_database_is_postgres() ? scratch_url("app.db") : "sqlite://");
}

void one_dbd_teardown(void)
{
	client_close(&client);
	dbd_done(&dbd);
	arena_done(&arena);
	scratch_teardown();
}
