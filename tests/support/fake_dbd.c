#include "fake_dbd.h"

#include "dbd_client.h"
#include "loop.h"

#include "net.h"
#include "suite.h"

#include <unistd.h>

enum { OUT_MAX = 64 * 1024 * 1024 };

void fake_dbd_open(struct fake_dbd *dbd)
{
	dbd->listener = net_listen_abstract(8, dbd->name, sizeof(dbd->name));
	ck_assert_int_ge(dbd->listener, 0);
	dbd->taken = 0;
	link_init(&dbd->link, -1, OUT_MAX);
}

void fake_dbd_close(struct fake_dbd *dbd)
{
	link_done(&dbd->link);
	close(dbd->listener);
}

static enum frame_status parse(struct fake_dbd *dbd, struct str *payload)
{
	enum frame_status status = frame_parse(buf_view(&dbd->link.in), payload, &dbd->taken);

	if (status == FRAME_BAD)
		ck_abort_msg("a frame of a length that cannot be");
	return status;
}

/* The payload of the next frame that has arrived. */
static bool next_frame(struct fake_dbd *dbd, struct str *payload)
{
	buf_consume(&dbd->link.in, dbd->taken);
	dbd->taken = 0;
	if (parse(dbd, payload) == FRAME_WHOLE)
		return true;
	return link_read(&dbd->link) == LINK_OK && parse(dbd, payload) == FRAME_WHOLE;
}

void fake_dbd_hang_up(struct fake_dbd *dbd)
{
	link_done(&dbd->link);
	dbd->taken = 0;
}

void fake_dbd_accept(struct fake_dbd *dbd)
{
	struct str payload;
	const char *error = "";
	int fd = net_accept(dbd->listener);

	ck_assert_int_ge(fd, 0);
	fake_dbd_hang_up(dbd);
	link_init(&dbd->link, fd, OUT_MAX);
	ck_assert_msg(next_frame(dbd, &payload), "no hello has come");
	ck_assert_msg(codec_check_hello(payload, api->fingerprint, NULL, &error), "%s", error);
}

void fake_dbd_greet(struct fake_dbd *dbd)
{
	fake_dbd_accept(dbd);
	codec_encode_hello(&dbd->link.out, api->fingerprint, 0);
	fake_dbd_send(dbd);
}

bool fake_dbd_take(struct fake_dbd *dbd, struct command *command)
{
	struct str payload;
	const char *error = "";

	if (!next_frame(dbd, &payload))
		return false;
	if (!codec_decode_command(payload, api, command, &error))
		ck_abort_msg("a command: %s", error);
	return true;
}

bool fake_dbd_take_demand(struct fake_dbd *dbd, uint64_t *id, enum demand *demand)
{
	struct str payload;
	const char *error = "";

	if (!next_frame(dbd, &payload))
		return false;
	if (!codec_is_demand(payload) || !codec_decode_demand(payload, id, demand, &error))
		ck_abort_msg("a demand: %s", error);
	return true;
}

bool fake_dbd_take_confirm(struct fake_dbd *dbd, uint64_t *id)
{
	struct str payload;
	uint64_t deadline;
	const char *error = "";

	if (!next_frame(dbd, &payload))
		return false;
	if (!codec_is_confirm(payload) || !codec_decode_confirm(payload, id, &deadline, &error))
		ck_abort_msg("a confirm: %s", error);
	ck_assert_uint_le(deadline, clock_ms() + DBD_TIMEOUT_MS);
	ck_assert_uint_gt(deadline, clock_ms());
	return true;
}

void fake_dbd_encode_rows(struct fake_dbd *dbd, uint64_t id, const struct resource *resource,
	int64_t value, unsigned n, enum more more)
{
	struct record row = { .resource = resource };
	struct rows_writer w;

	record_set(&row, 0, value_int(value));
	codec_rows_begin(&w, &dbd->link.out, id, resource, -1);
	for (unsigned i = 0; i < n; i++)
		codec_rows_add(&w, NULL, &row);
	codec_rows_end(&w, more);
}

void fake_dbd_send(struct fake_dbd *dbd)
{
	ck_assert_int_eq(link_flush(&dbd->link), LINK_OK);
}
