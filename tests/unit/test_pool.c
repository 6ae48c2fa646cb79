/* Tasks run on the threads of the pool and come back to the loop's thread. */
#include "pool.h"

#include "suite.h"
#include "turn.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

enum { TASKS = 1000, NICER = 10, ORDINARY_USER = 54321 };

struct job {
	struct pool_task task;
	unsigned runs, dones;
	enum heartbeat_thread thread;
};

static struct loop *loop;
static struct pool *pool;
static struct job jobs[TASKS];
static pthread_t main_thread;
static unsigned done;

static void run(struct pool_task *task, enum heartbeat_thread thread)
{
	struct job *job = CONTAINER_OF(task, struct job, task);

	job->runs++;
	job->thread = thread;
	if (pthread_equal(pthread_self(), main_thread))
		job->runs += TASKS;
}

static void on_done(struct pool_task *task)
{
	struct job *job = CONTAINER_OF(task, struct job, task);

	ck_assert(pthread_equal(pthread_self(), main_thread));
	job->dones++;
	done++;
}

static void setup(void)
{
	main_thread = pthread_self();
	loop = loop_new();
	pool = pool_start(loop);
	for (unsigned i = 0; i < TASKS; i++)
		jobs[i] = (struct job){ .task = { .run = run, .on_done = on_done } };
	done = 0;
}

static void teardown(void)
{
	pool_stop(pool);
	loop_free(loop);
}

START_TEST(each_task_runs_once_and_comes_back)
{
	for (unsigned i = 0; i < TASKS; i++)
		pool_submit(pool, &jobs[i].task);
	while (done < TASKS)
		loop_turn(loop);
	for (unsigned i = 0; i < TASKS; i++) {
		ck_assert_uint_eq(jobs[i].runs, 1);
		ck_assert_uint_eq(jobs[i].dones, 1);
		ck_assert_int_ge(jobs[i].thread, HEARTBEAT_POOL);
		ck_assert_int_le(jobs[i].thread, HEARTBEAT_POOL_LAST);
	}
}
END_TEST

static void submit_again(struct pool_task *task)
{
	struct job *job = CONTAINER_OF(task, struct job, task);

	on_done(task);
	if (job->dones < TASKS)
		pool_submit(pool, task);
}

START_TEST(a_done_task_can_be_submitted_again)
{
	jobs[0].task.on_done = submit_again;
	pool_submit(pool, &jobs[0].task);
	while (done < TASKS)
		loop_turn(loop);
	ck_assert_uint_eq(jobs[0].runs, TASKS);
}
END_TEST

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void run_behind_gate(struct pool_task *task, enum heartbeat_thread thread)
{
	pthread_mutex_lock(&gate);
	run(task, thread);
	pthread_mutex_unlock(&gate);
}

/* All threads are busy with one task each; the other tasks have not started. */
START_TEST(a_stop_waits_for_running_tasks)
{
	pthread_mutex_lock(&gate);
	for (unsigned i = 0; i < TASKS; i++) {
		jobs[i].task.run = run_behind_gate;
		pool_submit(pool, &jobs[i].task);
	}
	pthread_mutex_unlock(&gate);
	pool_stop(pool);
	pool = NULL;
	ck_assert_uint_eq(done, 0);
	for (unsigned i = 0; i < TASKS; i++)
		ck_assert_uint_le(jobs[i].runs, 1);
}
END_TEST

/* Nobody but root may raise a priority that nice(1) has lowered. */
START_TEST(a_lower_priority_is_kept_without_a_word)
{
	char log[512] = "";
	int ends[2];

	pool_stop(pool);
	ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
	ck_assert_int_eq(setpriority(PRIO_PROCESS, 0, NICER), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(setresuid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER), 0);
	dup2(ends[1], STDERR_FILENO);
	pool = pool_start(loop);
	pool_submit(pool, &jobs[0].task);
	while (done < 1)
		loop_turn(loop);
	(void)!read(ends[0], log, sizeof(log) - 1);
	ck_assert_str_eq(log, "");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pool");
	TCase *tests = tcase_create("pool");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, each_task_runs_once_and_comes_back);
	tcase_add_test(tests, a_done_task_can_be_submitted_again);
	tcase_add_test(tests, a_stop_waits_for_running_tasks);
	tcase_add_test(tests, a_lower_priority_is_kept_without_a_word);
	suite_add_tcase(suite, tests);
	return suite;
}
