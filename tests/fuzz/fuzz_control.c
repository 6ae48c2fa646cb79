/*
 * Any bytes as a request on the control socket. What is accepted is written as a request that means
 * the same and differs at most in the zeros before a number; no shorter or longer text is accepted
 * in its place. The same bytes in an answer make one line.
 */
#include "buf.h"
#include "channel.h"
#include "control.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void write_request(struct buf *out, const struct control_request *request)
{
	buf_init(out, CONTROL_REQUEST_MAX);
	buf_str(out, str_from(control_verb_name(request->verb)));
	if (request->verb == CONTROL_WORKERS)
		buf_printf(out, " %u", request->number);
	if (request->has_file)
		buf_printf(out, " %" PRIu64 ":%" PRIu64, request->device, request->inode);
	buf_char(out, '\n');
	require(!out->failed);
}

/* text without the zeros before its number. */
static void skip_zeros(struct buf *out, struct str text)
{
	const char *space = memchr(text.ptr, ' ', text.len);
	size_t before = space ? (size_t)(space + 1 - text.ptr) : text.len, rest = before;

	while (rest + 1 < text.len && text.ptr[rest] == '0' && text.ptr[rest + 1] >= '0' &&
		text.ptr[rest + 1] <= '9')
		rest++;
	buf_init(out, CONTROL_REQUEST_MAX);
	buf_append(out, text.ptr, before);
	buf_str(out, str_from_index(text, rest));
}

static void check_neighbours(struct str text)
{
	char longer[CONTROL_REQUEST_MAX + 1];
	struct control_request request;

	for (size_t n = 0; n < text.len; n++)
		require(!control_parse((struct str){ text.ptr, n }, &request));
	memcpy(longer, text.ptr, text.len);
	for (int c = 0; c <= 0xff; c++) {
		longer[text.len] = (char)c;
		require(!control_parse((struct str){ longer, text.len + 1 }, &request));
	}
}

static void check_request(struct str text)
{
	struct control_request request, again;
	struct buf written, plain;

	if (!control_parse(text, &request))
		return;
	require(text.len <= CONTROL_REQUEST_MAX && request.verb < CONTROL_VERB__COUNT);
	require(request.verb == CONTROL_WORKERS
			? request.number >= 1 && request.number <= WORKERS_MAX
			: request.number == 0);
	write_request(&written, &request);
	require(control_parse(buf_view(&written), &again));
	require(again.verb == request.verb && again.number == request.number);
	require(again.has_file == request.has_file && again.device == request.device &&
		again.inode == request.inode);
	skip_zeros(&plain, text);
	require(str_equal(buf_view(&plain), buf_view(&written)));
	buf_done(&plain);
	buf_done(&written);
	check_neighbours(text);
}

static void check_answer(struct str text)
{
	static int ends[2] = { -1, -1 };
	char line[CONTROL_LINE_MAX + 1];
	int passed;

	if (ends[0] < 0)
		require(channel_open(ends) == 0);
	int shown = (int)(text.len < CONTROL_LINE_MAX * 2 ? text.len : CONTROL_LINE_MAX * 2);
	control_send_line(ends[0], -1, "%.*s", shown, text.ptr);
	ssize_t n = channel_receive(ends[1], line, sizeof(line), &passed);
	require(n >= 1 && n <= CONTROL_LINE_MAX && passed == -1 && line[n - 1] == '\n');
	for (ssize_t i = 0; i < n - 1; i++)
		require((unsigned char)line[i] >= ' ' && line[i] != 0x7f);
	size_t whole = strnlen(text.ptr, (size_t)shown);
	require((size_t)n - 1 == (whole < CONTROL_LINE_MAX - 1 ? whole : CONTROL_LINE_MAX - 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { size > 0 ? (const char *)data : "", size };

	check_request(text);
	check_answer(text);
	return 0;
}
