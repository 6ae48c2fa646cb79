/* Runs the suite of a test file with the API of sample_use_api; see suite.h. */
#include "sample.h"
#include "suite.h"
#include "test_database.h"

#include <stdlib.h>

int main(void)
{
	sample_use_api();
	test_databases_begin();
	SRunner *runner = srunner_create(test_suite());

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	test_databases_end();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
