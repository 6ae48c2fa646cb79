/*
 * posternctl import: what is known of an application. The modules fill it one after the other:
 * import_document (routes), import_tables (tables), import_match (resources, and which route is
 * which of their operations), import_relations (foreign keys, parents, links), import_schemas
 * (which schemas can be served) and import_fields (fields); import_write makes the declaration of
 * it.
 */
#ifndef POSTERN_IMPORT_MODEL_H
#define POSTERN_IMPORT_MODEL_H

#include "arena.h"
#include "import_checks.h"
#include "json.h"

/* What a route does. The order is that of the words of "operations". */
enum import_role {
	ROLE_LIST,
	ROLE_CREATE,
	ROLE_READ,
	ROLE_UPDATE,
	ROLE_REPLACE,
	ROLE_REMOVE,
	ROLE_CHILDREN,
	ROLE_LINK,
	ROLE_UNLINK,
	ROLE_CONSTANT,
	IMPORT_ROLE__COUNT
};

/* A path and a method: an operation of OpenAPI. Nodes and texts are those of the document. */
struct import_route {
	struct str path;           /* "/users/{user_id}" */
	struct str method;         /* "get" */
	const struct json *node;   /* the operation object */
	struct str name;           /* of the function */
	bool named_by_id;          /* operationId is FastAPI's for the name */
	const struct json *body;   /* schema of the request's JSON; NULL: no body */
	struct str status;         /* "201" */
	const struct json *answer; /* schema of the answer's JSON; NULL: no content */

	struct import_resource *resource; /* NULL: none */
	enum import_role role;
	struct import_field *links; /* of ROLE_LINK and ROLE_UNLINK */
	const char *reason;         /* why it is left out; NULL: it is served */
};

/* Tables of the database. */

struct import_column {
	struct str name, type;
	bool not_null, unique, index;
	unsigned key;                  /* place in the primary key, from 1; 0: no part of it */
	struct str preset;             /* SQL of the default; ptr NULL: none */
	const struct json *values;     /* some of its texts, an array; NULL: unknown */
	const struct import_table *to; /* foreign key; NULL: none */
	struct str on_delete;          /* "CASCADE"; "NO ACTION" */
};

struct import_table {
	struct str name;
	struct import_column *columns;
	unsigned ncolumns;
	bool key_is_indexed;           /* an index of the key's column alone */
	bool composite;                /* a unique index of several columns */
	struct import_resource *owner; /* NULL: none */
};

/* Resources. */

enum import_field_kind {
	IMPORT_PLAIN,     /* a column */
	IMPORT_REFERENCE, /* a column with the key of another resource */
	IMPORT_LINKS,     /* an association table */
};

struct import_field {
	struct str name;
	enum import_field_kind kind;
	const struct import_column *column; /* NULL: not known, or none */
	struct import_resource *to;         /* of references and links */
	const struct import_table *table;   /* of links */
	const struct json *property; /* of the schema that has it first; NULL: in no schema */
	bool required;               /* in that schema */
	bool input, created;         /* in a body; in the body that creates a row */
	bool shown;
	struct json *words; /* as all schemas see it: what a member of a schema differs from */
	struct json *node;  /* in the declaration */
	struct import_field *next;
};

struct import_resource {
	struct str name, plural, schema; /* "hero", "heroes", "Hero" */
	struct str collection;           /* path of the rows: "/api/heroes/"; len 0: none */
	struct str segment;              /* the last one of it, or of the paths below the parent */
	struct str parameter;            /* of the key in paths; len 0: in no path */
	const struct json *parameter_schema;
	struct str key; /* name of the key's field */
	const struct import_table *table;
	struct import_resource *parent; /* NULL: none */
	struct import_field *parent_field;
	bool parent_in_path;
	struct import_field *key_field, *fields; /* fields: without the key and the parent's */
	bool served;                             /* has a route */
	bool embedded;                           /* shown in the parent, as by default */
	struct json *node;                       /* in the declaration */
};

/* A schema of the document, an object. */
struct import_schema {
	struct str name;
	const struct json *node;
	struct import_resource *resource; /* NULL: of none */
	bool is_body, is_answer;          /* of a route that is served; or within such an answer */
	bool is_default;                  /* follows from the fields */
	unsigned state;                   /* import_schemas.c */
	const char *reason;               /* why it cannot be served; NULL: it can */
};

struct import {
	struct arena *arena;
	const struct json *document;
	struct import_route *routes;
	unsigned nroutes;
	struct import_table *tables;
	unsigned ntables;
	bool has_database;
	struct import_resource **resources; /* in the order of the document */
	unsigned nresources;
	struct import_schema *schemas; /* of objects */
	unsigned nschemas;
	struct str prefix; /* of all paths of resources; may be empty */
	struct import_checks checks;
};

/* The schema that a value refers to by its name; NULL if it is no $ref, or to nothing. */
const struct json *import_resolve(const struct import *im, const struct json *schema);

/* The name in a $ref to a schema; ptr NULL if there is none. */
struct str import_ref(const struct json *schema);

/* The schema of objects of this name; NULL: none. */
struct import_schema *import_schema_named(const struct import *im, struct str name);

#endif
