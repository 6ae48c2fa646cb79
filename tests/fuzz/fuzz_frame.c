/*
 * Splits the input into frames as dbd and workers do, and decodes each payload as a handshake, a
 * demand, a confirm, a command and a reply. An accepted message is encoded, decoded and encoded
 * again, with the same bytes.
 */
#include "codec.h"
#include "declaration.h"
#include "frame.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Resources that are embedded in each other, and one with a field of each form on the wire. */
static const struct str declaration =
	STR_INIT("{\"resources\": {"
		 "\"author\": {\"fields\": {\"name\": {\"type\": \"string\", \"max_length\": 9}}},"
		 "\"book\": {\"parent\": \"author\", \"embedded\": true,"
		 "\"fields\": {\"title\": {\"type\": \"text\"}}},"
		 "\"review\": {\"parent\": \"book\", \"embedded\": true,"
		 "\"fields\": {\"stars\": {\"type\": \"integer\", \"nullable\": true}}},"
		 "\"thing\": {\"fields\": {"
		 "\"number\": {\"type\": \"number\"}, \"decimal\": {\"type\": \"decimal\"},"
		 "\"boolean\": {\"type\": \"boolean\"}, \"uuid\": {\"type\": \"uuid\"},"
		 "\"day\": {\"type\": \"date\"}, \"time\": {\"type\": \"time\"},"
		 "\"moment\": {\"type\": \"datetime\"},"
		 "\"state\": {\"type\": \"string\", \"literal\": [\"on\", \"off\"]},"
		 "\"extra\": {\"type\": \"object\"},"
		 "\"tags\": {\"type\": \"array\", \"items\": {\"type\": \"string\"}},"
		 "\"writer\": {\"type\": \"reference\", \"to\": \"author\"}}}}}");

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct buf error;

	(void)argc;
	(void)argv;
	buf_init(&error, DECLARATION_MOST);
	api_use(declaration_read(declaration, "fuzz_frame", &error));
	if (!api)
		abort();
	buf_done(&error);
	return 0;
}

static struct str payload_of(struct buf *frame)
{
	struct str payload = { "", 0 };
	size_t size;

	if (frame->failed || frame_parse(buf_view(frame), &payload, &size) != FRAME_WHOLE)
		abort();
	return payload;
}

static void check_command(struct str payload)
{
	struct command command = { 0 };
	struct buf once, twice;
	const char *error;

	if (!codec_decode_command(payload, api, &command, &error))
		return;
	buf_init(&once, FRAME_MAX);
	buf_init(&twice, FRAME_MAX);
	codec_encode_command(&once, &command);
	if (!codec_decode_command(payload_of(&once), api, &command, &error))
		abort();
	codec_encode_command(&twice, &command);
	if (!str_equal(buf_view(&once), buf_view(&twice)))
		abort();
	buf_done(&once);
	buf_done(&twice);
}

static void check_demand(struct str payload)
{
	enum demand demand;
	struct buf once;
	const char *error;
	uint64_t id, again;

	if (!codec_decode_demand(payload, &id, &demand, &error))
		return;
	buf_init(&once, FRAME_MAX);
	codec_encode_demand(&once, id, demand);
	if (!codec_is_demand(payload_of(&once)) ||
		!codec_decode_demand(payload_of(&once), &again, &demand, &error) || again != id)
		abort();
	buf_done(&once);
}

static void check_confirm(struct str payload)
{
	struct buf once;
	const char *error;
	uint64_t id, deadline, again;

	if (!codec_decode_confirm(payload, &id, &deadline, &error))
		return;
	buf_init(&once, FRAME_MAX);
	codec_encode_confirm(&once, id, deadline);
	if (!codec_is_confirm(payload_of(&once)) ||
		!codec_decode_confirm(payload_of(&once), &again, &deadline, &error) || again != id)
		abort();
	buf_done(&once);
}

static void check_row(const struct record *row)
{
	struct buf bytes;
	struct rows again = { .resource = row->resource, .left = 1 };
	struct record same;

	buf_init(&bytes, FRAME_MAX);
	codec_encode_row(&bytes, row);
	again.rest = unpack_from(buf_view(&bytes));
	if (!codec_next_row(&again, &same) || same.present != row->present)
		abort();
	buf_done(&bytes);
}

static void check_reply(struct str payload)
{
	struct reply reply = { 0 };
	struct record row;
	const char *error;

	if (!codec_decode_reply(payload, api, &reply, &error) || reply.status != STATUS_ROWS)
		return;
	while (reply.rows.left > 0 && codec_next_row(&reply.rows, &row))
		check_row(&row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = { (const char *)data, size }, payload;
	size_t used;
	const char *error;

	while (frame_parse(bytes, &payload, &used) == FRAME_WHOLE) {
		if (!codec_check_hello(payload, api->fingerprint, NULL, &error)) {
			check_demand(payload);
			check_confirm(payload);
			check_command(payload);
			check_reply(payload);
		}
		bytes = str_from_index(bytes, used);
	}
	return 0;
}
