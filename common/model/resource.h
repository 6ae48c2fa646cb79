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
	FIELD_INT,      /* "integer": signed 64 bits */
	FIELD_NUMBER,   /* "number": a double */
	FIELD_DECIMAL,  /* "decimal" */
	FIELD_BOOL,     /* "boolean" */
	FIELD_STR,      /* "string": bounds count code points */
	FIELD_TEXT,     /* "text": the same, in a column without a length */
	FIELD_EMAIL,    /* "email": an e-mail address, stored in its normal form */
	FIELD_URL,      /* "url": http or https, stored in its normal form */
	FIELD_UUID,     /* "uuid" */
	FIELD_DATE,     /* "date" */
	FIELD_TIME,     /* "time" */
	FIELD_DATETIME, /* "datetime"; in UTC, if dbd sets it */
	FIELD_ENUM,     /* "enum": a member's name is stored, its value is shown */
	FIELD_LITERAL,  /* "literal": one of a list of strings or of integers */
	FIELD_OBJECT,   /* "object": any JSON object */
	FIELD_ARRAY,    /* "array": of scalars */
	FIELD_TYPE__COUNT
};

enum field_flag {
	FIELD_KEY = 1 << 0, /* the primary key, set by the database; exactly one, the first field */
	FIELD_INPUT = 1 << 1,   /* clients may send it: bodies are made of such fields; a PARENT: it
				   is in bodies, not in paths */
	FIELD_UNIQUE = 1 << 2,  /* no two rows have the same value */
	FIELD_INDEX = 1 << 3,   /* has an index; with UNIQUE a unique one */
	FIELD_PARENT = 1 << 4,  /* the parent's key; one if there is a parent */
	FIELD_NOW = 1 << 5,     /* set by dbd on create: the moment, or a new UUID */
	FIELD_NOW_TOO = 1 << 6, /* set by dbd on update: the moment */
	FIELD_NULLABLE = 1 << 7,  /* may be null */
	FIELD_PRESET = 1 << 8,    /* has a default, `preset` */
	FIELD_HIDDEN = 1 << 9,    /* stored, never shown */
	FIELD_TIMEZONE = 1 << 10, /* DATETIME: a column with time zone */
	FIELD_STRIP = 1 << 11,    /* texts: white space at both ends is removed */
	FIELD_LOWER = 1 << 12,    /* texts: converted to lower case */
	FIELD_UPPER = 1 << 13,    /* texts: converted to upper case */
	FIELD_FINITE = 1 << 14,   /* NUMBER: neither NaN nor infinite */
};

enum { FIELD_FLAG_COUNT = 15 };

/* What the deletion of a row does to those that refer to it. */
enum on_delete {
	ON_DELETE_CASCADE,  /* they are deleted, too */
	ON_DELETE_RESTRICT, /* it is refused */
	ON_DELETE_SET_NULL, /* they refer to none */
	ON_DELETE__COUNT
};

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

struct words;

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
	/* The key of a row of this resource, and of the type of that key: a "reference", or with
	 * FIELD_PARENT the parent's key. NULL: of none. */
	const struct resource *to;
	enum on_delete on_delete;     /* with `to`: of that row */
	const struct words *conflict; /* with FIELD_UNIQUE: of a value that is taken; NULL: those of
					 the resource */
	struct value preset;          /* the default, with FIELD_PRESET */
};

enum action {
#define ACTION(name, ...) ACTION_##name,
#include "action.def"
#undef ACTION
	ACTION__COUNT
};

/* The status of an error, and its text as JSON without the quotes. "{id}" stands for the key that
 * was asked for, "{field}" for the name of a field. */
struct words {
	int status;
	const char *text; /* NULL: the text that is made from names */
};

struct resource;
struct schema;

/* What one member of a schema is. */
enum member_kind {
	MEMBER_FIELD,  /* a field of the schema's resource */
	MEMBER_ONE,    /* the row to which a reference of the schema's resource refers; or null */
	MEMBER_MANY,   /* the rows of another resource that refer to this row */
	MEMBER_LINKED, /* the rows that a field of type LINKS of this resource, or of another,
			  links with this row */
};

struct member {
	const char *name; /* in JSON */
	enum member_kind kind;
	/* The field as this schema has it: with its own bounds and default. Often the resource's
	 * own. Of a MEMBER_MANY or LINKED, or a MEMBER_ONE: the reference or links field. */
	const struct field *field;
	unsigned index;  /* FIELD and ONE: of the field in the resource; MANY, LINKED: in `of` */
	bool optional;   /* FIELD: the class has it as `type | None = None` */
	bool has_preset; /* MANY, LINKED: the class has the default []; ONE: the default null */
	const struct resource *of;   /* ONE, MANY, LINKED: the resource of the shown rows; LINKED by
					a field of that resource, or of the schema's own */
	const struct schema *schema; /* ONE, MANY, LINKED: what is shown of these rows */
	unsigned number; /* ONE, MANY, LINKED: on the wire; api->embeds[number] is this member */
};

/* A class of a resource: the body of requests, or what an answer shows of a row, or both. */
struct schema {
	const char *name; /* in OpenAPI: "UserCreate" */
	const struct resource *resource;
	const struct member *members; /* in the order of the class */
	unsigned nmembers;
	uint64_t fields;  /* the resource's fields that are members, as bits */
	unsigned nembeds; /* members that are not fields */
	bool declared;    /* false: made from the names and flags of fields */
};

/* What a parameter of a list's query does. */
enum parameter_role {
	PARAMETER_SKIP,  /* rows that are left out at the beginning */
	PARAMETER_LIMIT, /* most rows of an answer */
	/* Only rows whose field compares so with the value. */
	PARAMETER_EQ,
	PARAMETER_NE,
	PARAMETER_LT,
	PARAMETER_LE,
	PARAMETER_GT,
	PARAMETER_GE,
	PARAMETER_CONTAINS, /* only rows of whose fields one has the value in it (LIKE) */
	PARAMETER_ROLE__COUNT
};

enum { PARAMETERS_MAX = 16 /* of a list */ };

struct parameter {
	struct field field; /* name, type, bounds and default; null: no filter */
	enum parameter_role role;
	uint64_t fields; /* the resource's fields that are compared, as bits */
};

static inline bool parameter_is_filter(const struct parameter *p)
{
	return p->role >= PARAMETER_EQ;
}

/* How the list of a resource is read, if the declaration says so ("list"). */
struct list_rules {
	const struct parameter *parameters; /* of the query, in the order of OpenAPI */
	unsigned nparameters;               /* at most PARAMETERS_MAX */
	const struct parameter *skip;       /* of these; NULL: not taken */
	const struct parameter *limit;      /* of these; NULL: not taken */
	unsigned order; /* the field by which the rows are ordered; 0: the key */
	bool descending;
	/* The answer is an object; NULL: an array. */
	const char *page_schema; /* in OpenAPI: "HeroesPublic" */
	const char *page_rows;   /* its member with the rows */
	const char *page_count;  /* its member with the number of rows that the filters leave; NULL:
				    it has none */
	bool count_first;        /* it is before the rows */
};

enum answer_kind {
	ANSWER_NOTHING, /* no body */
	ANSWER_ROW,     /* a row, by a schema */
	ANSWER_ROWS,    /* a list of rows, by a schema */
	ANSWER_FIXED,   /* a JSON text */
};

/* One method of one path. */
struct operation {
	enum action action;
	const struct resource *resource;
	const char *path;                       /* whole: "/api/v1/users/{user_id}/posts" */
	const char *name;                       /* of the function: "create_user_post" */
	const char *summary, *id, *description; /* NULL: made from the name; none */
	const char *const *tags;
	unsigned ntags;
	bool deprecated;
	int status;                /* if it succeeds */
	const struct schema *body; /* NULL: none */
	bool partial;              /* fields that the body does not have stay as they are */
	enum answer_kind answer;
	const struct schema *shown; /* ROW, ROWS */
	const char *text;           /* FIXED; "{id}" in its strings stands for the key */
	const char *answer_schema;  /* JSON Schema of the answer; NULL: made from the answer */
	const char *responses;      /* JSON object of further responses in OpenAPI; NULL: none */
	bool parent_may_miss;       /* CHILDREN: without the parent the list is empty; else 404 */
	unsigned links;             /* LINK, UNLINK: the field of type LINKS */
	uint32_t declared;          /* the words whose absence would not say the same, as bits */
};

struct resource {
	const char *name;              /* singular, snake_case: "user" */
	const char *plural;            /* "users": default of paths, tables and members */
	const char *table;             /* "users" */
	const char *schema;            /* in OpenAPI and in messages: "User" */
	const struct resource *parent; /* NULL: none; else FIELD_PARENT has its key */
	bool embedded;              /* the default schema of the parent's READ has these rows too */
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

	/* Declared, too; what the declaration does not say has its default. */
	struct field key_parameter; /* of paths: name, type of the key, limits of integers */
	const char *key_title;      /* of the parameter; NULL: made from its name */
	const char *path;           /* of the collection, with the API's prefix: "/users" */
	const char *const *tags;    /* of its operations */
	unsigned ntags;
	const struct list_rules *list;      /* NULL: the whole list, or pages by after_id */
	const struct operation *operations; /* in the order of /openapi.json */
	unsigned noperations;
	const struct operation *by_action[ACTION__COUNT]; /* the first; NULL: switched off */
	const struct schema *schemas; /* all that the operations and other schemas use */
	unsigned nschemas;
	struct words not_found, conflict, in_use;
};

/* A path with a fixed answer to GET. */
struct constant {
	const char *path;                  /* whole */
	const char *name;                  /* of the function */
	const char *answer;                /* JSON */
	const char *summary, *id, *description; /* NULL: made from the name; none */
	const char *const *tags;
	unsigned ntags;
	const char *answer_schema; /* JSON Schema; NULL: {} */
	bool last;                 /* after the operations of all resources, not before them */
};

/* A declared API. */
struct api {
	const char *title;
	const char *version;
	const char *description; /* NULL: none */
	const char *prefix;      /* of the paths of all resources; "" for none */
	const struct constant *constants;
	unsigned nconstants;
	const char *schemas; /* JSON object of further schemas in OpenAPI; NULL: none */

	/* Every resource, a parent before its children. */
	const struct resource *const *resources;
	unsigned nresources;

	/* The resources by number; NULL where a number is not used. */
	const struct resource *const *numbered;
	unsigned nnumbers;

	/* The members of schemas that are not fields, by number. */
	const struct member *const *embeds;
	unsigned nembeds;

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

/* True if the words of a conflict depend on which unique values are taken. */
bool resource_conflicts_by_field(const struct resource *r);

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
