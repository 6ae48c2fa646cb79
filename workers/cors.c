#include "cors.h"

#include "origins.h"

#define VARY "vary: origin\r\n"
#define EXPOSED                                                                                    \
	"access-control-expose-headers: etag, link, location, retry-after, x-request-id, "         \
	"x-total-count\r\n"
#define PREFLIGHT                                                                                  \
	"access-control-allow-methods: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\r\n"           \
	"access-control-max-age: 600\r\n"

static struct str allowed_fields(
	struct arena *arena, const char *origins, struct str origin, const char *further)
{
	if (origins_any(origins))
		return arena_printf(arena, "access-control-allow-origin: *\r\n%s", further);
	if (!origins_have(origins, origin))
		return STR(VARY);
	return arena_printf(arena, "access-control-allow-origin: %.*s\r\n" VARY "%s",
		(int)origin.len, origin.ptr, further);
}

struct str cors_fields(struct arena *arena, const char *origins, const struct http_fields *fields)
{
	if (*origins == '\0')
		return STR("");
	if (!(fields->seen & HTTP_ORIGIN))
		return origins_any(origins) ? STR("") : STR(VARY);
	return allowed_fields(arena, origins, http_field(fields, HTTP_ORIGIN, arena), EXPOSED);
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

int cors_preflight(struct arena *arena, const char *origins, enum method method,
	const struct http_fields *fields, struct str *lines, struct str *text)
{
	const unsigned asks = HTTP_ORIGIN | HTTP_CORS_METHOD;

	if (*origins == '\0' || method != METHOD_OPTIONS || (fields->seen & asks) != asks)
		return 0;
	struct str origin = http_field(fields, HTTP_ORIGIN, arena);
	struct str headers = http_field(fields, HTTP_CORS_HEADERS, arena);
	bool known = origins_have(origins, origin);
	bool fine = is_method(http_field(fields, HTTP_CORS_METHOD, arena));

	*lines = allowed_fields(arena, origins, origin, PREFLIGHT);
	if (!known)
		*lines = STR(VARY PREFLIGHT);
	if (fields->seen & HTTP_CORS_HEADERS)
		*lines = arena_printf(arena, "%.*saccess-control-allow-headers: %.*s\r\n",
			(int)lines->len, lines->ptr, (int)headers.len, headers.ptr);
	*text = known && fine ? STR("OK")
		: known       ? STR("Disallowed CORS method")
		: fine        ? STR("Disallowed CORS origin")
			      : STR("Disallowed CORS origin, method");
	return known && fine ? 200 : 400;
}
