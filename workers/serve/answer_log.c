#include "answer_log.h"

#include "access_log.h"
#include "forwarded.h"
#include "log.h"

static void on_turn_end(struct task *task)
{
	(void)task;
	log_flush();
}

/* The client behind a trusted proxy; "" if there is no proxy or it does not name the client. */
static struct str client_of(
	const struct conn *c, const struct http_request *request, struct arena *arena)
{
	if (!request || !(request->fields.seen & HTTP_X_FORWARDED_FOR))
		return STR("");
	return forwarded_client(
		c->conns->trusted, http_field(&request->fields, HTTP_X_FORWARDED_FOR, arena));
}

void answer_log_write(struct conn *c, const struct http_request *request, const struct response *r,
	uint64_t began, struct arena *arena)
{
	struct conns *conns = c->conns;

	access_log_write(
		&(struct access){
			.peer = (const void *)&c->peer,
			.client = client_of(c, request, arena),
			.request = request,
			.status = r->status,
			.ns = began > 0 ? clock_ns() - began : 0,
			.bytes = response_content_length(r),
			.id = r->request_id,
		},
		arena);
	conns->flush_log.on_turn_end = on_turn_end;
	loop_defer(conns->loop, &conns->flush_log);
}
