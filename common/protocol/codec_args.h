/* What both halves of the codec know of a frame (codec.h): which elements each command and reply
 * has, by the tables of action.def and reply.def. */
#ifndef POSTERN_CODEC_ARGS_H
#define POSTERN_CODEC_ARGS_H

#include "command.h"

#define CODEC_MAGIC   "postern" /* the first element of a handshake */
#define CODEC_CONFIRM "confirm" /* the last element of a confirm */

/* The arguments of actions and statuses. Each has a function in the tables of packers and getters.
 */
enum arg {
	ARG_NONE,
	ARG_RESOURCE,
	ARG_PAGE,
	ARG_KEY,
	ARG_PARENT,
	ARG_RECORD,
	ARG_LINKS,
	ARG_LINKED,
	ARG_MATCH,
	ARG_MORE,
	ARG_TOTAL,
	ARG_ROWS,
	ARG_FAULT,
	ARG_FIELDS,
	ARG__COUNT
};

enum { ARGS_MAX = 5 };

/* In their order; those that are not there are ARG_NONE. */
extern const enum arg codec_action_args[][ARGS_MAX];
extern const enum arg codec_status_args[][ARGS_MAX];

/* Elements of a page; PAGE_WHOLE is nil. */
extern const uint32_t codec_page_sizes[PAGE__COUNT];

uint32_t codec_count_args(const enum arg args[ARGS_MAX]);

#endif
