/*
 * A 64-bit digest of rows. With it, a worker and dbd recognise the same state of a row: equal
 * sequences of rows have equal digests in every process of a machine, and unequal ones differ
 * except with a probability of about 2^-64. It is not a cryptographic hash: a client that may write
 * a row can construct two states with one digest.
 */
#ifndef POSTERN_DIGEST_H
#define POSTERN_DIGEST_H

#include "resource.h"

/* The digest of nothing. */
#define DIGEST_BEGIN UINT64_C(0x6a09e667f3bcc908)

/* Each function extends a digest and returns the new one: by a number, by bytes with their length,
 * by a row as codec_encode_row writes it, and what it is shown as (a shape in resource.h).
 * Different digests that are extended by the same stay different, so a difference is never lost. */
uint64_t digest_number(uint64_t digest, uint64_t number);
uint64_t digest_bytes(uint64_t digest, struct str bytes);
uint64_t digest_row(uint64_t digest, uint64_t shape, struct str row);

#endif
