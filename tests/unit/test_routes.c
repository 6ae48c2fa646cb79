/* Routing of decoded paths; target.c decodes them. */
#include "declaration.h"
#include "routes.h"
#include "suite.h"

static struct arena arena;
static struct routes routes;

static void setup(void)
{
	arena_init(&arena);
	routes_build(&routes, true, &arena);
}

static void teardown(void)
{
	arena_done(&arena);
}

static struct route match(enum method method, struct str path)
{
	return routes_match(&routes, method, path);
}

/* Every resource. */

static struct str collection(const struct resource *r)
{
	return arena_printf(&arena, "/%s", r->plural);
}

static struct str item(const struct resource *r, const char *key)
{
	return arena_printf(&arena, "/%s/%s", r->plural, key);
}

/* The path of an action. */
static struct str path_of(const struct resource *r, enum action action)
{
	if (action == ACTION_LIST || (action == ACTION_CREATE && !r->parent))
		return collection(r);
	if (action == ACTION_CREATE)
		return arena_printf(&arena, "/%s/7/%s", r->parent->plural, r->plural);
	return item(r, "7");
}

static void check_route(const struct resource *r, enum action action)
{
	struct str path = path_of(r, action);
	struct route route = match(action_method(action), path);

	ck_assert_msg(route.kind == ROUTE_ACTION && route.action == action, "%s %s",
		action_name(action), r->name);
	ck_assert_ptr_eq(route.endpoint->resource, r);
	if (!route.endpoint->has_key)
		return;
	ck_assert_slice_eq(route.key, STR("7"));
	ck_assert_ptr_eq(route.endpoint->key_of, action == ACTION_CREATE ? r->parent : r);
}

START_TEST(every_action_has_a_route)
{
	for (unsigned i = 0; i < api->resources[_i]->noperations; i++)
		check_route(api->resources[_i], api->resources[_i]->operations[i].action);
}
END_TEST

/* Each method has an action, or is refused with the list of those that have one. */
START_TEST(every_method_is_served_or_refused)
{
	for (unsigned i = 0; i < routes.count; i++) {
		const struct endpoint *e = &routes.endpoints[i];
		struct str path = arena_printf(&arena, "%s%s%s", e->before.ptr,
			e->has_key ? "abc" : "", e->has_key ? e->after.ptr : "");
		for (int m = 0; m < METHOD__COUNT; m++) {
			struct route route = match((enum method)m, path);
			bool get = e->actions[METHOD_GET] != 0;
			bool served = e->actions[m] || (m == METHOD_HEAD && get);
			enum route_kind kind = e->resource ? ROUTE_ACTION
					       : e->asset  ? ROUTE_ASSET
							   : ROUTE_DOCUMENT;
			if (m == METHOD_OPTIONS)
				kind = ROUTE_OPTIONS;
			else if (!served)
				kind = ROUTE_NO_METHOD;
			ck_assert_msg(route.kind == kind && route.endpoint == e, "%s %s",
				method_names[m].ptr, path.ptr);
		}
	}
}
END_TEST

START_TEST(head_is_get)
{
	for (unsigned i = 0; i < api->nresources; i++) {
		struct route list = match(METHOD_HEAD, collection(api->resources[i]));
		struct route read = match(METHOD_HEAD, item(api->resources[i], "1"));
		ck_assert(list.kind == ROUTE_ACTION && list.action == ACTION_LIST);
		ck_assert(read.kind == ROUTE_ACTION && read.action == ACTION_READ);
	}
}
END_TEST

/* True if the list of methods has this one. */
static bool lists(struct str list, const char *method)
{
	size_t n = strlen(method);

	for (const char *p = list.ptr; *p; p += strcspn(p, ", "), p += strspn(p, ", "))
		if (strcspn(p, ", ") == n && memcmp(p, method, n) == 0)
			return true;
	return false;
}

START_TEST(allow_lists_exactly_the_served_methods)
{
	for (unsigned i = 0; i < routes.count; i++) {
		const struct endpoint *e = &routes.endpoints[i];
		unsigned commas = 0, served = 0;
		for (int m = 0; m < METHOD__COUNT; m++) {
			bool want = m == METHOD_OPTIONS || e->actions[m] ||
				    (m == METHOD_HEAD && e->actions[METHOD_GET]);
			served += want;
			ck_assert_msg(lists(e->allow, method_names[m].ptr) == want, "%s in \"%s\"",
				method_names[m].ptr, e->allow.ptr);
		}
		for (const char *p = e->allow.ptr; *p; p++)
			commas += *p == ',';
		ck_assert_uint_eq(commas + 1, served);
	}
}
END_TEST

START_TEST(the_server_allows_the_methods_of_all_paths)
{
	for (int m = 0; m < METHOD__COUNT; m++) {
		bool want = false;
		for (unsigned i = 0; i < routes.count; i++)
			want = want || lists(routes.endpoints[i].allow, method_names[m].ptr);
		ck_assert_msg(lists(routes.allow, method_names[m].ptr) == want, "%s in \"%s\"",
			method_names[m].ptr, routes.allow.ptr);
	}
}
END_TEST

START_TEST(no_two_endpoints_share_a_path)
{
	for (unsigned i = 0; i < routes.count; i++)
		for (unsigned j = 0; j < i; j++)
			ck_assert_str_ne(endpoint_path(&routes.endpoints[i], &arena).ptr,
				endpoint_path(&routes.endpoints[j], &arena).ptr);
}
END_TEST

START_TEST(every_document_has_its_path)
{
	for (int d = 0; d < DOCUMENT__COUNT; d++) {
		struct route route = match(METHOD_GET, document_path((enum document)d));
		ck_assert_int_eq(route.kind, ROUTE_DOCUMENT);
		ck_assert_int_eq(route.endpoint->document, d);
		route = match(METHOD_POST, document_path((enum document)d));
		ck_assert_int_eq(route.kind, ROUTE_NO_METHOD);
	}
}
END_TEST

START_TEST(every_asset_has_its_path)
{
	for (unsigned i = 0; i < nassets; i++) {
		struct str path = assets[i].path;
		struct route route = match(METHOD_GET, path);
		ck_assert_int_eq(route.kind, ROUTE_ASSET);
		ck_assert_ptr_eq(route.endpoint->asset, &assets[i]);
		ck_assert_int_eq(match(METHOD_HEAD, path).kind, ROUTE_ASSET);
		ck_assert_int_eq(match(METHOD_POST, path).kind, ROUTE_NO_METHOD);
		ck_assert_int_eq(match(METHOD_GET, arena_printf(&arena, "%sx", path.ptr)).kind,
			ROUTE_NO_PATH);
	}
}
END_TEST

START_TEST(without_docs_only_the_home_message_is_served)
{
	routes_build(&routes, false, &arena);
	for (int d = 0; d < DOCUMENT__COUNT; d++)
		ck_assert_int_eq(match(METHOD_GET, document_path((enum document)d)).kind,
			d == DOCUMENT_HOME ? ROUTE_DOCUMENT : ROUTE_NO_PATH);
	for (unsigned i = 0; i < nassets; i++)
		ck_assert_int_eq(match(METHOD_GET, assets[i].path).kind, ROUTE_NO_PATH);
	ck_assert_int_eq(match(METHOD_GET, STR("/docs/")).kind, ROUTE_NO_PATH);
	ck_assert_int_eq(match(METHOD_GET, collection(api->resources[0])).kind, ROUTE_ACTION);
}
END_TEST

START_TEST(without_a_home_message_the_root_is_no_path)
{
	const struct api *builtin = api;
	struct api other = *api;

	other.home = NULL;
	api = &other;
	routes_build(&routes, true, &arena);
	api = builtin;
	ck_assert_int_eq(match(METHOD_GET, STR("/")).kind, ROUTE_NO_PATH);
	ck_assert_int_eq(match(METHOD_GET, STR("/\n")).kind, ROUTE_NO_PATH);
	ck_assert_int_eq(match(METHOD_GET, STR("/docs")).kind, ROUTE_DOCUMENT);
	ck_assert_int_eq(match(METHOD_GET, collection(api->resources[0])).kind, ROUTE_ACTION);
}
END_TEST

/* 256 resources, whose names differ in the middle only, in chains of parents and children. */
START_TEST(each_of_many_resources_has_its_routes)
{
	const struct api *builtin = api;
	struct buf text, error;

	buf_init(&error, 1000);
	buf_init(&text, SIZE_MAX / 2);
	buf_str(&text, STR("{\"resources\":{"));
	for (unsigned i = 0; i < RESOURCES_MAX; i++) {
		buf_printf(&text, "%s\"some_%03u_long_name\":{", i ? "," : "", i);
		if (i % RESOURCE_MAX_DEPTH > 0)
			buf_printf(&text, "\"parent\":\"some_%03u_long_name\",", i - 1);
		buf_str(&text, STR("\"fields\":{\"v\":{\"type\":\"integer\"}}}"));
	}
	buf_str(&text, STR("}}"));
	struct api *many = declaration_read(buf_view(&text), "test", &error);
	ck_assert_msg(many != NULL, "%.*s", STR_ARGS(buf_view(&error)));
	api_use(many);
	routes_build(&routes, true, &arena);
	for (unsigned i = 0; i < api->nresources; i++) {
		const struct resource *r = api->resources[i];
		for (unsigned o = 0; o < r->noperations; o++)
			check_route(r, r->operations[o].action);
		ck_assert_int_eq(
			match(METHOD_POST, arena_printf(&arena, "/%s/1/users", r->plural)).kind,
			ROUTE_NO_PATH);
	}
	api_use(builtin);
	declaration_free(many);
	buf_done(&text);
	buf_done(&error);
}
END_TEST

/* The paths of users and posts, as they were recorded. */

static const struct {
	const char *allow; /* as a set, without OPTIONS */
	const char *path, *key, *pattern;
} known[] = {
	{ "GET HEAD", "/", "", "/" },
	{ "GET HEAD", "/openapi.json", "", "/openapi.json" },
	{ "GET HEAD", "/docs", "", "/docs" },
	{ "GET HEAD", "/docs/oauth2-redirect", "", "/docs/oauth2-redirect" },
	{ "GET HEAD", "/redoc", "", "/redoc" },
	{ "POST GET HEAD", "/users", "", "/users" },
	{ "GET PATCH DELETE HEAD", "/users/1", "1", "/users/{user_id}" },
	{ "POST", "/users/1/posts", "1", "/users/{user_id}/posts" },
	{ "GET HEAD", "/posts", "", "/posts" },
	{ "GET PATCH DELETE HEAD", "/posts/1", "1", "/posts/{post_id}" },
	/* A key is one or more characters other than a slash. */
	{ "GET PATCH DELETE HEAD", "/users/abc", "abc", "/users/{user_id}" },
	{ "GET PATCH DELETE HEAD", "/users/ ", " ", "/users/{user_id}" },
	{ "GET PATCH DELETE HEAD", "/users/..", "..", "/users/{user_id}" },
	{ "GET PATCH DELETE HEAD", "/users/posts", "posts", "/users/{user_id}" },
	{ "POST", "/users/posts/posts", "posts", "/users/{user_id}/posts" },
	{ "GET PATCH DELETE HEAD", "/users/\xef\xbf\xbd", "\xef\xbf\xbd", "/users/{user_id}" },
	/* One newline at the end is ignored after a literal and belongs to a key. */
	{ "GET HEAD", "/\n", "", "/" },
	{ "GET HEAD", "/docs\n", "", "/docs" },
	{ "POST GET HEAD", "/users\n", "", "/users" },
	{ "POST", "/users/1/posts\n", "1", "/users/{user_id}/posts" },
	{ "GET PATCH DELETE HEAD", "/users/1\n", "1\n", "/users/{user_id}" },
	{ "GET PATCH DELETE HEAD", "/users/1\n\n", "1\n\n", "/users/{user_id}" },
	{ "GET PATCH DELETE HEAD", "/users/\n", "\n", "/users/{user_id}" },
	{ "POST", "/users/1\n/posts", "1\n", "/users/{user_id}/posts" },
};

START_TEST(known_paths_are_found)
{
	struct route route = match(METHOD_OPTIONS, str_from(known[_i].path));

	ck_assert_msg(route.kind == ROUTE_OPTIONS, "%s", known[_i].path);
	ck_assert_slice_eq(route.key, str_from(known[_i].key));
	ck_assert_str_eq(endpoint_path(route.endpoint, &arena).ptr, known[_i].pattern);
	for (int m = 0; m < METHOD__COUNT; m++) {
		const char *name = method_names[m].ptr;
		bool want = m == METHOD_OPTIONS ||
			    lists(arena_copy(&arena, str_from(known[_i].allow)), name);
		ck_assert_msg(lists(route.endpoint->allow, name) == want, "%s for %s", name,
			known[_i].path);
	}
}
END_TEST

START_TEST(a_nul_is_a_character_of_a_key)
{
	struct route route = match(METHOD_GET, STR("/users/1\0"));

	ck_assert_int_eq(route.kind, ROUTE_ACTION);
	ck_assert_slice_eq(route.key, STR("1\0"));
	ck_assert_int_eq(match(METHOD_GET, STR("/users\0")).kind, ROUTE_NO_PATH);
}
END_TEST

static const struct {
	struct str path;
	struct str redirect; /* "": 404 */
} others[] = {
	{ STR_INIT("/users/"), STR_INIT("/users") },
	{ STR_INIT("/users//"), STR_INIT("/users") },
	{ STR_INIT("/users////"), STR_INIT("/users") },
	{ STR_INIT("/users/1/"), STR_INIT("/users/1") },
	{ STR_INIT("/users/abc/"), STR_INIT("/users/abc") },
	{ STR_INIT("/users/1/posts/"), STR_INIT("/users/1/posts") },
	{ STR_INIT("/posts/"), STR_INIT("/posts") },
	{ STR_INIT("/posts/1//"), STR_INIT("/posts/1") },
	{ STR_INIT("/docs/"), STR_INIT("/docs") },
	{ STR_INIT("/docs/oauth2-redirect/"), STR_INIT("/docs/oauth2-redirect") },
	{ STR_INIT("/openapi.json/"), STR_INIT("/openapi.json") },
	{ STR_INIT("/users\n/"), STR_INIT("/users\n") },
	{ STR_INIT("/\n/"), STR_INIT("/\n") },
	{ STR_INIT(""), STR_INIT("/") },
	{ STR_INIT("*"), STR_INIT("") },
	{ STR_INIT("//"), STR_INIT("") },
	{ STR_INIT("///"), STR_INIT("") },
	{ STR_INIT("//users"), STR_INIT("") },
	{ STR_INIT("//users/"), STR_INIT("") },
	{ STR_INIT("/./users"), STR_INIT("") },
	{ STR_INIT("/users/../users"), STR_INIT("") },
	{ STR_INIT("/Users"), STR_INIT("") },
	{ STR_INIT("/users\n\n"), STR_INIT("") },
	{ STR_INIT("/users\r"), STR_INIT("") },
	{ STR_INIT("\n/users"), STR_INIT("") },
	{ STR_INIT("/users "), STR_INIT("") },
	{ STR_INIT("/user"), STR_INIT("") },
	{ STR_INIT("/usersx"), STR_INIT("") },
	{ STR_INIT("users"), STR_INIT("") },
	{ STR_INIT("/users/1/posts/1"), STR_INIT("") },
	{ STR_INIT("/users/1/post"), STR_INIT("") },
	{ STR_INIT("/users/1/postsx"), STR_INIT("") },
	{ STR_INIT("/users/1/posts\n\n"), STR_INIT("") },
	{ STR_INIT("/users//posts"), STR_INIT("") },
	{ STR_INIT("/posts/1/users"), STR_INIT("") },
	{ STR_INIT("/docs/1"), STR_INIT("") },
	{ STR_INIT("/nope"), STR_INIT("") },
	{ STR_INIT("/nope/"), STR_INIT("") },
};

/* The same for every method. */
START_TEST(other_paths_redirect_or_are_unknown)
{
	for (int m = 0; m < METHOD__COUNT; m++) {
		struct route route = match((enum method)m, others[_i].path);
		if (others[_i].redirect.len == 0) {
			ck_assert_msg(route.kind == ROUTE_NO_PATH, "%s", others[_i].path.ptr);
			continue;
		}
		ck_assert_msg(route.kind == ROUTE_REDIRECT, "%s", others[_i].path.ptr);
		ck_assert_slice_eq(route.redirect, others[_i].redirect);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("routes");
	TCase *tests = tcase_create("routes");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, every_action_has_a_route, 0, (int)api->nresources);
	tcase_add_test(tests, every_method_is_served_or_refused);
	tcase_add_test(tests, head_is_get);
	tcase_add_test(tests, allow_lists_exactly_the_served_methods);
	tcase_add_test(tests, the_server_allows_the_methods_of_all_paths);
	tcase_add_test(tests, no_two_endpoints_share_a_path);
	tcase_add_test(tests, every_document_has_its_path);
	tcase_add_test(tests, every_asset_has_its_path);
	tcase_add_test(tests, without_docs_only_the_home_message_is_served);
	tcase_add_test(tests, without_a_home_message_the_root_is_no_path);
	tcase_add_test(tests, each_of_many_resources_has_its_routes);
	tcase_add_loop_test(tests, known_paths_are_found, 0, (int)NITEMS(known));
	tcase_add_test(tests, a_nul_is_a_character_of_a_key);
	tcase_add_loop_test(tests, other_paths_redirect_or_are_unknown, 0, (int)NITEMS(others));
	suite_add_tcase(suite, tests);
	return suite;
}
