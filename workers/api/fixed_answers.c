#include "fixed_answers.h"

#include "answers.h"
#include "content_coding.h"
#include "forwarded.h"
#include "target.h"

bool fixed_answer_document(struct exchange *x)
{
	struct documents *documents = x->service->documents;
	unsigned number = x->route.endpoint->document;
	const struct document_text *d = documents_text(documents, number);

	if (content_coding_gzip_from(x) <= d->body.len && documents_pack(documents, number))
		answer_shown(x, 200, d->packed_fields, d->type, d->packed);
	else
		answer_shown(x, 200, d->fields, d->type, d->body);
	x->response.lasting = true;
	return true;
}

#define ASSET_FIELDS                                                                               \
	"cache-control: public, max-age=31536000, immutable\r\n"                                   \
	"x-content-type-options: nosniff\r\n"
#define ASSET_VARY   "vary: accept-encoding\r\n"
#define ASSET_CODING "content-encoding: gzip\r\n"

bool fixed_answer_asset(struct exchange *x)
{
	const struct asset *asset = x->route.endpoint->asset;

	if (content_coding_gzip_from(x) < SIZE_MAX)
		answer(x, 200, STR(ASSET_FIELDS ASSET_CODING ASSET_VARY), asset->type, asset->gzip);
	else
		answer(x, 200, STR(ASSET_FIELDS ASSET_VARY), asset->type, asset->plain);
	x->response.lasting = true;
	return true;
}

/* The path that clients see, whether the proxy strips the prefix or not. */
static struct str below_root(struct exchange *x, struct str path)
{
	struct str root = x->service->root;

	if (root.len == 0)
		return path;
	char *whole = arena_alloc(&x->arena, root.len + path.len);
	memcpy(whole, root.ptr, root.len);
	memcpy(whole + root.len, path.ptr, path.len);
	return (struct str){ whole, root.len + path.len };
}

/* The scheme that the client used: what a trusted proxy says, else that of the target. */
static struct str scheme_of(struct exchange *x, struct str target)
{
	if (!(x->fields.seen & HTTP_X_FORWARDED_PROTO))
		return target_scheme(target);
	return forwarded_scheme(http_field(&x->fields, HTTP_X_FORWARDED_PROTO, &x->arena));
}

bool fixed_answer_redirect(struct exchange *x, const struct http_request *request, struct str query)
{
	struct str location = target_location(&x->arena, scheme_of(x, request->target),
		target_authority(request->target, request->host), x->service->authority,
		below_root(x, x->route.redirect), query);

	return answer(x, 307, arena_printf(&x->arena, "location: %.*s\r\n", STR_ARGS(location)),
		STR(""), STR(""));
}

bool fixed_answer_allow(struct exchange *x, int status, struct str body)
{
	const struct endpoint *e = x->route.endpoint;
	struct str allow = e ? e->allow : x->service->routes.allow;

	return answer(x, status, arena_printf(&x->arena, "allow: %s\r\n", allow.ptr),
		body.len > 0 ? ANSWER_JSON : STR(""), body);
}
