#include "documents.h"

#include "digest.h"
#include "etag.h"
#include "gzip.h"
#include "json_read.h"
#include "json_write.h"
#include "log.h"
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

static struct str join(struct arena *arena, struct str a, struct str b)
{
	return arena_printf(arena, "%.*s%.*s", STR_ARGS(a), STR_ARGS(b));
}

static bool may_pack(const struct documents *d, struct str body)
{
	return d->gzip && body.len >= GZIP_LEAST;
}

/* own: header lines of this document. */
static struct document_text document(
	const struct documents *d, struct str type, struct str own, struct str body)
{
	uint64_t digest = digest_bytes(DIGEST_BEGIN, body);

	return (struct document_text){
		.type = type,
		.fields = etag_fields(d->arena, digest, STR(""),
			join(d->arena, own, may_pack(d, body) ? GZIP_VARY : STR(""))),
		.body = body,
		.packed_fields =
			etag_fields(d->arena, digest, ETAG_GZIP, join(d->arena, own, GZIP_FIELDS)),
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
	if (text->failed)
		log_die("out of memory for a document");
	struct str copy = arena_copy(arena, buf_view(text));
	buf_done(text);
	return copy;
}

/* The title of the API goes into the place of %s. */
static struct document_text page(const struct documents *d, const char *text)
{
	const char *slot = strstr(text, "%s");
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	buf_append(&out, text, (size_t)(slot - text));
	write_html(&out, str_from(api->title));
	buf_str(&out, str_from(slot + 2));
	return document(d, HTML_TYPE, STR(PAGE_FIELDS), copy_and_free(d->arena, &out));
}

static struct document_text openapi(const struct documents *d)
{
	struct arena scratch = { 0 };
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	openapi_write(&text, d->routes, d->root, &scratch);
	arena_done(&scratch);
	return document(d, JSON_TYPE, STR(""), copy_and_free(d->arena, &text));
}

/* The answer, as json.dumps writes it with compact separators. */
static void write_answer(struct buf *out, struct str answer)
{
	struct arena scratch = { 0 };
	const struct json *root;
	struct json_error error;

	if (json_read(&scratch, answer, &root, &error) == JSON_OK)
		json_write(out, root);
	else
		buf_str(out, answer);
	arena_done(&scratch);
}

static struct document_text constant(const struct documents *d, const struct constant *c)
{
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	write_answer(&text, str_from(c->answer));
	return document(d, JSON_TYPE, STR(""), copy_and_free(d->arena, &text));
}

static struct document_text make(const struct documents *d, unsigned number)
{
	if (number >= DOCUMENT__COUNT)
		return constant(d, &api->constants[number - DOCUMENT__COUNT]);
	switch ((enum document)number) {
	case DOCUMENT_OPENAPI:
		return openapi(d);
	case DOCUMENT_SWAGGER:
		return page(d, swagger);
	case DOCUMENT_REDOC:
		return page(d, redoc);
	default:
		return page(d, oauth2_redirect);
	}
}

struct documents *documents_new(
	const struct routes *routes, struct str root, struct gzip *gzip, struct arena *arena)
{
	struct documents *d = arena_calloc(arena, 1, sizeof(*d));

	*d = (struct documents){ .routes = routes, .root = root, .gzip = gzip, .arena = arena };
	d->texts = arena_calloc(arena, DOCUMENT__COUNT + api->nconstants, sizeof(*d->texts));
	return d;
}

const struct document_text *documents_text(struct documents *d, unsigned number)
{
	struct document_text *text = &d->texts[number];

	if (!text->type.ptr)
		*text = make(d, number);
	return text;
}

static void compress(struct gzip *gzip, struct str body, struct buf *packed)
{
	struct gzip_member member;

	gzip_begin(&member, packed);
	for (size_t n = 0; n < body.len; n += GZIP_PART_MAX) {
		struct str rest = str_from_index(body, n);
		size_t size = rest.len < GZIP_PART_MAX ? rest.len : GZIP_PART_MAX;
		gzip_add(gzip, &member, packed, (struct str){ rest.ptr, size });
	}
	gzip_end(&member, packed);
}

bool documents_pack(struct documents *d, unsigned number)
{
	struct document_text *text = &d->texts[number];
	struct buf packed;

	if (text->packed.len > 0 || !may_pack(d, text->body))
		return text->packed.len > 0;
	buf_init(&packed, SIZE_MAX / 2);
	compress(d->gzip, text->body, &packed);
	bool fine = !packed.failed;
	if (fine)
		text->packed = arena_copy(d->arena, buf_view(&packed));
	buf_done(&packed);
	return fine;
}
