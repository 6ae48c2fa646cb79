#include "codec_args.h"

const enum arg codec_action_args[][ARGS_MAX] = {
#define ACTION(name, text, writes, ...) [ACTION_##name] = { __VA_ARGS__ },
#include "action.def"
#undef ACTION
};

const enum arg codec_status_args[][ARGS_MAX] = {
#define STATUS(name, text, ...) [STATUS_##name] = { __VA_ARGS__ },
#include "reply.def"
#undef STATUS
};

const uint32_t codec_page_sizes[PAGE__COUNT] = {
	[PAGE_SLICE] = 2,    /* after, limit */
	[PAGE_AFTER] = 3,    /* after, limit, count */
	[PAGE_FILTERED] = 4, /* after, limit, count, values of the filters */
};

uint32_t codec_count_args(const enum arg args[ARGS_MAX])
{
	uint32_t n = 0;

	while (n < ARGS_MAX && args[n] != ARG_NONE)
		n++;
	return n;
}
