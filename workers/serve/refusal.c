#include "refusal.h"

#include "answer_log.h"
#include "metrics.h"
#include "stats.h"

static struct str fields_of(int status)
{
	switch (status) {
	case 405: /* CONNECT: RFC 9110 15.5.6 requires the field even if no method is allowed. */
		return STR("allow: \r\n");
	case 503:
		return STR("retry-after: 1\r\n");
	default:
		return STR("");
	}
}

static struct str body_of(int status)
{
	return status == 400 ? STR("Invalid HTTP request received.")
			     : str_from(response_reason(status));
}

static void count(const struct http_request *request, int status)
{
	enum method method = request ? request->method : METHOD__COUNT;

	stats_observe_key(metrics_key(NULL, method, status), 0);
	if (status == 503)
		stats_add_at(STAT_HTTP_UNAVAILABLE,
			request ? STAT_CAUSE_CONCURRENCY : STAT_CAUSE_ADDRESS, 1);
}

void refusal_write(struct conn *c, const struct http_request *request, int status)
{
	struct conns *conns = c->conns;
	struct response r = {
		.status = status,
		.type = STR("text/plain; charset=utf-8"),
		.fields = fields_of(status),
		.body = body_of(status),
		.head_only = request && request->method == METHOD_HEAD,
		.close = true,
	};
	const struct http_fields fields =
		request ? request->fields : http_reader_fields(&c->reader);
	struct arena arena = { 0 };

	r.cors = cors_fields(&arena, &conns->service->cors, &fields);
	r.request_id = conn_request_id(c, &fields, &arena);
	outbox_add(&c->outbox, &conns->pool, &r);
	c->closing = c->lingers = true;
	count(request, status);
	answer_log(c, request, &r, 0, &arena);
	arena_done(&arena);
}
