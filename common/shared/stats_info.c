#include "stats_table.h"

/* clang-format off */
const struct stat_info stat_infos[STAT__COUNT] = {
#define GROUP(owner)
#define STAT(id, name_, kind_, shape_, unit_, help_)                                               \
	[STAT_##id] = { .name = name_, .help = help_, .kind = STAT_KIND_##kind_,                   \
		.shape = STAT_SHAPE_##shape_, .unit = STAT_UNIT_##unit_,                           \
		.first = offsetof(struct stats_cells, id) / sizeof(uint64_t), .cells = STATS_CELLS_##shape_ },
#include "stats.def"
#undef STAT
#undef GROUP
};
/* clang-format on */

const char *stat_outcome_name(unsigned outcome)
{
	static const char *const names[] = {
		[STAT_OUTCOME_DONE] = "done",
		[STAT_OUTCOME_LATE] = "late",
		[STAT_OUTCOME_FAULT + FAULT_NOT_FOUND] = "not_found",
		[STAT_OUTCOME_FAULT + FAULT_CONFLICT] = "conflict",
		[STAT_OUTCOME_FAULT + FAULT_REFUSED] = "refused",
		[STAT_OUTCOME_FAULT + FAULT_IN_USE] = "in_use",
		[STAT_OUTCOME_FAULT + FAULT_CHANGED] = "changed",
		[STAT_OUTCOME_FAULT + FAULT_BUSY] = "busy",
		[STAT_OUTCOME_FAULT + FAULT_UNAVAILABLE] = "unavailable",
		[STAT_OUTCOME_FAULT + FAULT_UNKNOWN] = "unknown",
		[STAT_OUTCOME_FAULT + FAULT_FULL] = "full",
		[STAT_OUTCOME_FAULT + FAULT_STORAGE] = "storage",
		[STAT_OUTCOME_FAULT + FAULT_TOO_LARGE] = "too_large",
		[STAT_OUTCOME_FAULT + FAULT_INTERNAL] = "internal",
		[STAT_OUTCOME_FAULT + FAULT_LOCKED] = "locked",
	};

	_Static_assert(NITEMS(names) == STAT_OUTCOME__COUNT, "a fault has no name");
	return names[outcome];
}

static const char *const causes[] = {
	[STAT_CAUSE_BUSY] = "busy",
	[STAT_CAUSE_UNAVAILABLE] = "unavailable",
	[STAT_CAUSE_UNKNOWN] = "unknown",
	[STAT_CAUSE_LOCKED] = "locked",
	[STAT_CAUSE_CONCURRENCY] = "concurrency",
	[STAT_CAUSE_ADDRESS] = "address",
};

static const char *const roles[] = {
	[STAT_ROLE_DBD] = "dbd",
	[STAT_ROLE_WORKER] = "worker",
};

static const char *const reconnects[] = {
	[STAT_RECONNECT_LOST] = "lost",
	[STAT_RECONNECT_SILENT] = "silent",
	[STAT_RECONNECT_REFUSED] = "refused",
	[STAT_RECONNECT_STARTING] = "starting",
	[STAT_RECONNECT_STOPPED] = "stopped",
	[STAT_RECONNECT_TOO_MANY] = "too_many",
	[STAT_RECONNECT_PASSWORD] = "password",
	[STAT_RECONNECT_DATABASE] = "database",
	[STAT_RECONNECT_READ_ONLY] = "read_only",
	[STAT_RECONNECT_OTHER] = "other",
};

static const char *const rollbacks[] = {
	[STAT_ROLLBACK_FAILED] = "failed",
	[STAT_ROLLBACK_LOCK] = "lock",
	[STAT_ROLLBACK_DEADLOCK] = "deadlock",
	[STAT_ROLLBACK_LOST] = "lost",
	[STAT_ROLLBACK_OTHER] = "other",
};

static const char *const lost_commits[] = {
	[STAT_LOST_COMMIT_COMMITTED] = "committed",
	[STAT_LOST_COMMIT_ROLLED_BACK] = "rolled_back",
	[STAT_LOST_COMMIT_UNKNOWN] = "unknown",
};

static const char *const flushes[] = {
	[STAT_FLUSH_CONNECTION] = "connection",
	[STAT_FLUSH_UNLOGGED] = "unlogged",
	[STAT_FLUSH_DECLARATION] = "declaration",
	[STAT_FLUSH_MANY] = "many",
	[STAT_FLUSH_UNREADABLE] = "unreadable",
};

_Static_assert(NITEMS(causes) == STAT_CAUSE__COUNT, "a cause has no name");
_Static_assert(NITEMS(roles) == STAT_ROLE__COUNT, "a role has no name");
_Static_assert(NITEMS(reconnects) == STAT_RECONNECT__COUNT, "a cause has no name");
_Static_assert(NITEMS(rollbacks) == STAT_ROLLBACK__COUNT, "a cause has no name");
_Static_assert(NITEMS(lost_commits) == STAT_LOST_COMMIT__COUNT, "an outcome has no name");
_Static_assert(NITEMS(flushes) == STAT_FLUSH__COUNT, "a cause has no name");

struct stat_label stat_label(enum stat_shape shape)
{
	static const struct stat_label labels[] = {
		[STAT_SHAPE_CAUSE] = { "cause", causes, NITEMS(causes) },
		[STAT_SHAPE_ROLE] = { "role", roles, NITEMS(roles) },
		[STAT_SHAPE_RECONNECT] = { "cause", reconnects, NITEMS(reconnects) },
		[STAT_SHAPE_ROLLBACK] = { "cause", rollbacks, NITEMS(rollbacks) },
		[STAT_SHAPE_LOST_COMMIT] = { "outcome", lost_commits, NITEMS(lost_commits) },
		[STAT_SHAPE_FLUSH] = { "cause", flushes, NITEMS(flushes) },
	};

	return (size_t)shape < NITEMS(labels) ? labels[shape] : (struct stat_label){ 0 };
}

#define MS(n) (UINT64_C(1000000) * (n))
#define US(n) (UINT64_C(1000) * (n))

const uint64_t *stat_bounds(enum stat_shape shape)
{
	static const uint64_t sizes[STATS_BOUNDS] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024,
		2048, 4096, 8192 };
	static const uint64_t disk[STATS_BOUNDS] = { US(100), US(250), US(500), MS(1), US(2500),
		MS(5), MS(10), MS(25), MS(50), MS(100), MS(250), MS(500), MS(1000), MS(2500) };
	/* OpenTelemetry's advice for http.server.request.duration. */
	static const uint64_t http[STATS_BOUNDS] = { MS(5), MS(10), MS(25), MS(50), MS(75), MS(100),
		MS(250), MS(500), MS(750), MS(1000), MS(2500), MS(5000), MS(7500), MS(10000) };

	if (shape == STAT_SHAPE_SIZES)
		return sizes;
	return shape == STAT_SHAPE_DISK ? disk : http;
}
