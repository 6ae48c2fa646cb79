/*
 * Which path and method means what: derived from resources[], the documents and
 * the files of their pages, once, at start.
 *
 * A path is a literal, or a literal with one key in it: /users, /users/{user_id},
 * /users/{user_id}/posts.
 */
#ifndef POSTERN_ROUTES_H
#define POSTERN_ROUTES_H

#include "arena.h"
#include "assets.h"
#include "command.h"
#include "method.h"

enum document {
	DOCUMENT_OPENAPI,
	DOCUMENT_SWAGGER,
	DOCUMENT_OAUTH2_REDIRECT,
	DOCUMENT_REDOC,
	DOCUMENT_HOME,
	DOCUMENT__COUNT
};

/* The path under which a document is found. */
struct str document_path(enum document document);

/* All that may be asked of one path. */
struct endpoint {
	struct str before;               /* the path up to the key, or all of it */
	bool has_key;                    /* one segment of at least one character stands between */
	struct str after;                /* … and this; "" where the key is the end */
	const struct resource *key_of;   /* whose key it is */
	const struct resource *resource; /* what the actions act on; NULL: a document or a file */
	const struct asset *asset;       /* the file; NULL: none */
	enum document document;
	uint8_t actions[METHOD__COUNT]; /* 1 + enum action; without a resource 1 marks GET; 0: no
					   such method */
	struct str allow;               /* the value of Allow, RFC 9110 10.2.1 */
};

struct routes {
	const struct endpoint *endpoints;
	unsigned count;
	struct str allow; /* the methods of all of them, as Allow has it */
};

/* What a method does to an endpoint. */
enum route_kind {
	ROUTE_ACTION,
	ROUTE_DOCUMENT,
	ROUTE_ASSET,
	ROUTE_OPTIONS,   /* 204 with Allow */
	ROUTE_SERVER,    /* the same for the server as a whole (RFC 9110 9.3.7) */
	ROUTE_NO_METHOD, /* 405 with Allow */
	ROUTE_REDIRECT,  /* 307: without its slashes at the end it would be a path */
	ROUTE_NO_PATH    /* 404 */
};

struct route {
	enum route_kind kind;
	const struct endpoint *endpoint; /* but for SERVER, REDIRECT and NO_PATH */
	enum action action;              /* ACTION */
	struct str key;                  /* the key's segment, borrowed from the path */
	struct str redirect;             /* REDIRECT: the path to go to, borrowed from the path */
};

/* The method by which clients ask for an action. */
enum method action_method(enum action action);

/* The table, in the arena. Its order is the order of /openapi.json. Without docs there are neither
 * /openapi.json nor the pages and their files. */
void routes_build(struct routes *routes, bool docs, struct arena *arena);

/* What this method of this decoded path means. HEAD is GET wherever GET is. As in the reference, a
 * pattern ends where Python's `$` matches: also before one newline at the very end. */
struct route routes_match(const struct routes *routes, enum method method, struct str path);

/* The path as OpenAPI writes it, "/users/{user_id}/posts", in the arena. */
struct str endpoint_path(const struct endpoint *endpoint, struct arena *arena);

#endif
