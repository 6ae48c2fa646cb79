#include "request_id.h"

#include "ascii.h"
#include "loop.h"

#include <sys/random.h>
#include <unistd.h>

void request_ids_init(struct request_ids *ids)
{
	uint64_t random[2];

	if (getrandom(random, sizeof(random), GRND_NONBLOCK) < 0) {
		random[0] = clock_ns();
		random[1] = (uint64_t)getpid() << 32;
	}
	ascii_write_hex(ids->worker, random[0]);
	ids->next = random[1];
}

static bool is_id(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is(ASCII_ALPHA, s.ptr[i]) && !ascii_is(ASCII_DIGIT, s.ptr[i]) &&
			(!s.ptr[i] || !strchr("-._~:/+=@", s.ptr[i])))
			return false;
	return s.len > 0 && s.len <= REQUEST_ID_MOST;
}

/* SplitMix64 (Steele, Lea and Flood, 2014), a bijection. */
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
	memcpy(made, ids->worker, sizeof(ids->worker));
	ascii_write_hex(made + sizeof(ids->worker), mix(ids->next++));
	return (struct str){ made, REQUEST_ID_MADE };
}
