#include "documents.h"

#include "digest.h"
#include "etag.h"
#include "gzip.h"
#include "json_write.h"
#include "openapi.h"
#include "page_assets.h"

/* clang-format off */

/* URLs are relative, so that the pages work under any prefix. up leads from the page to the folder of
 * /docs. */
#define HEAD(title, up) \
	"<!DOCTYPE html>\n" \
	"<html lang=\"en\">\n" \
	"<head>\n" \
	"<meta charset=\"utf-8\">\n" \
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" \
	"<title>%s - " title "</title>\n" \
	"<link rel=\"icon\" type=\"image/svg+xml\" href=\"" up FAVICON_URL "\">\n"

#define SCRIPT(url) \
	"<script src=\"" url "\"></script>\n"

static const char swagger[] =
	HEAD("Swagger UI", "")
	"<link rel=\"stylesheet\" href=\"" SWAGGER_CSS_URL "\">\n"
	"</head>\n"
	"<body>\n"
	"<noscript>This page needs JavaScript.</noscript>\n"
	"<div id=\"swagger-ui\"></div>\n"
	SCRIPT(SWAGGER_JS_URL)
	SCRIPT(DOCS_JS_URL)
	"</body>\n"
	"</html>\n";

static const char redoc[] =
	HEAD("ReDoc", "")
	"<style>body { margin: 0; padding: 0; }</style>\n"
	"</head>\n"
	"<body>\n"
	"<noscript>This page needs JavaScript.</noscript>\n"
	"<redoc spec-url=\"openapi.json\"></redoc>\n"
	SCRIPT(REDOC_JS_URL)
	"</body>\n"
	"</html>\n";

static const char oauth2_redirect[] =
	HEAD("OAuth2 redirect", "../")
	"</head>\n"
	"<body>\n"
	SCRIPT("../" OAUTH2_JS_URL)
	"</body>\n"
	"</html>\n";

/* The pages may load their own files and call the API. Swagger UI and ReDoc write styles into the
 * document, and ReDoc runs its search in a worker made from a blob. */
#define PAGE_FIELDS \
	"content-security-policy: default-src 'none'; " \
	"script-src 'self'" FOREIGN_FILES "; " \
	"style-src 'self' 'unsafe-inline'" FOREIGN_FILES "; " \
	"img-src 'self' data:" FOREIGN_IMAGES "; " \
	"connect-src 'self'; worker-src blob:; " \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n" \
	"x-content-type-options: nosniff\r\n"

/* clang-format on */

#define JSON_TYPE STR("application/json")
#define HTML_TYPE STR("text/html; charset=utf-8")

static struct document_text document(
	struct arena *arena, struct str type, struct str own, struct str body)
{
	uint64_t digest = digest_bytes(DIGEST_BEGIN, body);

	return (struct document_text){
		.type = type,
		.own = own,
		.fields = etag_fields(arena, digest, STR(""), own),
		.body = body,
	};
}

static struct document_text page(struct arena *arena, const char *title_and_all)
{
	/* The title comes from struct api and needs no escaping. */
	const char *slot = strstr(title_and_all, "%s");
	struct str head = { title_and_all, (size_t)(slot - title_and_all) };

	return document(arena, HTML_TYPE, STR(PAGE_FIELDS),
		arena_printf(arena, "%.*s%s%s", STR_ARGS(head), api->title, slot + 2));
}

static struct document_text json(struct arena *arena, struct buf *text)
{
	struct str body = arena_copy(arena, buf_view(text));

	buf_done(text);
	return document(arena, JSON_TYPE, STR(""), body);
}

void documents_build(struct document_text documents[DOCUMENT__COUNT], const struct routes *routes,
	struct str root, struct arena *arena)
{
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	openapi_write(&text, routes, root, arena);
	documents[DOCUMENT_OPENAPI] = json(arena, &text);
	buf_str(&text, str_from(api->home));
	documents[DOCUMENT_HOME] = json(arena, &text);
	documents[DOCUMENT_SWAGGER] = page(arena, swagger);
	documents[DOCUMENT_REDOC] = page(arena, redoc);
	documents[DOCUMENT_OAUTH2_REDIRECT] = page(arena, oauth2_redirect);
}

static struct str with_own(struct arena *arena, const struct document_text *d, struct str lines)
{
	return arena_printf(arena, "%.*s%.*s", STR_ARGS(d->own), STR_ARGS(lines));
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
	d->fields = etag_fields(arena, digest, STR(""), with_own(arena, d, GZIP_VARY));
	d->packed_fields = etag_fields(arena, digest, ETAG_GZIP, with_own(arena, d, GZIP_FIELDS));
}

void documents_pack(
	struct document_text documents[DOCUMENT__COUNT], struct gzip *gzip, struct arena *arena)
{
	for (int i = 0; i < DOCUMENT__COUNT; i++)
		if (documents[i].body.len >= GZIP_LEAST)
			pack(&documents[i], gzip, arena);
}
