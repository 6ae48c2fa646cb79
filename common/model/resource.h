/*
 * The tables that a declaration becomes. Each resource is declared once, in a file that
 * declaration.h reads. Everything else is derived from these tables: schema and statements (dbd),
 * wire form (common), validation, JSON, routes and OpenAPI (workers).
 */
#ifndef POSTERN_RESOURCE_H
#define POSTERN_RESOURCE_H

#include "str.h"
#include "value.h"

#include <stdint.h>

/* Each engine has a table with one row for each type (table.h). A missing row does not build. */
enum field_type {
	FIELD_INT,       /* "integer": signed 64 bits */
	FIELD_NUMBER,    /* "number": a double */
	FIELD_DECIMAL,   /* "decimal" */
	FIELD_BOOL,      /* "boolean" */
	FIELD_STR,       /* "string": bounds count code points */
	FIELD_TEXT,      /* "text": the same, in a column without a length */
	FIELD_EMAIL,     /* "email": an e-mail address, stored in its normal form */
	FIELD_URL,       /* "url": http or https, stored in its normal form */
	FIELD_UUID,      /* "uuid" */
	FIELD_DATE,      /* "date" */
	FIELD_TIME,      /* "time" */
	FIELD_DATETIME,  /* "datetime"; in UTC, if dbd sets it */
	FIELD_ENUM,      /* "enum": a member's name is stored, its value is shown */
	FIELD_LITERAL,   /* "literal": one of a list of strings or of integers */
	FIELD_OBJECT,    /* "object": any JSON object */
	FIELD_ARRAY,     /* "array": of scalars */
	FIELD_REFERENCE, /* "reference": the key of a row of another resource */
	FIELD_TYPE__COUNT
};

enum field_flag {
	FIELD_KEY = 1 << 0, /* the primary key, set by the database; exactly one, the first field */
	FIELD_INPUT = 1 << 1,      /* set by clients */
	FIELD_UNIQUE = 1 << 2,     /* no two rows have the same value */
	FIELD_INDEX = 1 << 3,      /* has an index; with UNIQUE a unique one */
	FIELD_PARENT = 1 << 4,     /* the parent's key, from the path; one if there is a parent */
	FIELD_NOW = 1 << 5,        /* set by dbd on create: the moment, or a new UUID */
	FIELD_NOW_TOO = 1 << 6,    /* set by dbd on update: the moment */
	FIELD_NULLABLE = 1 << 7,   /* may be null */
	FIELD_PRESET = 1 << 8,     /* has a default, `preset` */
	FIELD_HIDDEN = 1 << 9,     /* stored, never shown */
	FIELD_TIMEZONE = 1 << 10,  /* DATETIME: a column with time zone */
	FIELD_STRIP = 1 << 11,     /* texts: white space at both ends is removed */
	FIELD_LOWER = 1 << 12,     /* texts: converted to lower case */
	FIELD_UPPER = 1 << 13,     /* texts: converted to upper case */
	FIELD_FINITE = 1 << 14,    /* NUMBER: neither NaN nor infinite */
	FIELD_RESTRICTS = 1 << 15, /* REFERENCE: a row that is referred to cannot be deleted */
};

enum { FIELD_FLAG_COUNT = 16 };

enum {
	RESOURCE_KEY = 0, /* the index of the key's field */
	RESOURCE_MAX_FIELDS = 64,
	RESOURCES_MAX = 256,
	RESOURCE_MAX_DEPTH = 16, /* resources from one without parent to the deepest */
};

#define FIELD_UNBOUNDED UINT32_MAX /* as len.max, digits or places: any */

/* The bounds of a number, in the order in which Pydantic checks them. */
enum field_limit { LIMIT_MULTIPLE_OF, LIMIT_LE, LIMIT_LT, LIMIT_GE, LIMIT_GT, LIMIT__COUNT };

struct limit {
	struct str text; /* the number as JSON; ptr NULL: no limit */
	int64_t integer; /* FIELD_INT */
	double number;   /* the nearest double */
};

/* One of the values of an ENUM or a LITERAL. */
struct choice {
	struct str name; /* ENUM: the member's name, which is stored */
	struct str text; /* the value, if choices.integers is false */
	int64_t integer; /* the value, if it is true */
};

struct choices {
	const char *schema; /* ENUM: in OpenAPI, "Color" */
	bool integers;
	unsigned count; /* at least 1 */
	const struct choice *list;
};

struct field {
	const char *name; /* of the column and of the JSON member */
	enum field_type type;
	unsigned flags;
	struct {
		uint32_t min, max; /* code points, both included */
	} len;
	uint32_t digits, places;           /* DECIMAL: max_digits and decimal_places */
	struct limit limits[LIMIT__COUNT]; /* INT, NUMBER, DECIMAL */
	struct str pattern;                /* texts: a regular expression; ptr NULL: none */
	const struct choices *choices;     /* ENUM, LITERAL */
	const struct field *items;         /* ARRAY: the type of its items, without a name */
	const struct resource *to;         /* REFERENCE */
	struct value preset;               /* the default, with FIELD_PRESET */
};

/* How the list of a resource is read, if the declaration says so ("list"). The parameters of the
 * query are fields of type INT with a preset, which may have the limits GE and LE. */
struct list_rules {
	const struct field *skip;  /* rows that are left out at the beginning; NULL: not taken */
	const struct field *limit; /* most rows of an answer; NULL: not taken */
	unsigned order;            /* the field by which the rows are ordered; 0: the key */
	bool descending;
};

/* The operations of a resource. */
enum operation {
	OPERATION_LIST,
	OPERATION_CREATE,
	OPERATION_READ,
	OPERATION_UPDATE,
	OPERATION_DELETE,
	OPERATION__COUNT
};

struct resource {
	const char *name;   /* singular, snake_case: "user"; the path parameter is name + "_id" */
	const char *plural; /* path segment, and member of the parent: "users" */
	const char *table;  /* "users" */
	const char *schema; /* in OpenAPI and in messages: "User" */
	const struct resource *parent; /* NULL: none; else FIELD_PARENT has its key */
	bool embedded;  /* the READ of a parent row has these rows too, under the plural */
	bool restricts; /* a parent row with rows of this resource cannot be deleted */
	const struct field *fields; /* in the order of the table's columns */
	unsigned nfields;           /* at most RESOURCE_MAX_FIELDS */

	/* On the wire and in shared pages. It stays the same when a declaration is read again. */
	unsigned number; /* below RESOURCES_MAX */

	/* Derived from the above by declaration_read. */
	unsigned index;                   /* in api->resources */
	uint64_t shape;                   /* a hash of all that decides what a row is shown as */
	unsigned depth;                   /* 1: without parent */
	unsigned parent_field;            /* the field with FIELD_PARENT; nfields: none */
	uint64_t masks[FIELD_FLAG_COUNT]; /* by bit of enum field_flag: the fields that have it */
	const struct resource *first_child, *next_child;       /* in the order of api->resources */
	const struct resource *first_embedded, *next_embedded; /* of these the embedded ones */

	/* Declared, too. */
	const struct list_rules *list; /* NULL: the whole list, or pages by after_id */
	/* All operations, in the order in which /openapi.json has them; NULL: its own order. */
	const enum operation *operations;
};

/* A declared API. */
struct api {
	const char *title;
	const char *version;
	const char *home; /* the JSON of GET /; NULL: there is no such path */

	/* Every resource, a parent before its children. */
	const struct resource *const *resources;
	unsigned nresources;

	/* The resources by number; NULL where a number is not used. */
	const struct resource *const *numbered;
	unsigned nnumbers;

	uint64_t fingerprint; /* api_fingerprint */
};

/* The API of this process, set by api_use (declaration.h). */
extern const struct api *api;

/* Sets the API of this process (api in resource.h). It must live from now on. */
void api_use(const struct api *new_api);

/* The resource's index in api->resources. */
static inline unsigned resource_index(const struct resource *r)
{
	return r->index;
}

/* The fields with a flag, as bits. */
static inline uint64_t resource_fields_with(const struct resource *r, enum field_flag flag)
{
	return r->masks[__builtin_ctz(flag)];
}

/* The resource with this name; NULL if there is none. */
const struct resource *api_resource_named(const struct api *a, const char *name);

/* The index of the field with this name; r->nfields if there is none. */
unsigned resource_field_named(const struct resource *r, const char *name);

/* The index in `in` of the choice that has the name and value of number i of `of`, which are
 * choices of the same type; in->count if there is none. */
unsigned choices_find(const struct choices *in, const struct choices *of, unsigned i);

/* The next embedded child of r after the given one; the first after NULL. NULL at the end. */
static inline const struct resource *resource_next_embedded(
	const struct resource *r, const struct resource *after)
{
	return after ? after->next_embedded : r->first_embedded;
}

/* True if r has embedded children. */
static inline bool resource_has_embedded(const struct resource *r)
{
	return r->first_embedded != NULL;
}

/* The resource with a number; NULL if no resource has it. */
static inline const struct resource *resource_numbered(uint64_t number)
{
	return number < api->nnumbers ? api->numbered[number] : NULL;
}

#endif
