/*
 * The first line of the input as a request target, the second as a Host field. The guard takes the
 * request if and only if both are valid, however its bytes arrive. What is accepted has a valid
 * authority and a path in UTF-8, and a Location made from it is parsed to the same path and query.
 * A route agrees with its endpoint's path and methods.
 */
#include "ascii.h"
#include "buf.h"
#include "declaration.h"
#include "guard.h"
#include "int_id.h"
#include "routes.h"
#include "target.h"
#include "utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct buf error;

	(void)argc;
	(void)argv;
	buf_init(&error, DECLARATION_MOST);
	api_use(declaration_read(builtin_declaration, "built-in", &error));
	if (!api)
		abort();
	buf_done(&error);
	return 0;
}

#define FALLBACK STR("127.0.0.1:8000")

enum { TEXT_MAX = 1 << 20 };

/* Larger than any input, as libFuzzer makes them. */
static const struct http_limits limits = {
	.line = TEXT_MAX, .header_bytes = TEXT_MAX, .headers = 8, .body = TEXT_MAX
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static struct str take_line(struct str *text)
{
	const char *end = text->len > 0 ? memchr(text->ptr, '\n', text->len) : NULL;
	struct str line = { text->ptr, end ? (size_t)(end - text->ptr) : text->len };

	*text = str_from_index(*text, line.len + (end != NULL));
	return line;
}

static bool is_part_of(struct str part, struct str whole)
{
	return part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len;
}

/*
 * The guard
 */

/* The status for a head that arrives in pieces of this size, and whether it was complete. */
static int judge(struct str head, size_t piece, bool *complete)
{
	struct guard_head state = { 0 };
	size_t came = 0;
	int status = 0;

	while (came < head.len && status == 0) {
		came = head.len - came < piece ? head.len : came + piece;
		status = guard_head_check(&state, &limits, (struct str){ head.ptr, came });
	}
	*complete = state.complete;
	return status;
}

static bool takes(struct arena *arena, enum method method, struct str target, struct str host)
{
	bool complete, same;
	struct buf head;

	buf_init(&head, TEXT_MAX);
	buf_str(&head, method_names[method]);
	buf_char(&head, ' ');
	buf_str(&head, target);
	buf_str(&head, STR(" HTTP/1.1\r\nHost: "));
	buf_str(&head, host);
	buf_str(&head, STR("\r\n\r\n"));
	require(!head.failed);
	struct str bytes = arena_copy(arena, buf_view(&head));
	buf_done(&head);
	int status = judge(bytes, bytes.len, &complete);
	require(judge(bytes, 1, &same) == status && same == complete);
	require(status == 0 ? complete : status == 400 || status == 505);
	return status == 0;
}

static void check_guard(struct arena *arena, struct str target, struct str host)
{
	bool valid = ascii_all(ASCII_VCHAR, target) && target_valid(target) &&
		     ascii_all(ASCII_FIELD, host) && target_host_valid(ascii_trim(host));

	require(takes(arena, METHOD_OPTIONS, target, host) == valid);
	require(takes(arena, METHOD_GET, target, host) == (valid && !str_equal(target, STR("*"))));
}

/*
 * The target
 */

static void check_authority(struct str target, struct str host)
{
	struct str authority = target_authority(target, host);

	require(target_host_valid(authority));
	require(is_part_of(authority, target) || is_part_of(authority, host));
	if (target.ptr[0] != '/' && target.ptr[0] != '*')
		require(target_authority_valid(authority));
	else
		require(authority.ptr == host.ptr && authority.len == host.len);
}

static void check_value(struct arena *arena, struct str query, struct str again)
{
	static const struct str names[] = { STR_INIT(""), STR_INIT("a"), STR_INIT("limit") };
	struct str value, same;

	for (size_t i = 0; i < NITEMS(names); i++) {
		bool found = target_query_value(arena, query, names[i], &value);
		require(target_query_value(arena, again, names[i], &same) == found);
		require(!found || (str_equal(value, same) && utf8_valid(value, UTF8_STRICT)));
	}
}

/* A "%" in the path was an escaped one, or had no digits behind it; a Location keeps it. */
static void check_location(struct arena *arena, struct str host, struct str path, struct str query)
{
	struct str url = target_location(arena, STR("http"), host, FALLBACK, path, query);
	struct str authority = target_authority(url, STR("")), path_again, query_again;

	require(ascii_all(ASCII_VCHAR, url));
	require(str_equal(authority, host) || str_equal(authority, FALLBACK));
	require(target_parse(arena, url, &path_again, &query_again));
	require(memchr(path.ptr, '%', path.len) || str_equal(path_again, path));
	check_value(arena, query, query_again);
}

/*
 * Routes
 */

static bool lists_method(struct str allow, enum method method)
{
	while (allow.len > 0) {
		const char *comma = memchr(allow.ptr, ',', allow.len);
		struct str name = { allow.ptr, comma ? (size_t)(comma - allow.ptr) : allow.len };
		if (str_equal(name, method_names[method]))
			return true;
		allow = str_from_index(allow, comma ? name.len + strlen(", ") : name.len);
	}
	return false;
}

static void check_key(struct str key)
{
	char text[32];
	int64_t value, again;

	require(key.len > 0 && !memchr(key.ptr, '/', key.len));
	if (int_id_parse(key, &value) != INT_ID_OK)
		return;
	int n = snprintf(text, sizeof(text), "%" PRId64, value);
	require(int_id_parse((struct str){ text, (size_t)n }, &again) == INT_ID_OK);
	require(again == value);
}

/* The path is that of the endpoint, but for a newline at its end. */
static void check_endpoint(struct arena *arena, const struct routes *routes,
	const struct route *route, enum method method, struct str path)
{
	const struct endpoint *e = route->endpoint;
	struct buf built;

	buf_init(&built, TEXT_MAX);
	buf_str(&built, e->parts[0]);
	for (unsigned k = 0; k < e->shape->nkeys; k++) {
		check_key(route->keys[k]);
		buf_str(&built, route->keys[k]);
		buf_str(&built, e->parts[k + 1]);
	}
	struct str plain = arena_copy(arena, buf_view(&built));
	buf_done(&built);
	require(str_starts(path, plain) && path.len - plain.len <= 1);
	require(path.len == plain.len || path.ptr[plain.len] == '\n');
	struct route again = routes_match(routes, method, plain, arena);
	require(again.kind == route->kind && again.endpoint == e &&
		again.operation == route->operation);
	require(lists_method(e->allow, method) == (route->kind != ROUTE_NO_METHOD));
}

static void check_route(
	struct arena *arena, const struct routes *routes, enum method method, struct str path)
{
	struct route route = routes_match(routes, method, path, arena), next;

	switch (route.kind) {
	case ROUTE_REDIRECT:
		next = routes_match(routes, method, route.redirect, arena);
		require(next.kind != ROUTE_REDIRECT && next.kind != ROUTE_NO_PATH);
		break;
	case ROUTE_NO_PATH:
		break;
	case ROUTE_OPERATION:
		require(action_method(route.operation->action) ==
			(method == METHOD_HEAD ? METHOD_GET : method));
		check_endpoint(arena, routes, &route, method, path);
		break;
	default:
		check_endpoint(arena, routes, &route, method, path);
	}
}

static const struct routes *get_routes(void)
{
	static struct arena arena;
	static struct routes routes;

	if (routes.count == 0)
		routes_build(&routes, true, &arena);
	return &routes;
}

static void check_target(struct arena *arena, struct str target, struct str host)
{
	struct str path, query;
	bool valid = target_parse(arena, target, &path, &query);

	require(valid == target_valid(target));
	if (!valid)
		return;
	require(utf8_valid(path, UTF8_STRICT));
	require(path.ptr[0] == '/' || str_equal(path, STR("*")));
	require(query.len == 0 || !memchr(query.ptr, '#', query.len));
	require(!target_is_server(target) || path.len == 1);
	if (target_host_valid(host))
		check_authority(target, host);
	if (path.ptr[0] == '/')
		check_location(arena, target_host_valid(host) ? host : STR(""), path, query);
	for (enum method method = 0; method < METHOD__COUNT; method++)
		check_route(arena, get_routes(), method, path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct str target = take_line(&text), host = take_line(&text);
	struct arena arena = { 0 };

	check_guard(&arena, target, host);
	check_target(&arena, target, host);
	arena_done(&arena);
	return 0;
}
