#include "worker_service.h"

#include "arena_buf.h"
#include "field_pattern.h"
#include "log.h"
#include "net.h"
#include "process.h"
#include "record_json.h"

#include <errno.h>
#include <string.h>

/* The root path without a slash at its end. */
static struct str root_path(const struct settings *settings)
{
	struct str path = str_from(settings->root_path);

	while (path.len > 0 && path.ptr[path.len - 1] == '/')
		path.len--;
	return path;
}

static struct str own_authority(struct arena *arena, int listener)
{
	struct buf text;

	buf_init(&text, 256);
	if (net_write_address(listener, &text) < 0)
		buf_str(&text, STR("localhost"));
	return arena_take(arena, &text);
}

static struct cache *open_cache(const struct settings *settings)
{
	const struct generations *table = generations_map(PROCESS_FD_GENERATIONS, GENERATIONS_READ);

	if (!table)
		log_die("cannot map the generations: %s", strerror(errno));
	return cache_new(table, (size_t)settings->cache_size);
}

void worker_service_open(
	struct service *service, const struct settings *settings, int listener, struct arena *arena)
{
	record_json_prepare(arena);
	field_patterns_open(api);
	routes_build(&service->routes, settings->docs, arena);
	service->root = root_path(settings);
	if (settings->gzip)
		service->gzip = gzip_new();
	service->documents = documents_new(&service->routes, service->root, service->gzip, arena);
	service->gives_ids = settings->request_id;
	request_ids_init(&service->ids);
	service->cors = (struct cors){
		.origins = settings->cors_allow_origin,
		.credentials = settings->cors_allow_credentials,
		.private_network = settings->cors_allow_private_network,
	};
	service->authority = own_authority(arena, listener);
	service->cache = open_cache(settings);
	service->cache_age = (uint64_t)settings->cache_age;
}

void worker_service_close(struct service *service)
{
	cache_free(service->cache);
	gzip_free(service->gzip);
	field_patterns_close();
}
