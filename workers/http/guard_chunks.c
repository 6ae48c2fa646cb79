#include "guard_parts.h"

#include "ascii.h"

/* Adds a digit to the size of the chunk. Refuses it if the sum of all sizes exceeds the limit. */
static int add_digit(struct guard_chunks *chunks, const struct http_limits *limits, char digit)
{
	uint64_t room = limits->body - chunks->total;

	if (chunks->left > room / 16)
		return 413;
	uint64_t size = chunks->left * 16 + ascii_hex_value(digit);
	if (size > room)
		return 413;
	chunks->left = size;
	return 0;
}

/* Called at the end of a size line. The last chunk has the size 0. */
static enum syntax begin_chunk(struct guard_chunks *chunks)
{
	chunks->total += chunks->left;
	if (chunks->left > 0)
		return CHUNK_DATA;
	chunks->part = GUARD_PART_TRAILER;
	return FIELD_FIRST;
}

/* Limits the bytes that a peer can send without adding to the content (RFC 9112 7.1.1). */
static int count_excess(
	struct guard_chunks *chunks, const struct http_limits *limits, enum syntax state)
{
	bool leading_zero = state == CHUNK_SIZE && chunks->left == 0;
	bool extension = state == CHUNK_BLANK || state == CHUNK_EXTENSION;
	bool trailer = chunks->part == GUARD_PART_TRAILER;

	if ((leading_zero || extension || trailer) && ++chunks->excess > limits->header_bytes)
		return trailer ? 431 : 413;
	return 0;
}

/* Reads one byte of the framing. */
static int read_byte(struct guard_chunks *chunks, const struct http_limits *limits, char c)
{
	enum syntax state = chunks->state == SYNTAX_NONE ? CHUNK_SIZE_FIRST : chunks->state;

	state = guard_syntax_next(state, c);
	if (state == SYNTAX_NONE)
		return 400;
	int status = state == CHUNK_SIZE ? add_digit(chunks, limits, c) : 0;
	if (status == 0)
		status = count_excess(chunks, limits, state);
	if (state == CHUNK_DATA)
		state = begin_chunk(chunks);
	if (state == CHUNKS_DONE)
		chunks->part = GUARD_PART_END;
	chunks->state = (uint8_t)state;
	return status;
}

int guard_chunks_check(struct guard_chunks *chunks, const struct http_limits *limits,
	struct str bytes, size_t *used)
{
	enum guard_part part = chunks->part;
	size_t i = 0;
	int status = 0;

	while (i < bytes.len && chunks->part == part && status == 0) {
		if (chunks->state != CHUNK_DATA) {
			status = read_byte(chunks, limits, bytes.ptr[i++]);
			continue;
		}
		size_t here = bytes.len - i < chunks->left ? bytes.len - i : (size_t)chunks->left;
		i += here;
		chunks->left -= here;
		if (chunks->left == 0)
			chunks->state = CHUNK_DATA_CR;
	}
	*used = i;
	return status;
}
