/*
 * One request and its answer: route, validate, ask dbd, write JSON. It knows no socket; a
 * connection (conn.h) embeds one and reuses it from request to request.
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

/* What all exchanges of a worker share. */
struct service {
	struct routes routes;
	struct document_text documents[DOCUMENT__COUNT];
	struct dbd_client *dbd;
	struct cache *cache;
	struct request_ids ids;
	bool gives_ids;
	struct gzip *gzip;    /* NULL: it is off */
	struct cors cors;     /* what scripts of other origins may do */
	struct str root;      /* the path under which a proxy shows us; "" */
	struct str authority; /* "127.0.0.1:8000": what redirects name when Host cannot */
};

struct exchange {
	const struct service *service;
	struct arena arena; /* of this request */
	struct http_fields fields;
	struct str id;   /* of the request, "" for none; its owner's to set */
	struct str cors; /* lines of the answer, whatever it is */
	struct route route;
	struct command command;
	struct dbd_call call;          /* under way while the exchange waits */
	struct generation_stamp stamp; /* from before dbd was asked … */
	bool keep;                     /* … if the answer may be kept for others */
	const struct resource *child;  /* whose rows are being written into their parent's */
	bool begun;                    /* a frame of rows has been written */
	bool rows_written;             /* the next row needs a comma before it */
	struct page page;   /* of a list, as the client asked for it; dbd is asked for a row more */
	uint32_t page_rows; /* of it that have been written */
	int64_t total;      /* rows of the list, if that was asked; else -1 */
	bool page_more;     /* there are rows behind it */
	int64_t page_last;  /* the key of its last row */
	uint64_t digest;    /* of the rows so far */
	size_t pack_from;   /* bytes of an answer that the client gets in gzip; SIZE_MAX: of none */
	enum coding coding; /* of the answer that is being written */
	struct gzip_member member;
	struct buf body, packed;
	struct str text;          /* of body, that has not been handed over yet */
	enum more more;           /* of the frame that body ends with: MORE_NO, it is the last */
	struct response response; /* when on_answered is called; borrows from arena, body and
				     packed, or from the cache */
	bool answered;            /* … and it is all of the answer, or the last part of it */
	bool parted;              /* it was handed over in parts */
	bool resting;             /* … the next of which must be asked for */
	bool broken;              /* … and the rest will never come */
	bool starting; /* within exchange_start, which tells of an answer by what it returns */

	/* An exchange that waited is answered: as a whole, or with the first or the next part of
	 * the body, which must be copied before exchange_next is called. */
	void (*on_answered)(struct exchange *x);
};

void exchange_init(
	struct exchange *x, const struct service *service, void (*on_answered)(struct exchange *x));

/* Ends it, whatever it waits for, and gives its memory back. */
void exchange_done(struct exchange *x);

/* After HTTP_HEAD_READY: does the answer depend on the body? */
bool exchange_wants_body(struct exchange *x, const struct http_request *request);

/* After HTTP_DONE. True: x->response is the answer (but for close and head_only). False: dbd
 * was asked and on_answered will be called; until then the request's bytes must stay where they
 * are. */
bool exchange_start(struct exchange *x, const struct http_request *request);

/* Asks for the next part, while it rests. */
void exchange_next(struct exchange *x);

/* While it rests: on_answered will be called before exchange_next returns, which takes the time to
 * compress GZIP_PART_MAX bytes. So that others have their turns, it is called in another turn of
 * the loop. */
static inline bool exchange_has_next(const struct exchange *x)
{
	return x->resting && x->text.len > 0;
}

/* The answer was written, or nobody wants the rest of it: forgets the request, keeps a little
 * memory. */
void exchange_reset(struct exchange *x);

#endif
