#include "documents.h"

#include "digest.h"
#include "etag.h"
#include "gzip.h"
#include "json_write.h"
#include "openapi.h"

static const struct str paths[] = {
	[DOCUMENT_OPENAPI] = STR_INIT("/openapi.json"),
	[DOCUMENT_SWAGGER] = STR_INIT("/docs"),
	[DOCUMENT_OAUTH2_REDIRECT] = STR_INIT("/docs/oauth2-redirect"),
	[DOCUMENT_REDOC] = STR_INIT("/redoc"),
	[DOCUMENT_HOME] = STR_INIT("/"),
};
_Static_assert(NITEMS(paths) == DOCUMENT__COUNT, "a document has no path");

#define CDN "https://cdn.jsdelivr.net/npm/"

static const char swagger[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<title>%s - Swagger UI</title>\n"
	"<link rel=\"stylesheet\" href=\"" CDN "swagger-ui-dist@5/swagger-ui.css\">\n"
	"</head>\n"
	"<body>\n"
	"<div id=\"swagger-ui\"></div>\n"
	"<script src=\"" CDN "swagger-ui-dist@5/swagger-ui-bundle.js\"></script>\n"
	"<script>\n"
	"SwaggerUIBundle({\n"
	"  url: '%r/openapi.json',\n"
	"  dom_id: '#swagger-ui',\n"
	"  layout: 'BaseLayout',\n"
	"  deepLinking: true,\n"
	"  showExtensions: true,\n"
	"  showCommonExtensions: true,\n"
	"  oauth2RedirectUrl: location.origin + '%r/docs/oauth2-redirect',\n"
	"  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset]\n"
	"});\n"
	"</script>\n"
	"</body>\n"
	"</html>\n";

static const char redoc[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<title>%s - ReDoc</title>\n"
	"<style>body { margin: 0; padding: 0; }</style>\n"
	"</head>\n"
	"<body>\n"
	"<noscript>This page needs JavaScript.</noscript>\n"
	"<redoc spec-url=\"%r/openapi.json\"></redoc>\n"
	"<script src=\"" CDN "redoc@2/bundles/redoc.standalone.js\"></script>\n"
	"</body>\n"
	"</html>\n";

/* Hands what an authorization server answered back to the Swagger UI that opened this window. */
static const char oauth2_redirect[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head><meta charset=\"utf-8\"><title>%s - OAuth2 redirect</title></head>\n"
	"<body>\n"
	"<script>\n"
	"const asked = window.opener && window.opener.swaggerUIRedirectOauth2;\n"
	"if (asked) {\n"
	"  const answer = Object.fromEntries(\n"
	"    new URLSearchParams(location.hash.slice(1) || location.search.slice(1)));\n"
	"  if (answer.state === asked.state && answer.code) {\n"
	"    asked.auth.code = answer.code;\n"
	"    asked.callback({auth: asked.auth, redirectUrl: asked.redirectUrl});\n"
	"  } else if (answer.state === asked.state && answer.access_token) {\n"
	"    asked.callback({auth: asked.auth, token: answer, isValid: true,\n"
	"                    redirectUrl: asked.redirectUrl});\n"
	"  } else {\n"
	"    asked.errCb({authId: asked.auth.name, source: 'auth', level: 'error',\n"
	"                 message: answer.error_description || answer.error ||\n"
	"                          'The authorization server sent no code.'});\n"
	"  }\n"
	"  window.close();\n"
	"}\n"
	"</script>\n"
	"</body>\n"
	"</html>\n";

#define JSON_TYPE STR("application/json")
#define HTML_TYPE STR("text/html; charset=utf-8")

static struct document_text document(struct arena *arena, struct str type, struct str body)
{
	uint64_t digest = digest_bytes(DIGEST_BEGIN, body);

	return (struct document_text){
		.type = type,
		.fields = etag_fields(arena, digest, STR(""), STR("")),
		.body = body,
	};
}

/* With the title for %s, and the root for %r. Both are of such characters that nothing in them
 * needs escaping: the title is ours (struct api), the root a path that config.c let pass. */
static struct document_text page(struct arena *arena, const char *text, struct str root)
{
	struct buf page;

	buf_init(&page, SIZE_MAX / 2);
	for (const char *slot; (slot = strchr(text, '%')); text = slot + 2) {
		buf_append(&page, text, (size_t)(slot - text));
		buf_str(&page, slot[1] == 's' ? str_from(api.title) : root);
	}
	buf_str(&page, str_from(text));
	struct str body = arena_copy(arena, buf_view(&page));
	buf_done(&page);
	return document(arena, HTML_TYPE, body);
}

static struct document_text json(struct arena *arena, struct buf *text)
{
	struct str body = arena_copy(arena, buf_view(text));

	buf_done(text);
	return document(arena, JSON_TYPE, body);
}

void documents_build(struct document_text documents[DOCUMENT__COUNT], const struct routes *routes,
	struct str root, struct arena *arena)
{
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	openapi_write(&text, routes, root, arena);
	documents[DOCUMENT_OPENAPI] = json(arena, &text);
	buf_str(&text, STR("{\"message\":"));
	json_write_string(&text, str_from(api.home));
	buf_char(&text, '}');
	documents[DOCUMENT_HOME] = json(arena, &text);
	documents[DOCUMENT_SWAGGER] = page(arena, swagger, root);
	documents[DOCUMENT_REDOC] = page(arena, redoc, root);
	documents[DOCUMENT_OAUTH2_REDIRECT] = page(arena, oauth2_redirect, root);
}

static void pack(struct document_text *d, struct gzip *gzip, struct arena *arena)
{
	uint64_t digest = etag_digest(d->fields);
	struct gzip_member member;
	struct buf packed;

	buf_init(&packed, SIZE_MAX / 2);
	gzip_begin(&member, &packed);
	gzip_add(gzip, &member, &packed, d->body);
	gzip_end(&member, &packed);
	d->packed = packed.failed ? STR("") : arena_copy(arena, buf_view(&packed));
	buf_done(&packed);
	d->fields = etag_fields(arena, digest, STR(""), GZIP_VARY);
	d->packed_fields = etag_fields(arena, digest, ETAG_GZIP, GZIP_FIELDS);
}

void documents_pack(
	struct document_text documents[DOCUMENT__COUNT], struct gzip *gzip, struct arena *arena)
{
	for (int i = 0; i < DOCUMENT__COUNT; i++)
		if (documents[i].body.len >= GZIP_LEAST)
			pack(&documents[i], gzip, arena);
}

struct str document_path(enum document document)
{
	return paths[document];
}
