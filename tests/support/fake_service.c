#include "fake_service.h"

#include "record_json.h"
#include "suite.h"
#include "turn.h"

#include <unistd.h>

static void on_ready(void *context)
{
	(void)context;
}

void fake_service_open(
	struct service *service, struct loop *loop, struct fake_dbd *dbd, struct arena *arena)
{
	fake_dbd_open(dbd);
	record_json_prepare(arena);
	routes_build(&service->routes, true, arena);
	service->documents = documents_new(&service->routes, STR(""), NULL, arena);
	service->authority = STR("127.0.0.1:8000");
	service->cors.origins = "";
	service->cache = cache_new(NULL, 0);
	service->dbd = dbd_client_new(loop, dbd->name, on_ready, NULL);
	loop_settle(loop);
	fake_dbd_greet(dbd);
	loop_settle(loop);
}

void fake_service_close(struct service *service, struct fake_dbd *dbd)
{
	dbd_client_free(service->dbd);
	cache_free(service->cache);
	fake_dbd_close(dbd);
}

struct generations *fake_service_use_cache(struct service *service, size_t bytes)
{
	int fds[GENERATIONS_END__COUNT];

	ck_assert_int_eq(generations_create(fds), 0);
	struct generations *table = generations_map(fds[GENERATIONS_WRITE], GENERATIONS_WRITE);
	ck_assert_ptr_nonnull(table);
	close(fds[GENERATIONS_READ]);
	cache_free(service->cache);
	service->cache = cache_new(table, bytes);
	return table;
}

struct conns fake_service_conns(struct loop *loop, struct service *service,
	void (*on_closed)(struct conns *conns), void (*on_idle)(struct conns *conns))
{
	return (struct conns){
		.loop = loop,
		.service = service,
		.readers.limits = { .line = 8192,
			.header_bytes = 65536,
			.headers = 100,
			.body = 1000 },
		.keep_alive_ms = 60 * 1000,
		.header_ms = 60 * 1000,
		.body_ms = 60 * 1000,
		.write_ms = CONN_WRITE_MS,
		.limit = 1000,
		.on_closed = on_closed,
		.on_idle = on_idle,
	};
}
