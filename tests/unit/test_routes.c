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
	return routes_match(&routes, method, path, &arena);
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

	ck_assert_msg(route.kind == ROUTE_OPERATION, "%s %s", action_name(action), r->name);
	ck_assert_ptr_eq(route.operation, r->by_action[action]);
	if (route.endpoint->shape->nkeys == 0)
		return;
	ck_assert_slice_eq(route.keys[0], STR("7"));
	ck_assert_ptr_eq(route.endpoint->key_of[0], action == ACTION_CREATE ? r->parent : r);
}

START_TEST(every_action_has_a_route)
{
	for (unsigned i = 0; i < api->resources[_i]->noperations; i++)
		check_route(api->resources[_i], api->resources[_i]->operations[i].action);
}
END_TEST

/* A path of the endpoint. */
static struct str sample_path(const struct endpoint *e)
{
	struct str path = e->parts[0];

	for (unsigned k = 0; k < e->shape->nkeys; k++)
		path = arena_printf(
			&arena, "%.*sabc%.*s", STR_ARGS(path), STR_ARGS(e->parts[k + 1]));
	return path;
}

static bool serves(const struct endpoint *e, enum method method)
{
	return e->methods >> method & 1;
}

static enum route_kind expected_kind(const struct endpoint *e, enum method method)
{
	if (method == METHOD_OPTIONS)
		return ROUTE_OPTIONS;
	if (!serves(e, method))
		return ROUTE_NO_METHOD;
	if (e->operations[method])
		return ROUTE_OPERATION;
	return e->asset ? ROUTE_ASSET : ROUTE_DOCUMENT;
}

/* Each method has an action, or is refused with the list of those that have one. */
START_TEST(every_method_is_served_or_refused)
{
	for (unsigned i = 0; i < routes.count; i++) {
		const struct endpoint *e = &routes.endpoints[i];
		struct str path = sample_path(e);
		for (int m = 0; m < METHOD__COUNT; m++) {
			struct route route = match((enum method)m, path);
			enum method as = m == METHOD_HEAD ? METHOD_GET : (enum method)m;
			ck_assert_msg(route.endpoint == e && route.kind == expected_kind(e, as),
				"%s %s", method_names[m].ptr, path.ptr);
		}
	}
}
END_TEST

START_TEST(head_is_get)
{
	for (unsigned i = 0; i < api->nresources; i++) {
		struct route list = match(METHOD_HEAD, collection(api->resources[i]));
		struct route read = match(METHOD_HEAD, item(api->resources[i], "1"));
		ck_assert_ptr_eq(list.operation, api->resources[i]->by_action[ACTION_LIST]);
		ck_assert_ptr_eq(read.operation, api->resources[i]->by_action[ACTION_READ]);
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
			bool want = serves(e, (enum method)m);
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
			ck_assert_str_ne(routes.endpoints[i].path, routes.endpoints[j].path);
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

START_TEST(without_docs_only_the_constants_are_served)
{
	routes_build(&routes, false, &arena);
	for (int d = 0; d < DOCUMENT__COUNT; d++)
		ck_assert_int_eq(
			match(METHOD_GET, document_path((enum document)d)).kind, ROUTE_NO_PATH);
	ck_assert_int_eq(match(METHOD_GET, STR("/")).kind, ROUTE_DOCUMENT);
	for (unsigned i = 0; i < nassets; i++)
		ck_assert_int_eq(match(METHOD_GET, assets[i].path).kind, ROUTE_NO_PATH);
	ck_assert_int_eq(match(METHOD_GET, STR("/docs/")).kind, ROUTE_NO_PATH);
	ck_assert_int_eq(match(METHOD_GET, collection(api->resources[0])).kind, ROUTE_OPERATION);
}
END_TEST

START_TEST(without_constants_the_root_is_no_path)
{
	const struct api *builtin = api;
	struct api other = *api;

	other.nconstants = 0;
	api = &other;
	routes_build(&routes, true, &arena);
	api = builtin;
	ck_assert_int_eq(match(METHOD_GET, STR("/")).kind, ROUTE_NO_PATH);
	ck_assert_int_eq(match(METHOD_GET, STR("/\n")).kind, ROUTE_NO_PATH);
	ck_assert_int_eq(match(METHOD_GET, STR("/docs")).kind, ROUTE_DOCUMENT);
	ck_assert_int_eq(match(METHOD_GET, collection(api->resources[0])).kind, ROUTE_OPERATION);
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
	ck_assert_str_eq(route.endpoint->path, known[_i].pattern);
	if (route.endpoint->shape->nkeys > 0)
		ck_assert_slice_eq(route.keys[0], str_from(known[_i].key));
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

	ck_assert_int_eq(route.kind, ROUTE_OPERATION);
	ck_assert_slice_eq(route.keys[0], STR("1\0"));
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

/* Paths of all forms. */

static const struct field declared_fields[] = { { .name = "id" } };
static struct resource team = {
	.name = "team", .key_parameter.name = "team_id", .fields = declared_fields
};
static struct resource hero = {
	.name = "hero", .key_parameter.name = "hero_id", .fields = declared_fields, .parent = &team
};
static struct resource tag = {
	.name = "tag", .key_parameter.name = "tag_id", .fields = declared_fields
};

#define OPERATION(of, what, where)                                                                 \
	{                                                                                          \
		.action = (what), .resource = (of), .path = (where)                                \
	}

static const struct operation team_operations[] = {
	OPERATION(&team, ACTION_READ, "/api/v1/teams/{team_id}/"),
	OPERATION(&team, ACTION_DELETE, "/api/v1/teams/{team_id}/"),
};

static const struct operation hero_operations[] = {
	OPERATION(&hero, ACTION_CREATE, "/heroes/"),
	OPERATION(&hero, ACTION_LIST, "/heroes/"),
	OPERATION(&hero, ACTION_READ, "/heroes/{hero_id}"),
	OPERATION(&hero, ACTION_REPLACE, "/heroes/{hero_id}"),
	OPERATION(&hero, ACTION_CHILDREN, "/teams/{team_id}/heroes/all"),
};

static const struct operation tag_operations[] = {
	OPERATION(&tag, ACTION_UPDATE, "/heroes/best"),
	OPERATION(&tag, ACTION_DELETE, "/heroes/{hero_id}/tags/{tag_id}"),
	OPERATION(&tag, ACTION_LIST, "/{name}/tags/new"),
	OPERATION(&tag, ACTION_CREATE, "/{other}/tags/new"),
};

static const struct constant constants[] = {
	{ .path = "/heroes/best", .answer = "1" },
	{ .path = "/health/", .answer = "2" },
};

static const struct resource *const declared_resources[] = { &team, &hero, &tag };

static const struct api declared = {
	.prefix = "",
	.constants = constants,
	.nconstants = NITEMS(constants),
	.resources = declared_resources,
	.nresources = NITEMS(declared_resources),
};

static void declare(struct resource *r, unsigned number, const char *path,
	const struct operation *list, unsigned n)
{
	r->number = number;
	r->path = path;
	r->operations = list;
	r->noperations = n;
}

static void build_declared(void)
{
	const struct api *builtin = api;

	declare(&team, 0, "/api/v1/teams/", team_operations, NITEMS(team_operations));
	declare(&hero, 1, "/heroes/", hero_operations, NITEMS(hero_operations));
	declare(&tag, 2, "/tags", tag_operations, NITEMS(tag_operations));
	api = &declared;
	routes_build(&routes, true, &arena);
	api = builtin;
}

/* As Starlette 0.46 answers a FastAPI application with these operations; but 405 is answered to
 * methods that no route of the path has, with those of all its routes. */
static const struct {
	enum method method;
	const char *path;
	enum route_kind kind;
	const char *found;   /* the endpoint's path, or the redirect's; NULL: none */
	const char *keys[2]; /* "": none */
} declared_paths[] = {
	{ METHOD_GET, "/api/v1/teams/7/", ROUTE_OPERATION, "/api/v1/teams/{team_id}/",
		{ "7", "" } },
	{ METHOD_GET, "/api/v1/teams/7", ROUTE_REDIRECT, "/api/v1/teams/7/", { "", "" } },
	{ METHOD_PUT, "/api/v1/teams/7", ROUTE_REDIRECT, "/api/v1/teams/7/", { "", "" } },
	{ METHOD_GET, "/api/v1/teams/7//", ROUTE_NO_PATH, NULL, { "", "" } },
	{ METHOD_GET, "/api/v1/teams/", ROUTE_NO_PATH, NULL, { "", "" } },
	{ METHOD_GET, "/api/v1/teams//", ROUTE_NO_PATH, NULL, { "", "" } },
	{ METHOD_GET, "/api/v2/teams/7/", ROUTE_NO_PATH, NULL, { "", "" } },
	{ METHOD_POST, "/api/v1/teams/7/", ROUTE_NO_METHOD, "/api/v1/teams/{team_id}/",
		{ "7", "" } },
	{ METHOD_POST, "/heroes/", ROUTE_OPERATION, "/heroes/", { "", "" } },
	{ METHOD_GET, "/heroes", ROUTE_REDIRECT, "/heroes/", { "", "" } },
	{ METHOD_DELETE, "/heroes", ROUTE_REDIRECT, "/heroes/", { "", "" } },
	{ METHOD_GET, "/heroes//", ROUTE_NO_PATH, NULL, { "", "" } },
	{ METHOD_GET, "/heroes/7", ROUTE_OPERATION, "/heroes/{hero_id}", { "7", "" } },
	{ METHOD_GET, "/heroes/7/", ROUTE_REDIRECT, "/heroes/7", { "", "" } },
	{ METHOD_DELETE, "/heroes/7", ROUTE_NO_METHOD, "/heroes/{hero_id}", { "7", "" } },
	{ METHOD_GET, "/teams/7/heroes/all", ROUTE_OPERATION, "/teams/{team_id}/heroes/all",
		{ "7", "" } },
	{ METHOD_GET, "/teams/7/heroes/al", ROUTE_NO_PATH, NULL, { "", "" } },
	{ METHOD_GET, "/health", ROUTE_REDIRECT, "/health/", { "", "" } },
	{ METHOD_GET, "/health/", ROUTE_DOCUMENT, "/health/", { "", "" } },
	{ METHOD_GET, "/docs/", ROUTE_REDIRECT, "/docs", { "", "" } },
	{ METHOD_GET, "/", ROUTE_NO_PATH, NULL, { "", "" } },
	{ METHOD_GET, "", ROUTE_NO_PATH, NULL, { "", "" } },
	/* The first route with the path and the method, or else the first with the path. */
	{ METHOD_GET, "/heroes/best", ROUTE_DOCUMENT, "/heroes/best", { "", "" } },
	{ METHOD_HEAD, "/heroes/best", ROUTE_DOCUMENT, "/heroes/best", { "", "" } },
	{ METHOD_PATCH, "/heroes/best", ROUTE_OPERATION, "/heroes/best", { "", "" } },
	{ METHOD_PUT, "/heroes/best", ROUTE_OPERATION, "/heroes/{hero_id}", { "best", "" } },
	{ METHOD_DELETE, "/heroes/best", ROUTE_NO_METHOD, "/heroes/best", { "", "" } },
	{ METHOD_OPTIONS, "/heroes/best", ROUTE_OPTIONS, "/heroes/best", { "", "" } },
	{ METHOD_GET, "/heroes/best/", ROUTE_REDIRECT, "/heroes/best", { "", "" } },
	/* The newline is one at the end, or a key. */
	{ METHOD_GET, "/heroes/\n", ROUTE_OPERATION, "/heroes/", { "", "" } },
	{ METHOD_PUT, "/heroes/\n", ROUTE_OPERATION, "/heroes/{hero_id}", { "\n", "" } },
	{ METHOD_GET, "/heroes/best\n", ROUTE_DOCUMENT, "/heroes/best", { "", "" } },
	/* Two keys. */
	{ METHOD_DELETE, "/heroes/7/tags/8", ROUTE_OPERATION, "/heroes/{hero_id}/tags/{tag_id}",
		{ "7", "8" } },
	{ METHOD_DELETE, "/heroes/7/tags/8\n", ROUTE_OPERATION, "/heroes/{hero_id}/tags/{tag_id}",
		{ "7", "8\n" } },
	{ METHOD_DELETE, "/heroes/7/tags/8/", ROUTE_REDIRECT, "/heroes/7/tags/8", { "", "" } },
	{ METHOD_DELETE, "/heroes/7/tags/", ROUTE_NO_PATH, NULL, { "", "" } },
	{ METHOD_DELETE, "/heroes//tags/8", ROUTE_NO_PATH, NULL, { "", "" } },
	{ METHOD_DELETE, "/heroes/7/tag/8", ROUTE_NO_PATH, NULL, { "", "" } },
	{ METHOD_DELETE, "/heroes/7/tags", ROUTE_NO_PATH, NULL, { "", "" } },
	/* The same path with keys of other names. */
	{ METHOD_GET, "/a/tags/new", ROUTE_OPERATION, "/{name}/tags/new", { "a", "" } },
	{ METHOD_POST, "/a/tags/new", ROUTE_OPERATION, "/{other}/tags/new", { "a", "" } },
	{ METHOD_PUT, "/a/tags/new", ROUTE_NO_METHOD, "/{name}/tags/new", { "a", "" } },
};

START_TEST(declared_paths_are_found)
{
	build_declared();
	struct route route = match(declared_paths[_i].method, str_from(declared_paths[_i].path));
	const char *path = declared_paths[_i].path, *found = declared_paths[_i].found;

	ck_assert_msg(route.kind == declared_paths[_i].kind, "%s: %d", path, route.kind);
	if (route.kind == ROUTE_REDIRECT) {
		ck_assert_slice_eq(route.redirect, str_from(found));
		return;
	}
	ck_assert_int_eq(route.endpoint != NULL, found != NULL);
	if (!found)
		return;
	ck_assert_str_eq(route.endpoint->path, found);
	for (unsigned k = 0; k < route.endpoint->shape->nkeys; k++)
		ck_assert_slice_eq(route.keys[k], str_from(declared_paths[_i].keys[k]));
	if (route.kind == ROUTE_OPERATION)
		ck_assert_str_eq(route.operation->path, found);
}
END_TEST

/* The number of an endpoint, by its path. */
static unsigned number_at(const char *path)
{
	for (unsigned i = 0; i < routes.count; i++)
		if (strcmp(routes.endpoints[i].path, path) == 0)
			return routes.endpoints[i].number;
	ck_abort_msg("no %s", path);
	return 0;
}

/* Processes that serve an API count in the same places as those that serve an extension of it. */
START_TEST(an_operation_more_leaves_the_numbers_of_paths_as_they_are)
{
	static const struct operation more[] = {
		OPERATION(&hero, ACTION_REPLACE, "/heroes/{hero_id}"),
		OPERATION(&hero, ACTION_DELETE, "/heroes/{hero_id}"),
		OPERATION(&hero, ACTION_READ, "/heroes/{hero_id}"),
		OPERATION(&hero, ACTION_LIST, "/heroes/"),
		OPERATION(&hero, ACTION_CREATE, "/teams/{team_id}/heroes/all"),
	};
	static const char *const paths[] = { "/heroes/", "/heroes/{hero_id}",
		"/teams/{team_id}/heroes/all", "/heroes/best", "/health/", "/docs" };
	const struct api *builtin = api;
	unsigned before[NITEMS(paths)];

	build_declared();
	for (size_t i = 0; i < NITEMS(paths); i++)
		before[i] = number_at(paths[i]);
	hero.operations = more;
	hero.noperations = NITEMS(more);
	api = &declared;
	routes_build(&routes, true, &arena);
	api = builtin;
	for (size_t i = 0; i < NITEMS(paths); i++)
		ck_assert_uint_eq(number_at(paths[i]), before[i]);
}
END_TEST

/* Those of which a resource has too many. */
START_TEST(numbers_are_not_shared)
{
	static struct operation many[20];
	const struct api *builtin = api;
	unsigned numbered = 0;

	build_declared();
	for (size_t i = 0; i < NITEMS(many); i++)
		many[i] = (struct operation)OPERATION(
			&hero, ACTION_READ, arena_printf(&arena, "/heroes/%zu", i).ptr);
	hero.operations = many;
	hero.noperations = NITEMS(many);
	api = &declared;
	routes_build(&routes, true, &arena);
	api = builtin;
	for (unsigned i = 0; i < routes.count; i++)
		for (unsigned j = 0; j < i; j++)
			ck_assert(routes.endpoints[i].number == ENDPOINT_UNNUMBERED ||
				  routes.endpoints[i].number != routes.endpoints[j].number);
	for (size_t i = 0; i < NITEMS(many); i++)
		numbered += number_at(many[i].path) != ENDPOINT_UNNUMBERED;
	ck_assert_uint_eq(numbered, ENDPOINTS_OF_RESOURCE);
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
	tcase_add_test(tests, without_docs_only_the_constants_are_served);
	tcase_add_test(tests, without_constants_the_root_is_no_path);
	tcase_add_test(tests, each_of_many_resources_has_its_routes);
	tcase_add_loop_test(tests, known_paths_are_found, 0, (int)NITEMS(known));
	tcase_add_test(tests, a_nul_is_a_character_of_a_key);
	tcase_add_loop_test(tests, other_paths_redirect_or_are_unknown, 0, (int)NITEMS(others));
	tcase_add_loop_test(tests, declared_paths_are_found, 0, (int)NITEMS(declared_paths));
	tcase_add_test(tests, an_operation_more_leaves_the_numbers_of_paths_as_they_are);
	tcase_add_test(tests, numbers_are_not_shared);
	suite_add_tcase(suite, tests);
	return suite;
}
