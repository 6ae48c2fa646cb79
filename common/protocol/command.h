/*
 * What crosses the socket between a worker and dbd, as structs. Actions, statuses, faults,
 * demands and their arguments are declared once, in command.def, reply.def, fault.def and
 * demand.def.
 */
#ifndef POSTERN_COMMAND_H
#define POSTERN_COMMAND_H

#include "record.h"
#include "unpack.h"

enum action {
#define ACTION(name, ...) ACTION_##name,
#include "command.def"
#undef ACTION
	ACTION__COUNT
};

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
	FAULT__COUNT
};

enum demand {
#define DEMAND(name, ...) DEMAND_##name,
#include "demand.def"
#undef DEMAND
	DEMAND__COUNT
};

/* Does another frame of this reply follow? */
enum more {
	MORE_NO,
	MORE_COMES, /* by itself */
	MORE_WAITS, /* when it is demanded */
	MORE__COUNT
};

/* The part of a list that is asked for. */
struct page {
	int64_t after;  /* only rows with greater keys … */
	uint32_t limit; /* … and at most so many; 0: all rows there are */
	bool count;     /* with how many rows there are without either */
};

enum { COMMAND_REQUEST_MOST = 128 }; /* bytes */

struct command {
	uint64_t id;       /* the worker's; comes back in the reply */
	uint64_t deadline; /* CLOCK_MONOTONIC, milliseconds; past it nobody waits for the reply */
	enum action action;
	const struct resource *resource;
	int64_t key;      /* READ, UPDATE, DELETE */
	struct page page; /* LIST */
	int64_t parent;   /* CREATE: the parent's key; 0 where there is no parent */
	struct str match; /* UPDATE, DELETE: digests (digest.h), of 8 bytes each, one of which must
			     be that of what a READ shows; ptr is NULL: whatever it shows */
	struct str
		request; /* the id of the request that it is part of, for logs; "" if it has none */
	struct record
		record; /* CREATE, UPDATE: what the client sent; text borrowed from the frame */
};

/* Rows are not decoded ahead: codec_next_row takes one after the other. */
struct rows {
	const struct resource *resource;
	uint32_t left;      /* that have not been taken yet */
	struct unpack rest; /* their bytes */
	struct str row;     /* the bytes of the one that was taken last */
};

struct reply {
	uint64_t id;
	enum status status;
	enum more more;                  /* ROWS; else MORE_NO */
	struct rows rows;                /* ROWS */
	int64_t total;                   /* ROWS: how many there are, if that was asked; else -1 */
	enum fault fault;                /* FAULT */
	const struct resource *resource; /* FAULT: whose row, whose fields */
	uint32_t fields;                 /* FAULT: NULL_FIELD's fields, as bits */
};

/* Names for logs: "create", "rows", "no such row". */
const char *action_name(enum action action);
const char *status_name(enum status status);
const char *fault_text(enum fault fault);
const char *demand_name(enum demand demand);

/* Does it change the database? */
bool action_writes(enum action action);

#endif
