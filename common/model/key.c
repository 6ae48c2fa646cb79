#include "key.h"

#include <inttypes.h>
#include <stdio.h>

static void put_half(uint64_t half, char bytes[KEY_BYTES / 2])
{
	for (int i = KEY_BYTES / 2; i-- > 0; half >>= 8)
		bytes[i] = (char)half;
}

static uint64_t get_half(const char bytes[KEY_BYTES / 2])
{
	uint64_t half = 0;

	for (int i = 0; i < KEY_BYTES / 2; i++)
		half = half << 8 | (unsigned char)bytes[i];
	return half;
}

void key_put(struct key key, char bytes[KEY_BYTES])
{
	put_half(key.high, bytes);
	put_half(key.low, bytes + KEY_BYTES / 2);
}

struct key key_get(const char bytes[KEY_BYTES])
{
	return (struct key){ get_half(bytes), get_half(bytes + KEY_BYTES / 2) };
}

const char *key_text(const struct field *f, struct key key, char text[KEY_TEXT_SIZE])
{
	if (f->type == FIELD_UUID) {
		uuid_format(key.high, key.low, text);
		text[UUID_LENGTH] = '\0';
	} else {
		snprintf(text, KEY_TEXT_SIZE, "%" PRId64, key_integer(key));
	}
	return text;
}
