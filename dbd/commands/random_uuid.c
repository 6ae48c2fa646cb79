#include "random_uuid.h"

#include "log.h"

#include <errno.h>
#include <sys/random.h>

enum { UUID_BYTES = 16, VERSION_BYTE = 6, VARIANT_BYTE = 8 };

/* At most 256 bytes are never cut short, nor interrupted once the kernel's generator is seeded
 * (getrandom(2)). */
static void fill(unsigned char bytes[UUID_BYTES])
{
	while (getrandom(bytes, UUID_BYTES, 0) < 0)
		if (errno != EINTR)
			log_die("cannot get random bytes: %s", strerror(errno));
}

struct str random_uuid(struct arena *arena)
{
	unsigned char b[UUID_BYTES];

	fill(b);
	b[VERSION_BYTE] = (b[VERSION_BYTE] & 0x0f) | 0x40;
	b[VARIANT_BYTE] = (b[VARIANT_BYTE] & 0x3f) | 0x80;
	return arena_printf(arena,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		b[15]);
}
