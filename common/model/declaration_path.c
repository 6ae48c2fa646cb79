/* Paths of operations and of constants. */
#include "declaration_reading.h"

#define SEGMENT_RULE                                                                               \
	"segments after \"/\" are letters, digits and -._~!$&'()*+,;=:@, or a parameter: "         \
	"{user_id}"

static bool is_letter(char c)
{
	char lower = (char)(c | 0x20);

	return lower >= 'a' && lower <= 'z';
}

static bool is_alphanumeric(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9');
}

/* RFC 3986 3.3: pchar, without percent-encoding. */
static bool is_literal(struct str segment)
{
	const struct str others = STR("-._~!$&'()*+,;=:@");

	for (size_t i = 0; i < segment.len; i++)
		if (!is_alphanumeric(segment.ptr[i]) &&
			!memchr(others.ptr, segment.ptr[i], others.len))
			return false;
	/* Clients remove these: RFC 3986 5.2.4. */
	return segment.len > 0 && !str_equal(segment, STR(".")) && !str_equal(segment, STR(".."));
}

static bool is_parameter(struct str segment)
{
	size_t n = segment.len;

	if (n < 3 || segment.ptr[0] != '{' || segment.ptr[n - 1] != '}')
		return false;
	for (size_t i = 1; i < n - 1; i++)
		if (!is_letter(segment.ptr[i]) && segment.ptr[i] != '_' &&
			(i == 1 || !is_alphanumeric(segment.ptr[i])))
			return false;
	return n - 2 <= DECLARATION_NAME_MOST;
}

/* Takes the next segment of a path. */
static struct str next_segment(struct str *path)
{
	struct str rest = str_from_index(*path, 1);
	const char *slash = memchr(rest.ptr, '/', rest.len);
	struct str segment = { rest.ptr, slash ? (size_t)(slash - rest.ptr) : rest.len };

	*path = str_from_index(rest, segment.len);
	return segment;
}

/* False if it is no path. */
static bool count_parameters(struct str path, unsigned *parameters)
{
	*parameters = 0;
	if (path.len == 0 || path.ptr[0] != '/')
		return false;
	while (path.len > 1) { /* a slash may end it */
		struct str segment = next_segment(&path);
		if (is_parameter(segment))
			++*parameters;
		else if (!is_literal(segment))
			return false;
	}
	return true;
}

static struct str text_of(const struct spot *spot)
{
	return spot->value->type == JSON_STRING ? spot->value->text : STR("");
}

bool declaration_read_path(struct reading *r, const struct spot *spot, const char *prefix,
	unsigned parameters, const char **path)
{
	static const char *const counts[] = { "no parameter", "one parameter", "two parameters" };
	unsigned found;

	if (!count_parameters(text_of(spot), &found))
		return reading_refuse_found(r, spot, "allowed is a path: " SEGMENT_RULE);
	if (found != parameters)
		return reading_refuse_found(
			r, spot, "allowed is a path with %s", counts[parameters]);
	*path = region_copy(
		r->region, arena_printf(r->arena, "%s%.*s", prefix, STR_ARGS(spot->value->text)))
			.ptr;
	return true;
}

bool declaration_read_prefix(struct reading *r, const struct spot *spot, const char **prefix)
{
	struct str text = text_of(spot);
	unsigned parameters;

	if (spot->value->type == JSON_STRING && text.len == 0) {
		*prefix = "";
		return true;
	}
	if (!count_parameters(text, &parameters) || parameters > 0 || text.ptr[text.len - 1] == '/')
		return reading_refuse_found(r, spot,
			"allowed is \"\", or a path without parameters and without a slash at its "
			"end: \"/api/v1\"");
	*prefix = region_copy(r->region, text).ptr;
	return true;
}
