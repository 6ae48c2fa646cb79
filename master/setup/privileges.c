#include "privileges.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#define QUOTED "\"%.100s\""

static const id_t NO_ID = (id_t)-1;

/* Parses a decimal number. Returns NO_ID if text is something else. */
static id_t read_id(const char *text)
{
	char *end;
	unsigned long id = strtoul(text, &end, 10);

	return *text >= '0' && *text <= '9' && !*end && id < NO_ID ? (id_t)id : NO_ID;
}

static bool find_user(struct privileges *p, struct buf *error)
{
	const struct passwd *entry = getpwnam(p->user);
	id_t id = read_id(p->user);

	if (!entry && id != NO_ID)
		entry = getpwuid(id);
	p->uid = entry ? entry->pw_uid : id;
	p->gid = entry ? entry->pw_gid : NO_ID;
	if (p->uid == NO_ID)
		buf_printf(error, "--user: unknown user " QUOTED, p->user);
	return p->uid != NO_ID;
}

static bool find_group(struct privileges *p, const char *name, struct buf *error)
{
	const struct group *entry = *name ? getgrnam(name) : NULL;

	if (*name)
		p->gid = entry ? entry->gr_gid : read_id(name);
	if (p->gid != NO_ID)
		return true;
	if (*name)
		buf_printf(error, "--group: unknown group " QUOTED, name);
	else
		buf_printf(error, "--user: user %s has no primary group; add --group", p->user);
	return false;
}

/* The groups of a user in the user database, and p->gid. */
static void find_groups(struct privileges *p, struct arena *arena)
{
	const struct passwd *entry = getpwuid(p->uid);
	int n = 0;

	if (entry)
		(void)getgrouplist(entry->pw_name, p->gid, NULL, &n);
	n = n > 1 ? n : 1;
	p->groups = arena_calloc(arena, (size_t)n, sizeof(*p->groups));
	p->groups[0] = p->gid;
	if (entry && getgrouplist(entry->pw_name, p->gid, p->groups, &n) < 0)
		n = 1;
	p->ngroups = (size_t)n;
}

bool privileges_find(struct privileges *p, const char *user, const char *group, struct arena *arena,
	struct buf *error)
{
	*p = (struct privileges){ .user = user, .uid = geteuid(), .gid = getegid() };
	if (!*user && !*group)
		return true;
	if (!*user) {
		buf_printf(error, "--group requires --user");
		return false;
	}
	if (!find_user(p, error) || !find_group(p, group, error))
		return false;
	if (geteuid() == 0)
		find_groups(p, arena);
	if (geteuid() == 0 || (p->uid == geteuid() && p->gid == getegid()))
		return true;
	buf_printf(error,
		"--user: only root can become user %u of group %u; this is user %u of group %u",
		(unsigned)p->uid, (unsigned)p->gid, (unsigned)geteuid(), (unsigned)getegid());
	return false;
}

bool privileges_drop(const struct privileges *p, struct buf *error)
{
	if (!*p->user || geteuid() != 0)
		return true;
	if (setgroups(p->ngroups, p->groups) < 0 || setresgid(p->gid, p->gid, p->gid) < 0 ||
		setresuid(p->uid, p->uid, p->uid) < 0) {
		buf_printf(error, "cannot become user %s: %s", p->user, strerror(errno));
		return false;
	}
	if (p->uid != 0 && (setuid(0) == 0 || geteuid() != p->uid || getegid() != p->gid)) {
		buf_printf(error, "user %s can become root again; this may be a user namespace",
			p->user);
		return false;
	}
	return true;
}
