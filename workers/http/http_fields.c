#include "http_parts.h"

#include "ascii.h"

static const struct field_name field_names[] = {
	{ STR_INIT("host"), FIELD_HOST, 0 },
	{ STR_INIT("content-type"), FIELD_CONTENT_TYPE, 0 },
	{ STR_INIT("expect"), FIELD_EXPECT, 0 },
	{ STR_INIT("if-match"), FIELD_OTHER, HTTP_IF_MATCH },
	{ STR_INIT("if-none-match"), FIELD_OTHER, HTTP_IF_NONE_MATCH },
	{ STR_INIT("accept-encoding"), FIELD_OTHER, HTTP_ACCEPT_ENCODING },
	{ STR_INIT("origin"), FIELD_OTHER, HTTP_ORIGIN },
	{ STR_INIT("access-control-request-method"), FIELD_OTHER, HTTP_CORS_METHOD },
	{ STR_INIT("access-control-request-headers"), FIELD_OTHER, HTTP_CORS_HEADERS },
	{ STR_INIT("access-control-request-private-network"), FIELD_OTHER,
		HTTP_CORS_PRIVATE_NETWORK },
	{ STR_INIT("cookie"), FIELD_OTHER, HTTP_COOKIE },
	{ STR_INIT("authorization"), FIELD_OTHER, HTTP_AUTHORIZATION },
	{ STR_INIT("user-agent"), FIELD_OTHER, HTTP_USER_AGENT },
	{ STR_INIT("referer"), FIELD_OTHER, HTTP_REFERER },
	{ STR_INIT("x-request-id"), FIELD_OTHER, HTTP_X_REQUEST_ID },
	{ STR_INIT("x-forwarded-for"), FIELD_OTHER, HTTP_X_FORWARDED_FOR },
	{ STR_INIT("x-forwarded-proto"), FIELD_OTHER, HTTP_X_FORWARDED_PROTO },
};

const struct field_name *http_field_name_find(struct str name)
{
	for (size_t i = 0; i < NITEMS(field_names); i++)
		/* Most names differ in length: compare it first, without a call. */
		if (name.len == field_names[i].name.len &&
			ascii_equal_nocase(name, field_names[i].name))
			return &field_names[i];
	return NULL;
}

static struct str take_line(struct str *lines)
{
	const char *end = memchr(lines->ptr, '\r', lines->len);
	struct str line = { lines->ptr, end ? (size_t)(end - lines->ptr) : lines->len };

	*lines = str_from_index(*lines, end ? line.len + 2 : line.len);
	return line;
}

/* The value in the line if it is a line of the field name; else ptr is NULL. */
static struct str value_of(struct str line, struct str name)
{
	struct str start = { line.ptr, name.len };

	if (line.len <= name.len || line.ptr[name.len] != ':' || !ascii_equal_nocase(start, name))
		return (struct str){ NULL, 0 };
	return ascii_trim(str_from_index(line, name.len + 1));
}

static struct str name_of(enum http_field field)
{
	const struct field_name *row = field_names;

	while (row->seen != field)
		row++;
	return row->name;
}

struct str http_field(const struct http_fields *fields, enum http_field field, struct arena *arena)
{
	struct str name = name_of(field), lines = fields->head, all = STR("");
	char *list =
		NULL; /* at most as long as the head: ", " is shorter than a field name and ":" */

	while (fields->seen & field && lines.len > 0) {
		struct str value = value_of(take_line(&lines), name);
		if (!value.ptr)
			continue;
		if (all.len == 0) {
			all = value;
			continue;
		}
		if (!list) {
			list = arena_alloc(arena, fields->head.len);
			memcpy(list, all.ptr, all.len);
		}
		list[all.len] = ',';
		list[all.len + 1] = ' ';
		memcpy(list + all.len + 2, value.ptr, value.len);
		all = (struct str){ list, all.len + 2 + value.len };
	}
	return all;
}
