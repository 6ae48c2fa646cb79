/*
 * The table of paths and methods, built once at start from api->resources, the documents and the
 * files of their pages.
 *
 * A path is a literal, or a literal with one key in it: /users, /users/{user_id},
 * /users/{user_id}/posts.
 */
#ifndef POSTERN_ROUTES_H
#define POSTERN_ROUTES_H

#include "actions.h"
#include "arena.h"
#include "assets.h"

enum document {
	DOCUMENT_OPENAPI,
	DOCUMENT_SWAGGER,
	DOCUMENT_OAUTH2_REDIRECT,
	DOCUMENT_REDOC,
	DOCUMENT_HOME,
	DOCUMENT__COUNT
};

/* The path of a document. Static. */
struct str document_path(enum document document);

/* An endpoint has a number that does not depend on the other endpoints: each resource has
 * ENDPOINTS_OF_RESOURCE of them, in the order of resource numbers, and then come those of documents
 * and files. */
enum {
	ENDPOINTS_OF_RESOURCE = 3, /* /users/{user_id}/posts, /posts, /posts/{post_id} */
	ENDPOINTS_OF_DOCUMENTS = ENDPOINTS_OF_RESOURCE * RESOURCES_MAX,
	ENDPOINTS_OF_FILES = ENDPOINTS_OF_DOCUMENTS + DOCUMENT__COUNT,
	ENDPOINT_NUMBERS = 1023 /* the limit of all numbers */
};

/* One path with all its methods. */
struct endpoint {
	struct str before;               /* the path up to the key, or the whole path */
	char initial;                    /* before[1]; 0 if there is none */
	bool has_key;                    /* a segment of at least one character follows */
	struct str after;                /* the path after the key; "" if the key ends the path */
	const struct resource *key_of;   /* the resource of the key */
	const struct resource *resource; /* that the actions act on; NULL: a document or a file */
	const struct asset *asset;       /* the file; NULL: none */
	enum document document;
	uint8_t actions[METHOD__COUNT]; /* 1 + enum action; 1 for the GET of a document or a file;
					   0: the method is not allowed */
	struct str allow;               /* the value of Allow, RFC 9110 10.2.1 */
	uint16_t number;                /* below ENDPOINT_NUMBERS */
};

struct routes {
	const struct endpoint *endpoints;
	unsigned count;
	struct str allow; /* the value of Allow with the methods of all endpoints */
};

/* The meaning of a request's method and path. */
enum route_kind {
	ROUTE_ACTION,
	ROUTE_DOCUMENT,
	ROUTE_ASSET,
	ROUTE_OPTIONS,   /* 204 with Allow */
	ROUTE_SERVER,    /* the same for the whole server (RFC 9110 9.3.7) */
	ROUTE_NO_METHOD, /* 405 with Allow */
	ROUTE_REDIRECT,  /* 307: the path without the slashes at its end has an endpoint */
	ROUTE_NO_PATH    /* 404 */
};

struct route {
	enum route_kind kind;
	const struct endpoint *endpoint; /* NULL for SERVER, REDIRECT and NO_PATH */
	enum action action;              /* ACTION */
	struct str key;                  /* the key's segment, borrowed from the path */
	struct str redirect;             /* REDIRECT: the new path, borrowed from the old one */
};

/* Builds the table in the arena, in the order of /openapi.json. Without docs it has neither
 * /openapi.json nor the pages and their files. */
void routes_build(struct routes *routes, bool docs, struct arena *arena);

/* Finds the meaning of a method of a decoded path. HEAD is allowed wherever GET is. As in
 * Starlette, a pattern ends where Python's `$` matches: also before one newline at the end. */
struct route routes_match(const struct routes *routes, enum method method, struct str path);

/* The path as OpenAPI writes it, "/users/{user_id}/posts", in the arena. */
struct str endpoint_path(const struct endpoint *endpoint, struct arena *arena);

#endif
