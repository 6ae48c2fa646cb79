#include "cors.h"

#include "origins.h"

#define CRLF         "\r\n"
#define VARY         "vary: origin" CRLF
#define ALLOW_ORIGIN "access-control-allow-origin: "
#define CREDENTIALS  "access-control-allow-credentials: true" CRLF
#define EXPOSED                                                                                    \
	"access-control-expose-headers: etag, link, location, retry-after, x-request-id, "         \
	"x-total-count" CRLF
#define PREFLIGHT                                                                                  \
	"access-control-allow-methods: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT" CRLF          \
	"access-control-max-age: 600" CRLF
#define ALLOW_HEADERS   "access-control-allow-headers: "
#define PRIVATE_NETWORK "access-control-allow-private-network: true" CRLF

static struct str join(struct arena *arena, const struct str *parts, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += parts[i].len;
	char *text = arena_alloc(arena, len), *at = text;
	for (size_t i = 0; i < n; i++)
		at = mempcpy(at, parts[i].ptr, parts[i].len);
	return (struct str){ text, len };
}

static bool allows(const struct cors *cors, struct str origin)
{
	return origins_any(cors->origins) || origins_have(cors->origins, origin);
}

/* The Fetch standard, 3.2.5: a browser does not accept "*" in an answer to a request with
 * credentials. */
static bool has_credentials(const struct cors *cors, const struct http_fields *fields)
{
	return fields->seen & HTTP_COOKIE ||
	       (cors->credentials && fields->seen & HTTP_AUTHORIZATION);
}

struct str cors_fields(
	struct arena *arena, const struct cors *cors, const struct http_fields *fields)
{
	if (!cors_is_on(cors))
		return STR("");
	bool any = origins_any(cors->origins);
	if (!(fields->seen & HTTP_ORIGIN))
		return any ? STR("") : STR(VARY);
	struct str origin = http_field(fields, HTTP_ORIGIN, arena);
	if (!allows(cors, origin))
		return STR(VARY);
	bool named = !any || has_credentials(cors, fields);
	const struct str parts[] = {
		named ? STR(VARY ALLOW_ORIGIN) : STR(ALLOW_ORIGIN),
		named ? origin : STR("*"),
		cors->credentials ? STR(CRLF CREDENTIALS EXPOSED) : STR(CRLF EXPOSED),
	};
	return join(arena, parts, NITEMS(parts));
}

static bool is_method(struct str method)
{
	static const struct str methods[] = { STR_INIT("DELETE"), STR_INIT("GET"), STR_INIT("HEAD"),
		STR_INIT("OPTIONS"), STR_INIT("PATCH"), STR_INIT("POST"), STR_INIT("PUT") };

	for (size_t i = 0; i < NITEMS(methods); i++)
		if (str_equal(methods[i], method))
			return true;
	return false;
}

/* allow_headers=["*"]: allows the headers that the request asks for. */
static struct str headers_line(struct arena *arena, const struct http_fields *fields)
{
	const struct str parts[] = { STR(ALLOW_HEADERS),
		http_field(fields, HTTP_CORS_HEADERS, arena), STR(CRLF) };

	return fields->seen & HTTP_CORS_HEADERS ? join(arena, parts, NITEMS(parts)) : STR("");
}

static struct str preflight_lines(struct arena *arena, const struct cors *cors,
	const struct http_fields *fields, struct str origin)
{
	bool named = !origins_any(cors->origins) || cors->credentials;
	bool allowed = allows(cors, origin);
	bool private_network = cors->private_network && fields->seen & HTTP_CORS_PRIVATE_NETWORK;
	const struct str parts[] = {
		named ? STR(VARY) : STR(""),
		allowed ? STR(ALLOW_ORIGIN) : STR(""),
		!allowed ? STR("")
		: named  ? origin
			 : STR("*"),
		allowed ? STR(CRLF PREFLIGHT) : STR(PREFLIGHT),
		cors->credentials ? STR(CREDENTIALS) : STR(""),
		headers_line(arena, fields),
		private_network ? STR(PRIVATE_NETWORK) : STR(""),
	};

	return join(arena, parts, NITEMS(parts));
}

/* Names what is not allowed, such as "Disallowed CORS origin, method"; "" if all is allowed. */
static struct str preflight_failures(struct arena *arena, const struct cors *cors,
	const struct http_fields *fields, struct str origin)
{
	bool private_network = fields->seen & HTTP_CORS_PRIVATE_NETWORK;
	const struct {
		bool failed;
		const char *what;
	} checks[] = {
		{ !allows(cors, origin), "origin" },
		{ !is_method(http_field(fields, HTTP_CORS_METHOD, arena)), "method" },
		{ private_network && !cors->private_network, "private-network" },
	};
	struct str text = STR("");

	for (size_t i = 0; i < NITEMS(checks); i++)
		if (checks[i].failed)
			text = arena_printf(arena, "%.*s%s%s", STR_ARGS(text),
				text.len > 0 ? ", " : "Disallowed CORS ", checks[i].what);
	return text;
}

int cors_preflight(struct arena *arena, const struct cors *cors, enum method method,
	const struct http_fields *fields, struct str *lines, struct str *text)
{
	const unsigned asks = HTTP_ORIGIN | HTTP_CORS_METHOD;

	if (!cors_is_on(cors) || method != METHOD_OPTIONS || (fields->seen & asks) != asks)
		return 0;
	struct str origin = http_field(fields, HTTP_ORIGIN, arena);
	struct str failures = preflight_failures(arena, cors, fields, origin);

	*lines = preflight_lines(arena, cors, fields, origin);
	*text = failures.len > 0 ? failures : STR("OK");
	return failures.len > 0 ? 400 : 200;
}
