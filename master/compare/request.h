/* A request that both servers get. Its texts differ only where it names rows by their keys. */
#ifndef POSTERN_COMPARE_REQUEST_H
#define POSTERN_COMPARE_REQUEST_H

#include "buf.h"
#include "key_pairs.h"

enum { REQUEST_KEYS_MOST = 8 };

/* A text for each server. The failure of the buffers is sticky. */
struct paired {
	struct buf at[PEERS];
	struct key_pair keys[REQUEST_KEYS_MOST]; /* that are in it and differ, the first ones */
	unsigned nkeys;
};

struct request {
	const char *method;
	const char *what;                  /* is special about it: "key: 0" */
	const struct operation *operation; /* NULL: none is meant to succeed */
	const char *content_type;          /* NULL: no such field */
	bool has_body;
	struct paired target, body;
};

void request_init(struct request *request, const char *method, const char *what);

/* Frees its memory. */
void request_done(struct request *request);

void paired_str(struct paired *text, struct str part);

/* Adds the key of a row; quoted: as the JSON of a key that is a text. */
void paired_key(struct paired *text, struct key_pair key, bool quoted);

/* Adds a value to a path or a query: all bytes but unreserved characters are percent-encoded (RFC
 * 3986 2.1). */
void paired_encoded(struct paired *text, struct str value);

#endif
