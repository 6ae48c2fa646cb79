#include "unpack.h"

#include <endian.h>

enum tag {
	TAG_BIN_8 = 0xc4,
	TAG_BIN_16,
	TAG_BIN_32,
	TAG_FLOAT_64 = 0xcb,
	TAG_UINT_8 = 0xcc,
	TAG_UINT_16,
	TAG_UINT_32,
	TAG_UINT_64,
	TAG_INT_8,
	TAG_INT_16,
	TAG_INT_32,
	TAG_INT_64,
	TAG_STR_8 = 0xd9,
	TAG_STR_16,
	TAG_STR_32,
	TAG_ARRAY_16 = 0xdc,
	TAG_ARRAY_32
};

/* Reads a big-endian number of 1, 2, 4 or 8 bytes at p, where `left` bytes remain. One load serves
 * all sizes unless the end is near. */
static uint64_t load(const unsigned char *p, size_t size, size_t left)
{
	uint64_t word = 0;

	if (left >= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		return be64toh(word) >> (64 - 8 * size);
	}
	while (size-- > 0)
		word = word << 8 | *p++;
	return word;
}

/* Reads a tag from first to last and the number after it. The number of first has first_size bytes;
 * each further tag doubles the size. */
static inline bool take(
	struct unpack *u, enum tag first, size_t first_size, enum tag last, uint64_t *number)
{
	if (u->next == u->end || *u->next < first || *u->next > last)
		return false;
	size_t size = first_size << (*u->next - first);
	size_t left = (size_t)(u->end - u->next) - 1;
	if (left < size)
		return false;
	*number = load(u->next + 1, size, left);
	u->next += 1 + size;
	return true;
}

bool unpack_long_uint(struct unpack *u, uint64_t *value)
{
	int64_t positive;

	if (take(u, TAG_UINT_8, 1, TAG_UINT_64, value))
		return true;
	if (!unpack_long_int(u, &positive) || positive < 0)
		return false;
	*value = (uint64_t)positive;
	return true;
}

bool unpack_double(struct unpack *u, double *value)
{
	uint64_t bits;

	if (!take(u, TAG_FLOAT_64, sizeof(bits), TAG_FLOAT_64, &bits))
		return false;
	memcpy(value, &bits, sizeof(bits));
	return true;
}

/* As the following function, without its checks of the end: most integers are further from it. */
static inline bool take_far_int(struct unpack *u, int64_t *value)
{
	uint64_t word;

	memcpy(&word, u->next + 1, sizeof(word));
	word = be64toh(word);
	switch (*u->next) {
	case TAG_UINT_8:
		*value = (int64_t)(word >> 56);
		u->next += 2;
		return true;
	case TAG_UINT_16:
		*value = (int64_t)(word >> 48);
		u->next += 3;
		return true;
	case TAG_UINT_32:
		*value = (int64_t)(word >> 32);
		u->next += 5;
		return true;
	case TAG_UINT_64:
		*value = (int64_t)word;
		u->next += *value >= 0 ? 9 : 0;
		return *value >= 0;
	default:
		return false;
	}
}

bool unpack_long_int(struct unpack *u, int64_t *value)
{
	const unsigned char *tag = u->next;
	uint64_t number;

	if (u->end - u->next > (ptrdiff_t)sizeof(number) && take_far_int(u, value))
		return true;

	if (take(u, TAG_UINT_8, 1, TAG_UINT_64, &number)) {
		*value = (int64_t)number;
		if (number <= INT64_MAX)
			return true;
		u->next = u->end; /* so that the caller cannot read it as another type */
		return false;
	}
	if (!take(u, TAG_INT_8, 1, TAG_INT_64, &number))
		return false;
	unsigned missing = 64 - (8U << (*tag - TAG_INT_8)); /* bits above those of the number */
	*value = (int64_t)(number << missing) >> missing;
	return true;
}

/* Bytes with their length before them, in 1, 2 or 4 bytes. */
static bool take_bytes(struct unpack *u, enum tag shortest, enum tag longest, struct str *value)
{
	uint64_t length;

	if (!take(u, shortest, 1, longest, &length) || length > (uint64_t)(u->end - u->next))
		return false;
	*value = (struct str){ (const char *)u->next, (size_t)length };
	u->next += length;
	return true;
}

bool unpack_long_str(struct unpack *u, struct str *value)
{
	return take_bytes(u, TAG_STR_8, TAG_STR_32, value);
}

bool unpack_bin(struct unpack *u, struct str *value)
{
	return take_bytes(u, TAG_BIN_8, TAG_BIN_32, value);
}

bool unpack_long_array(struct unpack *u, uint32_t *count)
{
	uint64_t length;

	if (!take(u, TAG_ARRAY_16, 2, TAG_ARRAY_32, &length))
		return false;
	*count = (uint32_t)length;
	return true;
}
