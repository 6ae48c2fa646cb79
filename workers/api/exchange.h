/*
 * One request and its answer: find the route, validate, ask dbd, write JSON. An exchange knows no
 * socket. A connection (pending.h) embeds one and reuses it for the next request.
 *
 * The work is done by modules that share struct exchange: answers (short answers), fixed_answers
 * (answers without dbd), ask_dbd (commands and replies), rows_body (rows as JSON), parts (an answer
 * of rows, as a whole or in parts), content_coding (gzip) and cached_answer (the cache).
 */
#ifndef POSTERN_EXCHANGE_H
#define POSTERN_EXCHANGE_H

#include "cache.h"
#include "cors.h"
#include "dbd_client.h"
#include "documents.h"
#include "gzip.h"
#include "http.h"
#include "request_id.h"
#include "response.h"
#include "routes.h"
#include "rows_body.h"

/* What all exchanges of a worker share. */
struct service {
	struct routes routes;
	struct documents *documents;
	struct dbd_client *dbd;
	struct cache *cache;
	struct request_ids ids;
	bool gives_ids;
	uint64_t cache_age; /* a confirm that was sent so many milliseconds ago is recent enough */
	struct gzip *gzip;  /* NULL: answers are not compressed */
	struct cors cors;   /* what scripts of other origins may do */
	struct str root;    /* the path under which a proxy publishes the API; "" for none */
	struct str authority; /* "127.0.0.1:8000": for redirects, if Host has no valid one */
};

struct json;

struct exchange {
	const struct service *service;
	struct arena arena; /* of this request */
	struct http_fields fields;
	struct str id;   /* of the request, "" for none; set by the owner of the exchange */
	struct str cors; /* header lines of the answer, whatever its status */
	struct route route;
	const struct json *input; /* the request's body; NULL: not JSON, or not read */

	struct command command;
	struct dbd_call call;          /* in progress while the exchange waits */
	bool may_be_cached;            /* the cache may have the answer */
	bool cacheable;                /* the answer may be put into the cache … */
	struct generation_stamp stamp; /* … with this stamp, noted before dbd was asked */

	struct rows_body rows; /* the rows as JSON so far, in body */
	struct page page;      /* of a list, as requested; AFTER: dbd is asked for one row more */
	enum more more;        /* of the last frame in body; MORE_NO: body has the last row */
	size_t pack_from;      /* least size in bytes of an answer in gzip; SIZE_MAX: no gzip */
	enum coding coding;    /* of the answer in progress */
	struct gzip_member member;
	struct buf body, packed;
	struct str text; /* the bytes of body that have not been handed over yet */

	struct response response; /* valid when on_answered is called; borrows from arena, body,
				     packed or the cache */
	bool answered;            /* response is the whole answer, or its last part */
	bool parted;              /* the answer is handed over in parts */
	bool resting;             /* exchange_next must be called for the next part */
	bool broken;              /* the rest of the answer will never come */
	bool starting; /* within exchange_start, which returns the answer: on_answered is not called
			*/

	/* Called when an exchange that waited is answered: with the whole answer, or with the next
	 * part of its body. The part must be copied before exchange_next is called. */
	void (*on_answered)(struct exchange *x);
};

/* The most rows of the answer, after which there may be others in the reply; 0: all of them. */
static inline uint32_t exchange_page_limit(const struct exchange *x)
{
	return x->page.kind == PAGE_AFTER ? x->page.limit : 0;
}

/* Prepares an exchange for its first request. The service must outlive it. */
void exchange_init(
	struct exchange *x, const struct service *service, void (*on_answered)(struct exchange *x));

/* Abandons the request in progress, if there is one, and frees the exchange's memory. */
void exchange_done(struct exchange *x);

/* After HTTP_HEAD_READY: true if the answer depends on the request's body. */
bool exchange_wants_body(struct exchange *x, const struct http_request *request);

/* After HTTP_DONE. True: x->response is the answer; the caller sets close and head_only. False: dbd
 * was asked and on_answered will be called; the request's bytes must stay in place until then. */
bool exchange_start(struct exchange *x, const struct http_request *request);

/* Asks for the next part of the answer. Only while x->resting. */
void exchange_next(struct exchange *x);

/* True if exchange_next will call on_answered before it returns, and will take the time to compress
 * GZIP_PART_MAX bytes. Callers then wait for the next turn of the loop, so that other connections
 * are served in between. */
static inline bool exchange_has_next(const struct exchange *x)
{
	return x->resting && x->text.len > 0;
}

/* Forgets the request, after its answer was written or abandoned. Keeps some memory for the next
 * request. */
void exchange_reset(struct exchange *x);

#endif
