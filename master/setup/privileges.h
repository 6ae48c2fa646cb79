/*
 * --user and --group: a server started as root becomes another user for good (setresuid(2)), once
 * its listeners are open and before any child exists. Started by another user it stays that user.
 */
#ifndef POSTERN_PRIVILEGES_H
#define POSTERN_PRIVILEGES_H

#include "arena.h"
#include "buf.h"

#include <stdbool.h>
#include <sys/types.h>

struct privileges {
	const char *user; /* a name or a number, borrowed; empty: unchanged */
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* supplementary groups, including gid */
	size_t ngroups;
};

/* Looks up a user and a group, each a name or a number, and the supplementary groups of the user.
 * An empty user means no change, an empty group the primary group of the user. May wait for a user
 * database on the network. user is borrowed, groups are in the arena. Returns false with the reason
 * in *error: one of them is unknown, or this process is not root. */
bool privileges_find(struct privileges *privileges, const char *user, const char *group,
	struct arena *arena, struct buf *error) __attribute__((warn_unused_result));

/* Becomes that user, with its groups, and checks that it cannot become root again. Asks no user
 * database. Does nothing if this process is not root or user is empty. Returns false with the
 * reason in *error: the process must exit then. */
bool privileges_drop(const struct privileges *privileges, struct buf *error)
	__attribute__((warn_unused_result));

#endif
