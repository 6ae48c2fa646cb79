#include "digest.h"

/* Odd multipliers with their bits well spread: those of SplitMix64. */
#define MULTIPLIER_1 UINT64_C(0xbf58476d1ce4e5b9)
#define MULTIPLIER_2 UINT64_C(0x94d049bb133111eb)

/* Each step can be undone when either side is known, so no single word that differs is lost. */
uint64_t digest_number(uint64_t digest, uint64_t number)
{
	number = (number ^ number >> 30) * MULTIPLIER_1;
	digest = (digest ^ number ^ number >> 27) * MULTIPLIER_2;
	return digest ^ digest >> 31;
}

uint64_t digest_bytes(uint64_t digest, struct str bytes)
{
	uint64_t word;

	digest = digest_number(digest, bytes.len);
	for (; bytes.len >= sizeof(word); bytes = str_from_index(bytes, sizeof(word))) {
		memcpy(&word, bytes.ptr, sizeof(word));
		digest = digest_number(digest, word);
	}
	if (bytes.len == 0)
		return digest;
	word = 0;
	memcpy(&word, bytes.ptr, bytes.len);
	return digest_number(digest, word);
}

uint64_t digest_row(uint64_t digest, const struct resource *r, struct str row)
{
	return digest_bytes(digest_number(digest, resource_index(r)), row);
}
