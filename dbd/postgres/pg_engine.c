#include "pg_engine.h"

#include "log.h"
#include "loop.h"
#include "pg_job.h"
#include "pg_list.h"
#include "pg_rows.h"
#include "pg_value.h"
#include "pg_writes.h"

#include <stdlib.h>

enum { LIST_WAIT_MOST = 8 * 1000 /* milliseconds, for a server */ };

/* Lists (streams.h): a connection of their own, which is made when the first one begins. They are
 * few, so that none waits long for a table that others have locked. */

#define BEGIN_LIST "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout = 2000"

static struct engine *open_list(
	const struct database_url *url, enum engine_use use, struct buf *error)
{
	struct pg_session *s = calloc(1, sizeof(*s));

	(void)use;
	(void)error;
	if (!s)
		log_die("out of memory for a list");
	s->engine.ops = &pg_engine;
	s->list = pg_list_new(url);
	buf_init(&s->text, PG_TEXT_MOST);
	return &s->engine;
}

static void close_list(struct engine *engine)
{
	struct pg_session *s = pg_session_of(engine);

	pg_list_free(s->list);
	pg_session_end(s);
	free(s);
}

static enum fault step_list(struct engine *engine, enum engine_step step)
{
	struct pg_session *s = pg_session_of(engine);

	if (step != ENGINE_BEGIN_READ)
		return FAULT_INTERNAL;
	const uint64_t until = clock_ms() + LIST_WAIT_MOST;
	while (pg_list_connect(s->list, until)) {
		pg_session_begin(s);
		if (pg_ask_text(s, BEGIN_LIST, NULL, 0))
			return FAULT_NONE;
		if (s->remedy != PG_REMEDY_RECONNECT)
			return s->fault;
		pg_list_disconnect(s->list);
	}
	return FAULT_UNAVAILABLE;
}

/* In the loop's thread, which does not wait for the reply: it is read before the next list begins.
 */
static void end_list(struct engine *engine)
{
	pg_list_end(pg_session_of(engine)->list);
}

const struct engine_ops pg_engine = {
	.keeps_zones = true,
	.fits = pg_value_fits,
	.undoes = {
		[FAULT_NOT_FOUND] = true,
		[FAULT_CONFLICT] = true,
		[FAULT_REFUSED] = true,
		[FAULT_IN_USE] = true,
		[FAULT_CHANGED] = true,
	},
	.open = open_list,
	.close = close_list,
	.step = step_list,
	.end_read = end_list,
	.open_rows = pg_open_rows,
	.next = pg_next_row,
	.close_rows = pg_close_rows,
	.count = pg_count_rows,
	.insert = pg_insert,
	.update = pg_update,
	.require_free = pg_require_free,
	.find_parent = pg_find_parent,
	.find_referred = pg_find_referred,
	.referring = pg_referring,
	.set_null = pg_set_null,
	.find_linked = pg_find_linked,
	.link = pg_link,
	.unlink = pg_unlink,
	.unlink_all = pg_unlink_all,
	.remove_below = pg_remove_below,
	.remove = pg_remove,
	.remove_rows = pg_remove_rows,
};
