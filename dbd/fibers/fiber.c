#include "fiber.h"

#include "log.h"
#include "rlimits.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN
#endif
#endif

struct fiber {
	struct fiber *next; /* among those that are kept */
	void (*run)(void *context);
	void *context;
	bool has_ended;
	char *stack; /* its lowest byte; the guard page is below */
	ucontext_t state;
	void *fake_stack; /* AddressSanitizer's, while the fiber is suspended */
};

/* What fibers return to. */
struct base {
	ucontext_t state;
	const void *stack; /* as AddressSanitizer knows it */
	size_t size;
	void *fake_stack;
};

static _Thread_local struct base base;
static _Thread_local struct fiber *running; /* NULL: none */
static _Thread_local struct fiber *kept;
static _Thread_local unsigned nkept;

/* AddressSanitizer must know on which stack the thread is. It warns of swapcontext(3), whose stacks
 * it does not know. */

#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>

static void announce(void **ret_fake_stack, const void *stack, size_t size)
{
	__sanitizer_start_switch_fiber(ret_fake_stack, stack, size);
}

static void arrive(void *fake_stack, const void **ret_left, size_t *ret_size)
{
	__sanitizer_finish_switch_fiber(fake_stack, ret_left, ret_size);
}

static void forget_frames(const char *stack)
{
	__asan_unpoison_memory_region(stack, FIBER_STACK);
}

static void swap(ucontext_t *from, const ucontext_t *to)
{
	volatile bool is_back = false;

	getcontext(from);
	if (is_back)
		return;
	is_back = true;
	setcontext(to);
}
#else
static void announce(void **ret_fake_stack, const void *stack, size_t size)
{
	(void)ret_fake_stack, (void)stack, (void)size;
}

static void arrive(void *fake_stack, const void **ret_left, size_t *ret_size)
{
	(void)fake_stack, (void)ret_left, (void)ret_size;
}

static void forget_frames(const char *stack)
{
	(void)stack;
}

static void swap(ucontext_t *from, const ucontext_t *to)
{
	swapcontext(from, to);
}
#endif

/* Stacks. */

static size_t guard_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static struct fiber *new_fiber(void)
{
	struct fiber *fiber = calloc(1, sizeof(*fiber));
	size_t guard = guard_size();

	if (!fiber)
		log_die("out of memory for a fiber");
	char *mapping = mmap(NULL, guard + FIBER_STACK, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
	if (mapping == MAP_FAILED || mprotect(mapping, guard, PROT_NONE) < 0)
		log_die("out of memory for the stack of a fiber: %s", rlimits_strerror(errno));
	fiber->stack = mapping + guard;
	return fiber;
}

static void free_fiber(struct fiber *fiber)
{
	size_t guard = guard_size();

	munmap(fiber->stack - guard, guard + FIBER_STACK);
	free(fiber);
}

static struct fiber *take_kept(void)
{
	struct fiber *fiber = kept;

	kept = fiber->next;
	nkept--;
	return fiber;
}

static void keep(struct fiber *fiber)
{
	if (nkept == FIBERS_KEPT) {
		free_fiber(fiber);
		return;
	}
	fiber->next = kept;
	kept = fiber;
	nkept++;
}

/* Switching. */

static void switch_to_base(struct fiber *fiber)
{
	announce(fiber->has_ended ? NULL : &fiber->fake_stack, base.stack, base.size);
	swap(&fiber->state, &base.state);
	arrive(fiber->fake_stack, &base.stack, &base.size);
}

/* The first function on a fiber's stack; makecontext passes no pointers. */
static void enter(void)
{
	struct fiber *fiber = running;

	arrive(NULL, &base.stack, &base.size);
	fiber->run(fiber->context);
	fiber->has_ended = true;
	switch_to_base(fiber);
}

void fiber_resume(struct fiber *fiber)
{
	running = fiber;
	announce(&base.fake_stack, fiber->stack, FIBER_STACK);
	swap(&base.state, &fiber->state);
	arrive(base.fake_stack, NULL, NULL);
	running = NULL;
	if (fiber->has_ended)
		keep(fiber);
}

static void prepare(ucontext_t *state, char *stack)
{
	forget_frames(stack);
	getcontext(state);
	state->uc_stack = (stack_t){ .ss_sp = stack, .ss_size = FIBER_STACK };
	state->uc_link = NULL;
	makecontext(state, enter, 0);
}

void fiber_start(void (*run)(void *context), void *context)
{
	struct fiber *fiber = kept ? take_kept() : new_fiber();

	fiber->run = run;
	fiber->context = context;
	fiber->has_ended = false;
	prepare(&fiber->state, fiber->stack);
	fiber_resume(fiber);
}

struct fiber *fiber_self(void)
{
	return running;
}

void fiber_suspend(void)
{
	switch_to_base(running);
}

void fiber_free_stacks(void)
{
	while (kept)
		free_fiber(take_kept());
}
