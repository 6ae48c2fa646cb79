#include "exchange.h"

#include "answers.h"
#include "ask_dbd.h"
#include "fixed_answers.h"
#include "target.h"

enum { BODY_MAX = 1024 * 1024 * 1024 /* bytes of one answer in memory */ };

/* Routes a path below --root-path by the part after the prefix, as Starlette does, and any other
 * path as it is. False: the target is invalid. */
static bool find_route(struct exchange *x, const struct http_request *request, struct str *query)
{
	struct str root = x->service->root, path;

	if (request->method == METHOD_OPTIONS && target_is_server(request->target)) {
		x->route = (struct route){ .kind = ROUTE_SERVER };
		*query = STR("");
		return true;
	}
	if (!target_parse(&x->arena, request->target, &path, query))
		return false;
	if (root.len > 0 && str_starts(path, root) &&
		(path.len == root.len || path.ptr[root.len] == '/'))
		path = str_from_index(path, root.len);
	x->route = routes_match(&x->service->routes, request->method, path, &x->arena);
	return true;
}

/* True if the request is a preflight request, which is then answered. */
static bool start_cors(struct exchange *x, const struct http_request *request)
{
	const struct cors *cors = &x->service->cors;
	struct str text;
	int status = cors_preflight(&x->arena, cors, request->method, &x->fields, &x->cors, &text);

	if (status)
		return answer(x, status, STR(""), ANSWER_TEXT, text);
	x->cors = cors_fields(&x->arena, cors, &x->fields);
	return false;
}

bool exchange_start(struct exchange *x, const struct http_request *request)
{
	struct str query;

	x->fields = request->fields;
	x->cors = STR("");
	if (cors_is_on(&x->service->cors) && start_cors(x, request))
		return true;
	if (!find_route(x, request, &query))
		return answer_json(x, 400, STR("{\"detail\":\"Bad Request\"}"));
	switch (x->route.kind) {
	case ROUTE_OPERATION:
		return ask_dbd(x, request, query);
	case ROUTE_DOCUMENT:
		return fixed_answer_document(x);
	case ROUTE_ASSET:
		return fixed_answer_asset(x);
	case ROUTE_OPTIONS:
	case ROUTE_SERVER:
		return fixed_answer_allow(x, 204, STR(""));
	case ROUTE_NO_METHOD:
		return fixed_answer_allow(x, 405, STR("{\"detail\":\"Method Not Allowed\"}"));
	case ROUTE_REDIRECT:
		return fixed_answer_redirect(x, request, query);
	case ROUTE_NO_PATH:
		break;
	}
	return answer_json(x, 404, STR("{\"detail\":\"Not Found\"}"));
}

bool exchange_wants_body(struct exchange *x, const struct http_request *request)
{
	struct str query;
	bool found = find_route(x, request, &query);

	arena_reset(&x->arena);
	return found && x->route.operation && x->route.operation->body;
}

void exchange_next(struct exchange *x)
{
	ask_dbd_next(x);
}

/* Ends the call to dbd and the collecting for the cache, whether they are in progress or not. */
static void abandon(struct exchange *x)
{
	dbd_client_cancel(x->service->dbd, &x->call);
	cache_forget_gathered(x->service->cache, x);
}

void exchange_init(
	struct exchange *x, const struct service *service, void (*on_answered)(struct exchange *x))
{
	x->service = service;
	x->on_answered = on_answered;
	x->id = STR("");
	ask_dbd_init(x);
	arena_init(&x->arena);
	buf_init(&x->body, BODY_MAX);
	rows_body_init(&x->rows, BODY_MAX);
	buf_init(&x->packed, BODY_MAX);
	exchange_reset(x);
}

void exchange_reset(struct exchange *x)
{
	abandon(x);
	x->page = x->command.page = (struct page){ 0 };
	ask_dbd_forget_rows(x);
	buf_reset(&x->packed, ANSWER_BODY_KEPT);
	x->answered = x->parted = x->resting = x->broken = false;
	x->route.endpoint = NULL;
	x->route.operation = NULL;
	x->input = NULL;
	arena_reset(&x->arena);
}

void exchange_done(struct exchange *x)
{
	abandon(x);
	arena_done(&x->arena);
	buf_done(&x->body);
	buf_done(&x->packed);
	rows_body_done(&x->rows);
}
