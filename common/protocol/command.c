#include "command.h"

const char *action_name(enum action action)
{
	static const char *const names[] = {
#define ACTION(name, text, ...) [ACTION_##name] = text,
#include "action.def"
#undef ACTION
	};
	return names[action];
}

bool action_writes(enum action action)
{
	static const bool writes[] = {
#define ACTION(name, text, changes, ...) [ACTION_##name] = changes,
#include "action.def"
#undef ACTION
	};
	return writes[action];
}

const char *status_name(enum status status)
{
	static const char *const names[] = {
#define STATUS(name, text, ...) [STATUS_##name] = text,
#include "reply.def"
#undef STATUS
	};
	return names[status];
}

const char *fault_text(enum fault fault)
{
	static const char *const texts[] = {
#define FAULT(name, text) [FAULT_##name] = text,
#include "fault.def"
#undef FAULT
	};
	return texts[fault];
}

const char *demand_name(enum demand demand)
{
	static const char *const names[] = {
#define DEMAND(name, text) [DEMAND_##name] = text,
#include "demand.def"
#undef DEMAND
	};
	return names[demand];
}
