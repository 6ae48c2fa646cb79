#include "pg_table_locks.h"

#include "earlier.h"
#include "pg_job.h"
#include "pg_locked.h"

static void put_name(struct buf *out, const struct resource *table)
{
	buf_str(out, buf_len(out) > 0 ? STR(", ") : STR("LOCK TABLE "));
	pg_sql_name(out, table->table);
}

static void end_statement(struct buf *out)
{
	buf_str(out, STR(" IN ACCESS SHARE MODE"));
}

void pg_lock_table(struct buf *out, const struct resource *table)
{
	put_name(out, table);
	end_statement(out);
}

/* Tables may be named twice. */
static void put_shown(struct buf *out, const struct schema *shown)
{
	for (unsigned i = 0; shown && i < shown->nmembers; i++) {
		const struct member *m = &shown->members[i];
		if (m->kind == MEMBER_FIELD)
			continue;
		put_name(out, earlier_current(m->of));
		if (m->kind == MEMBER_LINKED)
			put_name(out, m->field->links->table);
		put_shown(out, m->schema);
	}
}

static bool lock_shown(struct pg_session *s, const struct command *command)
{
	struct buf text;

	buf_init(&text, PG_TEXT_MOST);
	put_name(&text, earlier_current(command->resource));
	if (command->resource->parent)
		put_name(&text, earlier_current(command->resource->parent));
	put_shown(&text, command_shown(command));
	end_statement(&text);
	buf_char(&text, '\0');
	bool fine = pg_ask_text(s, buf_view(&text).ptr, NULL, 0) != NULL;
	buf_done(&text);
	return fine;
}

bool pg_may_read(struct pg_session *s, const struct resource *table)
{
	if (s->list && !s->table && s->engine.command && !lock_shown(s, s->engine.command))
		return false;
	s->table = table;
	if (!s->locked || !pg_locked_has(s->locked, table, loop_now(s->link->loop)))
		return true;
	s->failed = s->has_left = true;
	s->remedy = PG_REMEDY_LATER;
	s->fault = FAULT_LOCKED;
	return false;
}
