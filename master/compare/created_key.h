/* The keys of rows in answers. */
#ifndef POSTERN_CREATED_KEY_H
#define POSTERN_CREATED_KEY_H

#include "answer_reader.h"
#include "request.h"

/* If both servers have done the operation and show one row: its keys, in the arena. */
bool created_key(const struct operation *operation, const struct peer_answer answers[PEERS],
	struct arena *arena, struct key_pair *key);

/* Adds the rows that OLD's answer to LIST shows, which have the same keys on NEW. */
void listed_keys(const struct operation *operation, const struct peer_answer *old,
	struct arena *arena, struct key_pairs *pairs);

#endif
