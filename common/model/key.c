#include "key.h"

#include <inttypes.h>
#include <stdio.h>

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
