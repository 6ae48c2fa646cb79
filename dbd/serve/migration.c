#include "migration.h"

enum { TEXT_MAX = 4096 };

static bool refuse_differences(const struct engine_plan *plan, struct buf *said)
{
	buf_printf(said, "%u difference%s must be mended by hand", plan->differences,
		plan->differences == 1 ? "" : "s");
	return false;
}

/* The copy is said first, and stays if the migration fails. */
static bool apply(const struct migration *m, struct buf *said)
{
	struct buf reason;

	m->progress->enters(m->progress->context, "copying the database");
	if (!m->admin->keep(m->url, m->progress, said))
		return false;
	m->progress->enters(m->progress->context, "migrating");
	buf_init(&reason, TEXT_MAX);
	bool done = m->migrate(m->context, m->declared, &reason);
	struct str text = buf_view(&reason);
	if (done) {
		buf_printf(said, " is the copy from before; %.*s", STR_ARGS(text));
	} else {
		buf_reset(said, TEXT_MAX);
		buf_str(said, text);
	}
	buf_done(&reason);
	return done;
}

bool migration_run(const struct migration *m, struct engine_plan *plan, struct buf *said)
{
	if (!m->admin->plan(m->url, m->declared, m->progress, plan, said))
		return false;
	buf_reset(said, TEXT_MAX);
	if (plan->differences > 0)
		return refuse_differences(plan, said);
	if (plan->statements == 0)
		buf_str(said, STR("nothing to do"));
	return plan->statements == 0 || !m->applies || apply(m, said);
}
