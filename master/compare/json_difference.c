#include "json_difference.h"

#include "json_write.h"

enum { DEPTH_MOST = 256, /* deeper values are compared as texts */ TEXT_MOST = 1 << 30 };

struct search {
	struct buf *path;
	struct json_difference *difference;
	unsigned depth;
};

static bool differ(struct search *s, const struct json *old, const struct json *new);

static bool set_difference(struct search *s, const struct json *old, const struct json *new)
{
	*s->difference = (struct json_difference){ old, new };
	return true;
}

static void add_name(struct buf *path, struct str name)
{
	buf_char(path, '.');
	buf_str(path, name);
}

/* Members of a that b does not have, or has otherwise. */
static bool members_differ(struct search *s, const struct json *old, const struct json *new)
{
	size_t at = buf_len(s->path);

	for (const struct json *key = old->first; key; key = key->next->next) {
		const struct json *other = json_get(new, key->text);
		add_name(s->path, key->text);
		if (!other ? set_difference(s, key->next, NULL) : differ(s, key->next, other))
			return true;
		buf_truncate(s->path, at);
	}
	for (const struct json *key = new->first; key; key = key->next->next) {
		if (json_get(old, key->text))
			continue;
		add_name(s->path, key->text);
		return set_difference(s, NULL, key->next);
	}
	return false;
}

static bool items_differ(struct search *s, const struct json *old, const struct json *new)
{
	size_t at = buf_len(s->path);
	unsigned i = 0;

	old = old->first;
	new = new->first;
	for (; old || new; i++) {
		buf_printf(s->path, "[%u]", i);
		if (!old || !new ? set_difference(s, old, new) : differ(s, old, new))
			return true;
		buf_truncate(s->path, at);
		old = old->next;
		new = new->next;
	}
	return false;
}

static bool texts_differ(const struct json *old, const struct json *new)
{
	struct buf a, b;

	buf_init(&a, TEXT_MOST);
	buf_init(&b, TEXT_MOST);
	json_write_whole(&a, old);
	json_write_whole(&b, new);
	bool equal = str_equal(buf_view(&a), buf_view(&b));
	buf_done(&a);
	buf_done(&b);
	return !equal;
}

static bool contents_differ(struct search *s, const struct json *old, const struct json *new)
{
	switch ((enum json_type)old->type) {
	case JSON_OBJECT:
		return members_differ(s, old, new);
	case JSON_ARRAY:
		return items_differ(s, old, new);
	default:
		return texts_differ(old, new) && set_difference(s, old, new);
	}
}

static bool differ(struct search *s, const struct json *old, const struct json *new)
{
	if (old->type != new->type)
		return set_difference(s, old, new);
	if (s->depth == DEPTH_MOST)
		return texts_differ(old, new) && set_difference(s, old, new);
	s->depth++;
	bool found = contents_differ(s, old, new);
	s->depth--;
	return found;
}

bool json_difference_find(const struct json *old, const struct json *new, struct buf *path,
	struct json_difference *difference)
{
	struct search s = { .path = path, .difference = difference };

	buf_char(path, '$');
	return differ(&s, old, new);
}
