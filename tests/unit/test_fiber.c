/* Fibers run side by side, each with a stack of its own that later fibers use again. */
#include "fiber.h"

#include "suite.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MANY = 1000, ROUNDS = 5, DEEP = 200 * 1024, FEW = 64, STOPPED = 7 };

struct walker {
	struct fiber *fiber;
	unsigned number, rounds;
	bool has_ended;
};

static struct walker walkers[MANY];
static char trace[64];

static void teardown(void)
{
	fiber_free_stacks();
}

static void note(char what)
{
	trace[strlen(trace)] = what;
}

static void note_cross(void *context)
{
	(void)context;
	note('x');
}

struct noter {
	struct fiber *fiber;
	char first, second;
};

static void note_twice(void *context)
{
	struct noter *noter = context;

	noter->fiber = fiber_self();
	note(noter->first);
	fiber_suspend();
	note(noter->second);
}

START_TEST(a_fiber_that_does_not_wait_has_ended_when_start_returns)
{
	note('(');
	fiber_start(note_cross, NULL);
	note(')');
	ck_assert_str_eq(trace, "(x)");
}
END_TEST

START_TEST(the_order_is_that_of_the_calls)
{
	struct noter a = { NULL, 'a', 'A' }, b = { NULL, 'b', 'B' };

	fiber_start(note_twice, &a);
	fiber_start(note_twice, &b);
	note('-');
	fiber_resume(b.fiber);
	fiber_resume(a.fiber);
	ck_assert_str_eq(trace, "ab-BA");
}
END_TEST

static void tell(void *context)
{
	struct fiber **self = context;

	*self = fiber_self();
	fiber_suspend();
	ck_assert_ptr_eq(fiber_self(), *self);
}

START_TEST(self_is_the_running_fiber)
{
	struct fiber *one, *other;

	ck_assert_ptr_null(fiber_self());
	fiber_start(tell, &one);
	ck_assert_ptr_null(fiber_self());
	fiber_start(tell, &other);
	ck_assert_ptr_nonnull(one);
	ck_assert_ptr_nonnull(other);
	ck_assert_ptr_ne(one, other);
	fiber_resume(one);
	fiber_resume(other);
	ck_assert_ptr_null(fiber_self());
}
END_TEST

/* Keeps values of its own on its stack and in registers. */
static void walk(void *context)
{
	struct walker *walker = context;
	unsigned marks[16];
	double sum = walker->number;

	walker->fiber = fiber_self();
	for (unsigned i = 0; i < ROUNDS; i++) {
		for (unsigned j = 0; j < 16; j++)
			marks[j] = walker->number + i + j;
		fiber_suspend();
		for (unsigned j = 0; j < 16; j++)
			ck_assert_uint_eq(marks[j], walker->number + i + j);
		sum += 0.5;
		walker->rounds++;
	}
	ck_assert(sum == walker->number + 0.5 * ROUNDS);
	walker->has_ended = true;
}

START_TEST(many_run_side_by_side)
{
	for (unsigned i = 0; i < MANY; i++) {
		walkers[i] = (struct walker){ .number = i * 100 };
		fiber_start(walk, &walkers[i]);
	}
	for (unsigned round = 0; round < ROUNDS; round++)
		for (unsigned i = 0; i < MANY; i++) {
			struct walker *walker = &walkers[(i * 7 + round) % MANY];
			ck_assert_uint_eq(walker->rounds, round);
			fiber_resume(walker->fiber);
		}
	for (unsigned i = 0; i < MANY; i++)
		ck_assert(walkers[i].has_ended);
}
END_TEST

/* Suspends itself below many calls, each of which has some bytes of its own. */
static unsigned descend(unsigned left)
{
	volatile unsigned char bytes[512];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)left;
	if (left <= sizeof(bytes))
		fiber_suspend();
	unsigned below = left > sizeof(bytes) ? descend(left - (unsigned)sizeof(bytes)) : 0;
	for (size_t i = 0; i < sizeof(bytes); i++)
		ck_assert_uint_eq(bytes[i], (unsigned char)left);
	return below + 1;
}

struct diver {
	struct fiber *fiber;
	unsigned depth;
};

static void dive(void *context)
{
	struct diver *diver = context;

	diver->fiber = fiber_self();
	diver->depth = descend(DEEP / 4);
}

START_TEST(a_fiber_may_wait_below_many_calls)
{
	struct diver divers[2] = { { 0 } };

	for (unsigned i = 0; i < 2; i++)
		fiber_start(dive, &divers[i]);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_uint_eq(divers[i].depth, 0);
		fiber_resume(divers[i].fiber);
		ck_assert_uint_eq(divers[i].depth, DEEP / 4 / 512);
	}
}
END_TEST

static void fill_stack(void *context)
{
	volatile char bytes[DEEP];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	*(unsigned *)context += bytes[DEEP - 1] == (char)(DEEP - 1);
}

START_TEST(most_of_the_stack_is_there_to_be_used)
{
	unsigned filled = 0;

	fiber_start(fill_stack, &filled);
	fiber_start(fill_stack, &filled);
	ck_assert_uint_eq(filled, 2);
}
END_TEST

static void note_self(void *context)
{
	struct fiber **last = context;

	if (*last)
		ck_assert_ptr_eq(fiber_self(), *last);
	*last = fiber_self();
	fiber_suspend();
}

START_TEST(later_fibers_use_the_stacks_of_earlier_ones)
{
	struct fiber *last = NULL;

	for (unsigned i = 0; i < MANY; i++) {
		fiber_start(note_self, &last);
		fiber_resume(last);
	}
}
END_TEST

/* Mappings of that size, of which a few may be others. Neighbouring stacks have a guard page
 * between them. */
static unsigned count_stacks(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long low, high;
	unsigned stacks = 0;

	ck_assert_ptr_nonnull(maps);
	while (fscanf(maps, "%lx-%lx%*[^\n]", &low, &high) == 2)
		stacks += high - low == FIBER_STACK;
	fclose(maps);
	return stacks;
}

static void run_many_at_once(void)
{
	for (unsigned i = 0; i < MANY; i++) {
		walkers[i] = (struct walker){ .number = i };
		fiber_start(walk, &walkers[i]);
	}
	for (unsigned i = 0; i < MANY; i++)
		for (unsigned round = 0; round < ROUNDS; round++)
			fiber_resume(walkers[i].fiber);
}

START_TEST(some_stacks_are_kept_and_all_can_be_freed)
{
	unsigned before = count_stacks();

	for (unsigned i = 0; i < 2; i++) {
		run_many_at_once();
		ck_assert_uint_ge(count_stacks(), FIBERS_KEPT);
		ck_assert_uint_le(count_stacks(), before + FIBERS_KEPT + FEW);
	}
	fiber_free_stacks();
	ck_assert_uint_le(count_stacks(), before + FEW);
}
END_TEST

/* Below its own frame are only the guard page and other fibers' stacks. */
__attribute__((no_sanitize_address)) static void overflow(void *context)
{
	char *here = __builtin_frame_address(0);

	(void)context;
	for (size_t i = 0; i <= FIBER_STACK; i += 512)
		((volatile char *)here)[-(ptrdiff_t)i] = 0;
}

static void on_fault(int signal)
{
	(void)signal;
	_exit(STOPPED);
}

START_TEST(a_stack_that_overflows_ends_the_process)
{
	static char other_stack[64 * 1024];
	stack_t stack = { .ss_sp = other_stack, .ss_size = sizeof(other_stack) };
	struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_ONSTACK };

	ck_assert_int_eq(sigaltstack(&stack, NULL), 0);
	ck_assert_int_eq(sigaction(SIGSEGV, &action, NULL), 0);
	fiber_start(overflow, NULL);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("fiber");
	TCase *tests = tcase_create("fiber"), *bare = tcase_create("bare");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_test(tests, a_fiber_that_does_not_wait_has_ended_when_start_returns);
	tcase_add_test(tests, the_order_is_that_of_the_calls);
	tcase_add_test(tests, self_is_the_running_fiber);
	tcase_add_test(tests, many_run_side_by_side);
	tcase_add_test(tests, a_fiber_may_wait_below_many_calls);
	tcase_add_test(tests, most_of_the_stack_is_there_to_be_used);
	tcase_add_test(tests, later_fibers_use_the_stacks_of_earlier_ones);
	tcase_add_exit_test(tests, a_stack_that_overflows_ends_the_process, STOPPED);
	suite_add_tcase(suite, tests);
	tcase_set_tags(bare, "bare");
	tcase_add_checked_fixture(bare, NULL, teardown);
	tcase_add_test(bare, some_stacks_are_kept_and_all_can_be_freed);
	suite_add_tcase(suite, bare);
	return suite;
}
