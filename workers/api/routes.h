/*
 * The table of paths and methods, built once at start from the operations of api->resources, the
 * constants, the documents and the files of their pages.
 *
 * A path consists of segments. Each is a literal or a key, which is one or more characters other
 * than a slash: /users, /users/{user_id}/posts, /posts/{post_id}/tags/{tag_id}.
 */
#ifndef POSTERN_ROUTES_H
#define POSTERN_ROUTES_H

#include "actions.h"
#include "arena.h"
#include "assets.h"

/* The constants have the numbers from DOCUMENT__COUNT on, in the order of api->constants. */
enum document {
	DOCUMENT_OPENAPI,
	DOCUMENT_SWAGGER,
	DOCUMENT_OAUTH2_REDIRECT,
	DOCUMENT_REDOC,
	DOCUMENT__COUNT
};

/* The path of a document. Static. */
struct str document_path(enum document document);

/* An endpoint has a number that does not depend on those of other resources: each resource has
 * ENDPOINTS_OF_RESOURCE of them, in the order of resource numbers, and then come those of
 * documents, files and constants. The first three of a resource are /users/{user_id}/posts, /posts
 * and /posts/{post_id}. */
enum {
	ENDPOINTS_OF_RESOURCE = 8,
	ENDPOINTS_OF_DOCUMENTS = ENDPOINTS_OF_RESOURCE * RESOURCES_MAX,
	ENDPOINTS_OF_FILES = ENDPOINTS_OF_DOCUMENTS + DOCUMENT__COUNT,
	ENDPOINTS_OF_CONSTANTS = ENDPOINTS_OF_FILES + 32,
	ENDPOINT_NUMBERS = 2303,               /* the limit of all numbers */
	ENDPOINT_UNNUMBERED = ENDPOINT_NUMBERS /* those of which there are too many */
};

enum {
	ENDPOINT_KEYS_MAX = 2,            /* keys in a path */
	ENDPOINT_METHODS = METHOD_PUT + 1 /* the methods that actions have come first */
};

/* Where a path has its keys. */
struct route_shape {
	unsigned nkeys;
	unsigned at[ENDPOINT_KEYS_MAX]; /* the indices of their segments */
	uint64_t seed;                  /* of hashes; different for each shape */
};

/* One path with all its methods. */
struct endpoint {
	const char *path; /* as OpenAPI writes it: "/users/{user_id}" */
	const struct route_shape *shape;
	struct str parts[ENDPOINT_KEYS_MAX + 1]; /* the literals before, between, after the keys */
	bool overlaps;                           /* there are paths that another one matches, too */
	const struct resource *key_of[ENDPOINT_KEYS_MAX];     /* the resources of the keys */
	const struct field *parameters[ENDPOINT_KEYS_MAX];    /* these keys, by their names here */
	const struct operation *operations[ENDPOINT_METHODS]; /* NULL: none with this method */
	const struct asset *asset; /* answered to GET if no operation is; NULL: the document is */
	unsigned document;         /* or the constant */
	uint64_t methods;          /* that are answered, as bits of enum method */
	struct str allow;          /* the value of Allow, RFC 9110 10.2.1 */
	uint16_t ranks[ENDPOINT_METHODS]; /* of its methods among those of all paths, as declared */
	uint16_t number;                  /* at most ENDPOINT_UNNUMBERED */
};

struct route_slot {
	uint64_t hash;
	const struct endpoint *endpoint; /* NULL: free */
};

struct routes {
	const struct endpoint *endpoints; /* in the order in which their paths come first */
	unsigned count;
	struct str allow; /* the value of Allow with the methods of all endpoints */

	const struct route_shape *const *shapes; /* of all paths, in the order of look-ups */
	unsigned nshapes;
	const struct route_slot *slots; /* a hash table of the endpoints */
	unsigned slot_bits;             /* it has 1 << slot_bits slots */
};

/* The meaning of a request's method and path. */
enum route_kind {
	ROUTE_OPERATION,
	ROUTE_DOCUMENT, /* or a constant */
	ROUTE_ASSET,
	ROUTE_OPTIONS,   /* 204 with Allow */
	ROUTE_SERVER,    /* the same for the whole server (RFC 9110 9.3.7) */
	ROUTE_NO_METHOD, /* 405 with Allow */
	ROUTE_REDIRECT,  /* 307: without its slashes at the end, or with one, the path has an
			    endpoint */
	ROUTE_NO_PATH    /* 404 */
};

struct route {
	enum route_kind kind;
	const struct endpoint *endpoint;   /* NULL for SERVER, REDIRECT and NO_PATH */
	const struct operation *operation; /* OPERATION; else NULL */
	struct str
		keys[ENDPOINT_KEYS_MAX]; /* as many as the endpoint has, borrowed from the path */
	struct str
		redirect; /* REDIRECT: the new path; borrowed from the old one, or in the arena */
};

/* Builds the table in the arena, in the order of /openapi.json. Without docs it has neither
 * /openapi.json nor the pages and their files. */
void routes_build(struct routes *routes, bool docs, struct arena *arena);

/* Finds the meaning of a method of a decoded path, as Starlette does: the first declared route with
 * the path and the method; if there is none, the first with the path; if there is none of these
 * either, a redirect to the same path without slashes at its end, or with one. As there, a pattern
 * ends where Python's `$` matches: also before one newline at the end. HEAD is allowed wherever GET
 * is. */
struct route routes_match(
	const struct routes *routes, enum method method, struct str path, struct arena *arena);

#endif
