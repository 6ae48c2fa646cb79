#include "link_keys.h"

enum { DIGITS_MOST = 19 /* of 64 bits */ };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The magnitude of an integer of so many digits. False: it has more than 63 bits. */
static bool read_magnitude(struct str digits, uint64_t most, uint64_t *ret)
{
	uint64_t magnitude = 0;

	if (digits.len > DIGITS_MOST)
		return false;
	for (size_t i = 0; i < digits.len; i++)
		magnitude = magnitude * 10 + (uint64_t)(digits.ptr[i] - '0');
	*ret = magnitude;
	return magnitude <= most;
}

static enum link_keys_step next_integer(struct str *rest, struct key *ret)
{
	bool negative = rest->len > 0 && rest->ptr[0] == '-';
	struct str digits = str_from_index(*rest, negative);
	uint64_t magnitude;
	size_t n = 0;

	while (n < digits.len && is_digit(digits.ptr[n]))
		n++;
	if (n == 0)
		return LINK_KEYS_INVALID;
	*rest = str_from_index(digits, n);
	digits.len = n;
	if (!read_magnitude(digits, (uint64_t)INT64_MAX + negative, &magnitude))
		return LINK_KEYS_NONE;
	*ret = (struct key){ 0, negative ? -magnitude : magnitude };
	return LINK_KEYS_NEXT;
}

/* In quotes. */
static enum link_keys_step next_uuid(struct str *rest, struct key *ret)
{
	if (rest->len < UUID_LENGTH + 2 || rest->ptr[0] != '"' ||
		rest->ptr[UUID_LENGTH + 1] != '"' ||
		!uuid_parse((struct str){ rest->ptr + 1, UUID_LENGTH }, &ret->high, &ret->low))
		return LINK_KEYS_INVALID;
	*rest = str_from_index(*rest, UUID_LENGTH + 2);
	return LINK_KEYS_NEXT;
}

enum link_keys_step link_keys_next(struct str *rest, const struct field *f, struct key *ret)
{
	bool begins = rest->len > 0 && rest->ptr[0] == '[';

	if (str_equal(*rest, STR("]")) || str_equal(*rest, STR("[]")))
		return LINK_KEYS_END;
	if (!begins && (rest->len == 0 || rest->ptr[0] != ','))
		return LINK_KEYS_INVALID;
	*rest = str_from_index(*rest, 1);
	return f->type == FIELD_UUID ? next_uuid(rest, ret) : next_integer(rest, ret);
}

bool link_keys_are_valid(struct str list, const struct field *f)
{
	enum link_keys_step step = LINK_KEYS_INVALID;
	struct key key;

	if (list.len == 0 || list.ptr[0] != '[')
		return false;
	do {
		bool again = step != LINK_KEYS_INVALID;
		if (again && list.len > 0 && list.ptr[0] == '[')
			return false;
		step = link_keys_next(&list, f, &key);
	} while (step == LINK_KEYS_NEXT || step == LINK_KEYS_NONE);
	return step == LINK_KEYS_END;
}
