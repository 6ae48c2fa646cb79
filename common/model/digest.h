/*
 * A 64-bit digest of rows, by which a worker and dbd know that they speak of the same state: equal
 * sequences of rows have equal digests in every process of a machine, and unequal ones do not,
 * but for about one chance in 2^64. It is no cryptographic hash: who may write a row can make two
 * states of it that are not told apart.
 */
#ifndef POSTERN_DIGEST_H
#define POSTERN_DIGEST_H

#include "resource.h"

/* What a digest begins with. */
#define DIGEST_BEGIN UINT64_C(0x6a09e667f3bcc908)

/* Each goes on from a digest and returns the next: of a number, of bytes with their length, of a
 * row as codec_encode_row writes it. Different digests go on to different ones where the same
 * follows, so a difference is never lost again. */
uint64_t digest_number(uint64_t digest, uint64_t number);
uint64_t digest_bytes(uint64_t digest, struct str bytes);
uint64_t digest_row(uint64_t digest, const struct resource *r, struct str row);

#endif
