/*
 * The vocabulary in which a resource is declared, once. Everything else follows from a declaration:
 * schema and statements (dbd), codec (common), validation, JSON, routes and OpenAPI (workers).
 *
 * A resource is one file in common/resources/ and one line in resources.def.
 * docs/adding-a-resource.md walks through it.
 */
#ifndef POSTERN_RESOURCE_H
#define POSTERN_RESOURCE_H

#include "str.h"

#include <stdint.h>

/* Each engine has a table with a row for every type; a static assertion names the row that is
 * missing. */
enum field_type {
	FIELD_INT,      /* signed 64 bits */
	FIELD_STR,      /* text; bounds count code points */
	FIELD_EMAIL,    /* text: an e-mail address, stored in its normal form */
	FIELD_DATETIME, /* microseconds since 1970-01-01T00:00:00; UTC where dbd gives it */
	FIELD_TYPE__COUNT
};

enum field_flag {
	FIELD_KEY =
		1 << 0, /* the primary key, given by the database; exactly one, the first field */
	FIELD_INPUT = 1 << 1,  /* clients write it: required on create, optional on update */
	FIELD_UNIQUE = 1 << 2, /* no two rows have the same bytes in it; implies an index */
	FIELD_INDEX = 1 << 3,  /* has an index that is not unique */
	FIELD_PARENT =
		1
		<< 4, /* the parent's key, taken from the path; exactly one if there is a parent */
	FIELD_NOW = 1 << 5 /* the moment of creation, given by dbd */
};

enum {
	RESOURCE_MAX_FIELDS = 16,
	FIELD_UNBOUNDED = 0 /* as len.max: any length */
};

struct field {
	const char *name; /* column, JSON key and, for a key, what follows the resource's name in
			     paths */
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
	const struct resource *parent; /* NULL, or whose key stands in FIELD_PARENT */
	bool embedded; /* its rows are shown, under its plural, where one row of the parent is read
			*/
	const struct field *fields; /* in the order of the table's columns */
	unsigned nfields;           /* at most RESOURCE_MAX_FIELDS */
};

/* What the API says of itself. */
struct api {
	const char *title;
	const char *version;
	const char *home; /* the message of GET / */
};

extern const struct api api;

/* Every resource, a parent before its children; an index into it is a resource's number on the
 * wire. */
extern const struct resource *const resources[];
extern const unsigned nresources;

/* The resource's place in resources[]. */
unsigned resource_index(const struct resource *r);

/* The index of the field that has this flag; r->nfields if none has. */
unsigned resource_field_with(const struct resource *r, enum field_flag flag);

/* The next resource whose parent r is, after the given one (NULL: the first); NULL at the end. */
const struct resource *resource_next_child(const struct resource *r, const struct resource *after);

/* The same, of the children that are shown inside r. */
const struct resource *resource_next_embedded(
	const struct resource *r, const struct resource *after);

/* Has r such children? */
bool resource_has_embedded(const struct resource *r);

/* 64-bit FNV-1a over the declarations of a list: two programs that were built from different ones
 * refuse each other in the handshake. */
uint64_t resource_fingerprint(const struct resource *const list[], unsigned count);

#endif
