#include "sandbox.h"

#include "buf.h"
#include "log.h"
#include "str.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WHY_MAX = 512 };

/* Landlock. The rights are bits; each ABI adds bits above those of the previous one. Debian 12's
 * header ends with REFER. */
#define FS_TRUNCATE (1ULL << 14) /* LANDLOCK_ACCESS_FS_TRUNCATE */
#define NET_BIND    (1ULL << 0)  /* LANDLOCK_ACCESS_NET_BIND_TCP */
#define NET_CONNECT (1ULL << 1)  /* LANDLOCK_ACCESS_NET_CONNECT_TCP */
#define NET_ALL     (NET_BIND | NET_CONNECT)
#define RULE_PORT   2 /* LANDLOCK_RULE_NET_PORT */
#define FS_READ     (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_OF_FOLDER                                                                               \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |                            \
		LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                     \
		LANDLOCK_ACCESS_FS_MAKE_REG | FS_TRUNCATE)
#define FS_OF_FOLDERS_ALONE                                                                        \
	((uint64_t)(LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                 \
		    LANDLOCK_ACCESS_FS_MAKE_REG))

static const struct {
	unsigned fs_rights; /* number of rights to files */
	uint64_t net;
} abis[] = { { 0, 0 }, { 13, 0 }, { 14, 0 }, { 15, 0 }, { 15, NET_ALL }, { 16, NET_ALL } };

/* The start of struct landlock_ruleset_attr, as of ABI 4. */
struct ruleset {
	uint64_t fs, net;
};

/* struct landlock_net_port_attr */
struct port_rule {
	uint64_t allowed_access, port;
};

#ifdef __SANITIZE_ADDRESS__
/* The sanitizers read /proc and make system calls that are in no table: LeakSanitizer traces its
 * own process at exit. */
static const char *const extra_folder = "/proc";
static const bool filters = false;
#else
static const char *const extra_folder = NULL;
static const bool filters = true;
#endif

/* Of a file, only its own rights can be allowed. */
static bool allow_path(int ruleset, const char *path, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = { .parent_fd = open(path, O_PATH | O_CLOEXEC) };
	struct stat st;

	if (rule.parent_fd < 0)
		return false;
	bool is_folder = fstat(rule.parent_fd, &st) == 0 && S_ISDIR(st.st_mode);
	rule.allowed_access = is_folder ? rights : rights & ~FS_OF_FOLDERS_ALONE;
	bool added =
		syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
	int error = errno;
	close(rule.parent_fd);
	errno = error;
	return added;
}

static bool is_missing(int error)
{
	return error == ENOENT || error == ENOTDIR || error == EACCES;
}

static bool allow_reading(int ruleset, const char *const *paths)
{
	for (; *paths; paths++)
		if (!allow_path(ruleset, *paths, FS_READ) && !is_missing(errno))
			return false;
	return true;
}

static bool allow_ports(int ruleset, const uint16_t *ports)
{
	for (; *ports; ports++) {
		struct port_rule rule = { NET_CONNECT, *ports };
		if (syscall(SYS_landlock_add_rule, ruleset, RULE_PORT, &rule, 0) != 0)
			return false;
	}
	return true;
}

static bool restrict_self(int ruleset, const struct ruleset *handled, const struct sandbox *sandbox)
{
	if (sandbox->folder && !allow_path(ruleset, sandbox->folder, FS_OF_FOLDER & handled->fs))
		return false;
	if (sandbox->readable && !allow_reading(ruleset, sandbox->readable))
		return false;
	if ((handled->net & NET_CONNECT) && sandbox->ports && !allow_ports(ruleset, sandbox->ports))
		return false;
	if (extra_folder && !allow_path(ruleset, extra_folder, FS_READ))
		return false;
	return syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
}

/* Restricts files and TCP. Appends what could not be restricted to missing. */
static void restrict_files(const struct sandbox *sandbox, struct buf *missing)
{
	long abi = syscall(
		SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);
	size_t known = abi < 0 ? 0 : (size_t)abi < NITEMS(abis) ? (size_t)abi : NITEMS(abis) - 1;
	struct ruleset handled = { (1ULL << abis[known].fs_rights) - 1, abis[known].net };
	size_t size = handled.net ? sizeof(handled) : sizeof(handled.fs);

	if (sandbox->any_port)
		handled.net &= NET_BIND;
	int ruleset = abi < 0 ? -1 : (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);

	if (ruleset < 0 || !restrict_self(ruleset, &handled, sandbox))
		buf_printf(missing, "; files and TCP are not restricted (Landlock: %s)",
			strerror(errno));
	else if (!handled.net)
		buf_printf(missing, "; TCP is not restricted (needs Linux 6.7)");
	if (ruleset >= 0)
		close(ruleset);
}

/* The filter. */

/* What libc and the event loop need in every child. The kernel itself calls restart_syscall after a
 * stop. qsort calls sysinfo for the size of the memory. clock_gettime and the like are system calls
 * only on machines without a vDSO clock. */
static const char *const common_calls[] = { "read", "write", "writev", "close", "dup2", "dup3",
	"recvfrom", "recvmsg", "sendto", "sendmsg", "accept4", "shutdown", "getsockopt",
	"epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "brk", "madvise",
	"mremap", "munmap", "clock_gettime", "clock_nanosleep", "gettimeofday", "nanosleep", "time",
	"getrandom", "futex", "membarrier", "rseq", "sched_getaffinity", "sched_yield",
	"set_robust_list", "sysinfo", "getpid", "gettid", "rt_sigaction", "rt_sigprocmask",
	"rt_sigreturn", "restart_syscall", "exit", "exit_group", NULL };

static const struct sandbox_rule common_rules[] = {
	/* Commands 0 to 7: duplicates, flags and locks, but not F_SETOWN, which causes signals. */
	{ "fcntl", .where = { { 1, UINT32_MAX & ~7U, F_DUPFD } } },
	{ "mmap", .where = { { 2, PROT_EXEC, 0 } } },
	{ "mprotect", .where = { { 2, PROT_EXEC, 0 } } },
	{ "prctl", .error = EINVAL }, /* malloc may try to name its memory */
	{ .call = NULL },
};

/* Calls only async-signal-safe functions (signal-safety(7)). SA_RESETHAND has restored the default
 * action, so that raise ends the process. */
static void on_refused(int signal, siginfo_t *info, void *context)
{
	char line[] = "CRITICAL the sandbox does not allow system call number 0000\n";
	int number = info->si_syscall;

	(void)context;
	for (char *digit = line + sizeof(line) - 3; number > 0 && *digit == '0'; number /= 10)
		*digit-- = (char)('0' + number % 10);
	if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
		_exit(128 + signal);
	raise(signal);
}

static int add_rule(scmp_filter_ctx filter, const struct sandbox_rule *rule)
{
	struct scmp_arg_cmp where[SANDBOX_CONDITIONS];
	int number = seccomp_syscall_resolve_name(rule->call);
	unsigned n = 0;

	if (number < 0)
		return 0;
	for (; n < SANDBOX_CONDITIONS && rule->where[n].mask; n++)
		where[n] = SCMP_CMP64(rule->where[n].argument, SCMP_CMP_MASKED_EQ,
			rule->where[n].mask, rule->where[n].value);
	return seccomp_rule_add_array(filter,
		rule->error ? SCMP_ACT_ERRNO((uint32_t)rule->error) : SCMP_ACT_ALLOW, number, n,
		where);
}

static int add_rules(
	scmp_filter_ctx filter, const char *const *calls, const struct sandbox_rule *rules)
{
	int error = 0;

	for (; *calls && !error; calls++)
		error = add_rule(filter, &(struct sandbox_rule){ .call = *calls });
	for (; rules->call && !error; rules++)
		error = add_rule(filter, rules);
	return error;
}

/* Returns 0, or a negative errno. Since Linux 5.11 the kernel caches which calls are always
 * allowed, so the order of the rules hardly matters. A binary tree of the rules (CTL_OPTIMIZE 2)
 * speeds up the other calls, and older kernels. */
static int load_filter(const struct sandbox *sandbox)
{
	static const struct {
		enum scmp_filter_attr name;
		uint32_t value;
	} attributes[] = {
		{ SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS },
		{ SCMP_FLTATR_API_SYSRAWRC, 1 }, /* the kernel's errno */
		{ SCMP_FLTATR_CTL_OPTIMIZE, 2 },
	};
	/* For abort(3): signals to this process only. */
	const struct sandbox_rule own_signals = { "tgkill",
		.where = { SANDBOX_INT(0, (uint64_t)getpid()) } };
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
	int error = filter ? 0 : -ENOMEM;

	for (size_t i = 0; i < NITEMS(attributes) && !error; i++)
		error = seccomp_attr_set(filter, attributes[i].name, attributes[i].value);
	if (!error)
		error = add_rules(filter, common_calls, common_rules);
	if (!error)
		error = add_rule(filter, &own_signals);
	if (!error)
		error = add_rules(filter, sandbox->calls, sandbox->rules);
	if (!error)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return error;
}

static void filter_calls(const struct sandbox *sandbox, struct buf *missing)
{
	struct sigaction refused = { .sa_sigaction = on_refused,
		.sa_flags = SA_SIGINFO | SA_NODEFER | (int)SA_RESETHAND };
	int error = sigaction(SIGSYS, &refused, NULL) < 0 ? -errno : load_filter(sandbox);

	if (error)
		buf_printf(
			missing, "; system calls are not filtered (seccomp: %s)", strerror(-error));
}

void sandbox_enter(const struct sandbox *sandbox)
{
	struct buf missing;

	buf_init(&missing, WHY_MAX);
	/* Landlock and seccomp require it of a process without CAP_SYS_ADMIN. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		buf_printf(&missing, "; no_new_privs: %s", strerror(errno));
	restrict_files(sandbox, &missing);
	if (filters)
		filter_calls(sandbox, &missing);
	if (buf_len(&missing) > 0)
		log_info("the sandbox is incomplete%.*s", STR_ARGS(buf_view(&missing)));
	else
		log_debug("entered the sandbox");
	buf_done(&missing);
}
