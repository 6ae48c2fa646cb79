/*
 * The vocabulary of declarations. Each resource is declared once. Everything else is derived from
 * the declaration: schema and statements (dbd), wire form (common), validation, JSON, routes and
 * OpenAPI (workers).
 *
 * A resource is one file in common/model/resources and one line in common/model/resources.def;
 * docs/adding-a-resource.md explains the steps.
 */
#ifndef POSTERN_RESOURCE_H
#define POSTERN_RESOURCE_H

#include "str.h"

#include <stdint.h>

/* Each engine has a table with one row for each type (table.h). A missing row does not build. */
enum field_type {
	FIELD_INT,      /* signed 64 bits */
	FIELD_STR,      /* text; bounds count code points */
	FIELD_EMAIL,    /* text: an e-mail address, stored in its normal form */
	FIELD_DATETIME, /* microseconds since 1970-01-01T00:00:00; in UTC, if dbd sets it */
	FIELD_TYPE__COUNT
};

enum field_flag {
	FIELD_KEY = 1 << 0, /* the primary key, set by the database; exactly one, the first field */
	FIELD_INPUT = 1 << 1,  /* set by clients: required on create, optional on update */
	FIELD_UNIQUE = 1 << 2, /* no two rows have the same value; has a unique index */
	FIELD_INDEX = 1 << 3,  /* has an index that is not unique */
	FIELD_PARENT = 1 << 4, /* the parent's key, from the path; one if there is a parent */
	FIELD_NOW = 1 << 5     /* the moment of creation, set by dbd */
};

enum {
	RESOURCE_MAX_FIELDS = 16,
	FIELD_UNBOUNDED = 0 /* as len.max: any length */
};

struct field {
	const char *name; /* of the column and of the JSON member */
	enum field_type type;
	unsigned flags;
	struct {
		uint32_t min, max; /* code points, both included */
	} len;
};

struct resource {
	const char *name;   /* singular, snake_case: "user"; the path parameter is name + "_id" */
	const char *plural; /* table and path segment: "users" */
	const char *schema; /* in OpenAPI and in messages: "User" */
	const struct resource *parent; /* NULL: none; else FIELD_PARENT has its key */
	bool embedded; /* the READ of a parent row has these rows too, under the plural */
	const struct field *fields; /* in the order of the table's columns */
	unsigned nfields;           /* at most RESOURCE_MAX_FIELDS */
};

/* The title page of the API. */
struct api {
	const char *title;
	const char *version;
	const char *home; /* the message of GET / */
};

extern const struct api api;

/* Every resource, a parent before its children. The index is the resource's number on the wire. */
extern const struct resource *const resources[];
extern const unsigned nresources;

/* The resource's index in resources[], in which it must be. */
unsigned resource_index(const struct resource *r);

/* The index of the first field with this flag; r->nfields if there is no such field. */
unsigned resource_field_with(const struct resource *r, enum field_flag flag);

/* The next child of r in resources[] after the given one; the first after NULL. NULL at the end. */
const struct resource *resource_next_child(const struct resource *r, const struct resource *after);

/* The same among the embedded children. */
const struct resource *resource_next_embedded(
	const struct resource *r, const struct resource *after);

/* True if r has embedded children. */
bool resource_has_embedded(const struct resource *r);

/* A 64-bit FNV-1a hash of a list of declarations. In the handshake, programs that were built from
 * different declarations refuse each other. */
uint64_t resource_fingerprint(const struct resource *const list[], unsigned count);

#endif
