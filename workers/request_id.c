#include "request_id.h"

#include "ascii.h"
#include "loop.h"

#include <sys/random.h>
#include <unistd.h>

void request_ids_init(struct request_ids *ids)
{
	if (getrandom(ids, sizeof(*ids), GRND_NONBLOCK) < 0)
		*ids = (struct request_ids){ clock_ns(), (uint64_t)getpid() << 32 };
}

static bool is_id(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is(ASCII_ALPHA, s.ptr[i]) && !ascii_is(ASCII_DIGIT, s.ptr[i]) &&
			(!s.ptr[i] || !strchr("-._~:/+=@", s.ptr[i])))
			return false;
	return s.len > 0 && s.len <= REQUEST_ID_MOST;
}

/* SplitMix64 (Steele, Lea and Flood, 2014): another number for each number. */
static uint64_t mix(uint64_t n)
{
	n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9;
	n = (n ^ n >> 27) * 0x94d049bb133111eb;
	return n ^ n >> 31;
}

struct str request_id(
	struct request_ids *ids, const struct http_fields *fields, struct arena *arena)
{
	if (fields->seen & HTTP_X_REQUEST_ID) {
		struct str sent = http_field(fields, HTTP_X_REQUEST_ID, arena);
		if (is_id(sent))
			return sent;
	}
	char *made = arena_alloc(arena, REQUEST_ID_MADE);
	ascii_write_hex(made, ids->worker);
	ascii_write_hex(made + 16, mix(ids->next++));
	return (struct str){ made, REQUEST_ID_MADE };
}
