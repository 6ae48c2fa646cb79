#include "documents.h"

#include "digest.h"
#include "etag.h"
#include "gzip.h"
#include "json_read.h"
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

/* Appends a text to HTML, escaped as Python's html.escape does. */
static void write_html(struct buf *out, struct str text)
{
	static const char *const escapes[256] = {
		['&'] = "&amp;",
		['<'] = "&lt;",
		['>'] = "&gt;",
		['"'] = "&quot;",
		['\''] = "&#x27;",
	};

	for (size_t i = 0; i < text.len; i++) {
		const char *escape = escapes[(unsigned char)text.ptr[i]];
		if (escape)
			buf_str(out, str_from(escape));
		else
			buf_char(out, text.ptr[i]);
	}
}

static struct str copy_and_free(struct arena *arena, struct buf *text)
{
	struct str copy = arena_copy(arena, buf_view(text));

	buf_done(text);
	return copy;
}

/* The title of the API goes into the place of %s. */
static struct document_text page(struct arena *arena, const char *text)
{
	const char *slot = strstr(text, "%s");
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	buf_append(&out, text, (size_t)(slot - text));
	write_html(&out, str_from(api->title));
	buf_str(&out, str_from(slot + 2));
	return document(arena, HTML_TYPE, STR(PAGE_FIELDS), copy_and_free(arena, &out));
}

static struct document_text openapi(
	struct arena *arena, const struct routes *routes, struct str root)
{
	struct arena scratch = { 0 };
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	openapi_write(&text, routes, root, &scratch);
	arena_done(&scratch);
	return document(arena, JSON_TYPE, STR(""), copy_and_free(arena, &text));
}

/* The message, as json.dumps writes it with compact separators. */
static void write_home(struct buf *out, struct str home)
{
	struct arena scratch = { 0 };
	const struct json *root;
	struct json_error error;

	if (json_read(&scratch, home, &root, &error) == JSON_OK)
		json_write(out, root);
	else
		buf_str(out, home);
	arena_done(&scratch);
}

static struct document_text home(struct arena *arena)
{
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	if (api->home)
		write_home(&text, str_from(api->home));
	return document(arena, JSON_TYPE, STR(""), copy_and_free(arena, &text));
}

void documents_build(struct document_text documents[DOCUMENT__COUNT], const struct routes *routes,
	struct str root, struct arena *arena)
{
	documents[DOCUMENT_OPENAPI] = openapi(arena, routes, root);
	documents[DOCUMENT_HOME] = home(arena);
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
	for (size_t n = 0; n < d->body.len; n += GZIP_PART_MAX) {
		struct str rest = str_from_index(d->body, n);
		size_t size = rest.len < GZIP_PART_MAX ? rest.len : GZIP_PART_MAX;
		gzip_add(gzip, &member, &packed, (struct str){ rest.ptr, size });
	}
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
