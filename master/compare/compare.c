#include "compare.h"

#include "comparison.h"
#include "created_key.h"
#include "operation_http.h"
#include "probe.h"
#include "splitmix.h"

enum { NEW_ROWS = 3 /* of each resource, at the start */, CREATE_ONE_IN = 4 };

/* Documents and fixed answers. */

static void ask_path(struct comparison *c, const char *path, const char *what, enum scope scope)
{
	struct request request;

	request_init(&request, "GET", what);
	paired_str(&request.target, str_from(path));
	comparison_ask(c, &request, scope, NULL);
	request_done(&request);
}

static void ask_documents(struct comparison *c)
{
	ask_path(c, "/openapi.json", "a document", SCOPE_ANSWER);
	ask_path(c, "/docs", "a page", SCOPE_STATUS);
	ask_path(c, "/redoc", "a page", SCOPE_STATUS);
	ask_path(c, "/no/such/path", "an unknown path", SCOPE_ANSWER);
	for (unsigned i = 0; i < api->nconstants; i++)
		ask_path(c, api->constants[i].path, "a fixed answer", SCOPE_ANSWER);
}

/* Rows to ask for. */

static void list_rows(struct comparison *c, const struct operation *list, bool learns)
{
	struct peer_answer answers[PEERS];
	struct request request;

	request_init(&request, "GET", "the rows that exist");
	request.operation = list;
	paired_str(&request.target, str_from(list->path));
	if (comparison_ask(c, &request, SCOPE_ANSWER, answers) && learns &&
		answers[PEER_OLD].status == list->status)
		listed_keys(list, &answers[PEER_OLD], &c->scratch, c->pairs);
	request_done(&request);
}

static void prepare_rows(struct comparison *c, const struct resource *r)
{
	const struct operation *create = r->by_action[ACTION_CREATE];
	const struct operation *list = r->by_action[ACTION_LIST];

	for (unsigned i = 0; c->writes && create && i < NEW_ROWS; i++)
		probe_create(c, create);
	if (list && key_pairs_count(c->pairs, r) == 0)
		list_rows(c, list, true);
}

/* Every kind of request once. */

static void probe_resource(struct comparison *c, const struct resource *r, bool deletes)
{
	for (unsigned i = 0; i < r->noperations; i++)
		if ((r->operations[i].action == ACTION_DELETE) == deletes)
			probe_operation(c, &r->operations[i]);
}

/* Children are deleted before their parents, which take them along. */
static void probe_all(struct comparison *c)
{
	for (unsigned i = 0; i < api->nresources; i++)
		prepare_rows(c, api->resources[i]);
	for (unsigned i = 0; i < api->nresources; i++)
		probe_resource(c, api->resources[i], false);
	for (unsigned i = api->nresources; i-- > 0;)
		probe_resource(c, api->resources[i], true);
	for (unsigned i = 0; c->writes && i < api->nresources; i++)
		if (api->resources[i]->by_action[ACTION_LIST])
			list_rows(c, api->resources[i]->by_action[ACTION_LIST], false);
}

/* By chance, until the limit. */

static void probe_one(struct comparison *c)
{
	const struct resource *r = api->resources[splitmix_below(&c->random, api->nresources)];
	const struct operation *create = r->by_action[ACTION_CREATE];

	if (c->writes && create && splitmix_below(&c->random, CREATE_ONE_IN) == 0)
		probe_create(c, create);
	else if (r->noperations > 0)
		probe_random(c, &r->operations[splitmix_below(&c->random, r->noperations)]);
}

static bool can_go_on(const struct comparison *c)
{
	for (unsigned i = 0; i < api->nresources; i++)
		for (unsigned o = 0; o < api->resources[i]->noperations; o++)
			if (probe_is_allowed(c, &api->resources[i]->operations[o]))
				return true;
	return false;
}

static void run(struct comparison *c)
{
	ask_documents(c);
	probe_all(c);
	while (c->limit > 0 && can_go_on(c) && !comparison_is_over(c))
		probe_one(c);
}

enum compare_outcome compare_servers(const struct compare_options *options, struct buf *error)
{
	struct comparison c = {
		.all = options->all,
		.writes = options->writes,
		.limit = options->requests,
		.random = options->seed,
		.error = error,
	};

	for (int side = 0; side < PEERS; side++)
		if (!peer_init(&c.peers[side], options->urls[side], error))
			return COMPARE_REFUSED;
	c.pairs = key_pairs_new();
	run(&c);
	comparison_conclude(&c);
	enum compare_outcome outcome = c.failed            ? COMPARE_FAILED
				       : c.differences > 0 ? COMPARE_DIFFERENT
							   : COMPARE_EQUAL;
	comparison_done(&c);
	return outcome;
}
