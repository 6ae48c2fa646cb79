#include "digest.h"

#include "word.h"

/* Odd multipliers with their bits well spread: those of SplitMix64. */
#define MULTIPLIER_1 UINT64_C(0xbf58476d1ce4e5b9)
#define MULTIPLIER_2 UINT64_C(0x94d049bb133111eb)

/* Invertible in each argument, so that two inputs that differ in one of them have different
 * results.
 */
uint64_t digest_number(uint64_t digest, uint64_t number)
{
	number = (number ^ number >> 30) * MULTIPLIER_1;
	digest = (digest ^ number ^ number >> 27) * MULTIPLIER_2;
	return digest ^ digest >> 31;
}

/* Fewer steps than digest_number: those of xxHash. The steps that follow mix the bits further. */
static uint64_t add_word(uint64_t lane, uint64_t word)
{
	lane += word * MULTIPLIER_1;
	return (lane << 31 | lane >> 33) * MULTIPLIER_2;
}

/* Two lanes, which a processor computes in parallel. One lane extends the given digest, so that its
 * differences are kept when the lanes are joined. */
uint64_t digest_bytes(uint64_t digest, struct str bytes)
{
	enum { STEP = 2 * WORD_SIZE };
	uint64_t one = digest_number(digest, bytes.len), other = DIGEST_BEGIN;
	size_t n = 0;

	for (; n + STEP < bytes.len; n += STEP) {
		one = add_word(one, word_at(bytes.ptr + n));
		other = add_word(other, word_at(bytes.ptr + n + WORD_SIZE));
	}
	if (n + WORD_SIZE < bytes.len)
		one = add_word(one, word_at(bytes.ptr + n));
	other = add_word(other, word_last(bytes));
	return digest_number(one, other);
}

uint64_t digest_row(uint64_t digest, uint64_t shape, struct str row)
{
	return digest_bytes(digest_number(digest, shape), row);
}
