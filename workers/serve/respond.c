#include "respond.h"

#include "answer_log.h"
#include "metrics.h"
#include "stats.h"

static void write_head(struct conn *c)
{
	struct conns *conns = c->conns;
	struct pending *p = c->pending;
	struct response *r = &p->exchange.response;

	r->head_only = p->request.method == METHOD_HEAD;
	r->framing = p->framing;
	r->cors = p->exchange.cors;
	c->closing = conns->draining || !p->request.keep_alive;
	c->lingers = p->request.keep_alive;
	r->close = c->closing;
	r->request_id = p->exchange.id;
	outbox_add(&c->outbox, &conns->pool, r);
	answer_log(c, &p->request, r, p->began, &p->exchange.arena);
	if (conns->retire_after > 0 && --conns->retire_after == 0)
		conns->on_retiring(conns);
}

static void count(struct conns *conns, const struct pending *p)
{
	const struct exchange *x = &p->exchange;

	answer_stats_add(&conns->stats,
		metrics_key(x->route.endpoint, p->request.method, x->response.status), p->began);
	stats_add(STAT_HTTP_ACTIVE, (uint64_t)-1);
}

static void end_request(struct conn *c)
{
	count(c->conns, c->pending);
	pending_put(&c->conns->pending, c->pending);
	c->pending = NULL;
	http_reader_next(&c->reader);
	c->phase = CONN_READING;
	c->awaited = AWAITED_NOTHING;
	c->expired = false;
}

void respond_whole(struct conn *c)
{
	write_head(c);
	end_request(c);
}

void respond_part(struct conn *c)
{
	struct pending *p = c->pending;
	struct exchange *x = &p->exchange;

	if (p->framing == FRAMING_LENGTH) {
		p->framing = p->request.minor > 0 ? FRAMING_CHUNKS : FRAMING_CLOSE;
		write_head(c);
	} else {
		outbox_add_part(&c->outbox, &c->conns->pool, p->framing, x->response.body);
	}
	if (x->answered)
		response_write_end(&c->outbox.buffer, p->framing);
	if (x->answered || x->response.head_only)
		end_request(c);
}
