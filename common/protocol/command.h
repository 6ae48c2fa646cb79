/*
 * The messages between a worker and dbd, as structs. action.def, reply.def, fault.def and
 * demand.def declare actions, statuses, faults, demands and their arguments.
 */
#ifndef POSTERN_COMMAND_H
#define POSTERN_COMMAND_H

#include "key.h"
#include "record.h"
#include "unpack.h"

#include <stddef.h>

enum status {
#define STATUS(name, ...) STATUS_##name,
#include "reply.def"
#undef STATUS
	STATUS__COUNT
};

enum fault {
#define FAULT(name, ...) FAULT_##name,
#include "fault.def"
#undef FAULT
	FAULT__COUNT,
	FAULT_NONE = FAULT__COUNT /* success, where functions return a fault; never in a message */
};

enum demand {
#define DEMAND(name, ...) DEMAND_##name,
#include "demand.def"
#undef DEMAND
	DEMAND__COUNT
};

/* How another frame of this reply follows. */
enum more {
	MORE_NO,    /* this is the last frame */
	MORE_COMES, /* without being demanded */
	MORE_WAITS, /* when it is demanded */
	MORE__COUNT
};

enum page_kind {
	PAGE_WHOLE,    /* the whole list, without regard to the other members */
	PAGE_AFTER,    /* rows with greater keys than `after` */
	PAGE_SLICE,    /* all rows but the first `after` ones */
	PAGE_FILTERED, /* a slice of the rows that filters leave */
	PAGE__COUNT
};

/* The requested part of a list. */
struct page {
	int64_t after;  /* SLICE, FILTERED: at least 0 */
	uint32_t limit; /* at most this many rows; AFTER: at least 1 */
	bool count;     /* the reply has the number of rows: AFTER: of the whole list; FILTERED: of
			   all that the filters leave */
	uint8_t kind;   /* enum page_kind; in 16 bytes, since each command has a page */
};

enum { COMMAND_REQUEST_MOST = 128 }; /* bytes */

struct command {
	uint64_t id;       /* chosen by the worker; the reply has the same */
	uint64_t deadline; /* CLOCK_MONOTONIC, milliseconds; dbd skips the command after that */
	enum action action;
	const struct resource *resource; /* of the worker's declaration */
	const struct api *api;           /* the worker's declaration; set when decoded */
	struct key key;                  /* READ, UPDATE, DELETE, LINK, UNLINK */
	struct page page;                /* LIST */
	struct key parent; /* CREATE: the parent's key; none if the resource has no parent */
	unsigned links;    /* LINK, UNLINK: the field of type LINKS; else 0 */
	struct key linked; /* of the row at the other end */
	/* UPDATE, DELETE, LINK, UNLINK: digests (digest.h) of 8 bytes each. The digest of the row,
	 * as a READ shows it, must be one of them. ptr NULL: no condition. */
	struct str match;
	struct str request; /* id of the HTTP request, for logs; "": none */
	/* CREATE, UPDATE: the client's input. FILTERED page: the values of the filters, by the
	 * index of the parameter (struct list_rules); absent: no filter. Text borrowed from the
	 * frame. Last, see command_size. */
	struct record record;
};

/* The bytes of a command that are used: its record has room for more values than most resources
 * have. */
static inline size_t command_size(const struct command *command)
{
	return offsetof(struct command, record.values) +
	       record_used(&command->record) * sizeof(struct value);
}

/* Copies what is used of a command. */
static inline void command_copy(struct command *to, const struct command *from)
{
	memcpy(to, from, command_size(from));
}
_Static_assert(sizeof(struct command) == offsetof(struct command, record) + sizeof(struct record),
	"command_size ends with the record's values");

/* NULL: it is switched off. */
static inline const struct operation *command_operation(const struct command *command)
{
	return command->links
		       ? resource_operation(command->resource, command->action, command->links)
		       : command->resource->by_action[command->action];
}

/* What the answer to a command shows of rows; NULL: none, or its operation is switched off. */
static inline const struct schema *command_shown(const struct command *command)
{
	const struct operation *operation = command_operation(command);

	return operation ? operation->shown : NULL;
}

/* The rows of a reply, which codec_next_row decodes one by one. */
struct rows {
	const struct api *api;           /* that the resources are of */
	const struct resource *own;      /* that of the command */
	const struct resource *resource; /* of the last row, or of the next one if that is alike */
	const struct member *embed;      /* whose row that is; NULL: one of the command's own */
	uint32_t left;      /* elements not decoded yet: rows, and the marks before them */
	struct unpack rest; /* their bytes */
	struct str row;     /* the bytes of the last decoded row */
};

struct reply {
	uint64_t id;
	enum status status;
	enum more more;                  /* ROWS; else MORE_NO */
	struct rows rows;                /* ROWS */
	int64_t total;                   /* ROWS: rows of the whole list, if requested; else -1 */
	enum fault fault;                /* FAULT */
	const struct resource *resource; /* ROWS: that of the command; FAULT: that of the fields */
	/* FAULT, as bits. REFUSED: the fields that no row can have like this. NOT_FOUND: the field
	 * whose row is absent; 0: the row of the resource itself is. CONFLICT: the unique fields
	 * whose values are taken; 0: unknown. */
	uint64_t fields;
};

/* Names for logs, such as "create", "rows", "no such row", "next". Static. */
const char *action_name(enum action action);
const char *status_name(enum status status);
const char *fault_text(enum fault fault);
const char *demand_name(enum demand demand);

/* True if the action changes the database. */
bool action_writes(enum action action);

#endif
