/*
 * The key of a row, of 128 bits: an integer, or a UUID (RFC 9562) in the order of its bytes. Which
 * of them it is, the type of the resource's key says.
 */
#ifndef POSTERN_KEY_H
#define POSTERN_KEY_H

#include "resource.h"
#include "uuid.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	KEY_TEXT_SIZE = UUID_LENGTH + 1, /* with the NUL */
	KEY_BYTES = 16
};

struct key {
	uint64_t high; /* UUID: its first 8 bytes, big-endian; an integer: 0 */
	uint64_t low;  /* UUID: its last 8 bytes; an integer in two's complement */
};

/* Where there is no key: 0, or the nil UUID. */
static inline struct key key_none(void)
{
	return (struct key){ 0, 0 };
}

static inline struct key key_int(int64_t integer)
{
	return (struct key){ 0, (uint64_t)integer };
}

static inline int64_t key_integer(struct key key)
{
	return (int64_t)key.low;
}

static inline bool key_equal(struct key a, struct key b)
{
	return a.low == b.low && a.high == b.high;
}

/* A number for hash tables: the integer itself, or one that depends on all bits of a UUID. */
static inline uint64_t key_number(struct key key)
{
	return key.low ^ key.high * UINT64_C(0x9e3779b97f4a7c15) >> 32;
}

/* True if a value of a field that has a key or refers to one is a key: not null, nor refused. */
static inline bool value_has_key(const struct value *v)
{
	return v->kind == VALUE_INT || v->kind == VALUE_STR;
}

/* The key that a value is: of a field that has a key or refers to one, and not null. A text that is
 * no UUID in the form of values is key_none. */
static inline struct key key_of_value(const struct value *v)
{
	struct key key = { 0, 0 };

	if (v->kind != VALUE_STR)
		return key_int(v->integer);
	return uuid_parse(v->text, &key.high, &key.low) ? key : key_none();
}

/* The value that a key is for a field of the key's type. A UUID is written to `text`, from which
 * the value borrows. */
static inline struct value key_value(const struct field *f, struct key key, char text[UUID_LENGTH])
{
	if (f->type != FIELD_UUID)
		return value_int(key_integer(key));
	uuid_format(key.high, key.low, text);
	return value_text((struct str){ text, UUID_LENGTH });
}

/* The bytes of a UUID in their order (RFC 9562 4). */
void key_put(struct key key, char bytes[KEY_BYTES]);
struct key key_get(const char bytes[KEY_BYTES]);

/* Writes a key of this field's type for a log line. Returns text. */
const char *key_text(const struct field *f, struct key key, char text[KEY_TEXT_SIZE]);

#endif
