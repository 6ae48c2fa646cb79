/*
 * Who the server is once its listeners are open. Started as root it can become another user for
 * good (setresuid(2)), before any child exists; anybody else stays who they are.
 */
#ifndef POSTERN_PRIVILEGES_H
#define POSTERN_PRIVILEGES_H

#include "arena.h"
#include "buf.h"

#include <stdbool.h>
#include <sys/types.h>

struct privileges {
	const char *user; /* as it was given: a name or a number; empty: stay who we are */
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* with gid */
	size_t ngroups;
};

/* Finds who user and group are: names or numbers; an empty user stays, an empty group is the user's
 * own; and what other groups that user has. A directory of users on the network may be asked, and
 * be slow. The text of user is borrowed, the groups are the arena's. False: *error says which of
 * the two is unknown, or that only root can become another. */
bool privileges_find(struct privileges *privileges, const char *user, const char *group,
	struct arena *arena, struct buf *error) __attribute__((warn_unused_result));

/* Asks nobody. Becomes that user, with its groups, and makes sure that there is no way back. False:
 * *error says what failed, and the process must end. */
bool privileges_drop(const struct privileges *privileges, struct buf *error)
	__attribute__((warn_unused_result));

#endif
