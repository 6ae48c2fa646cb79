/* The answer to an action: validate the request, ask the cache or dbd, write the answer. */
#ifndef POSTERN_ASK_DBD_H
#define POSTERN_ASK_DBD_H

#include "answers.h"
#include "exchange.h"

/* Sets the callbacks of x->call. Once for each exchange. */
void ask_dbd_init(struct exchange *x);

/* Starts the action of x->route. Returns as exchange_start does. */
bool ask_dbd(struct exchange *x, const struct http_request *request, struct str query);

/* Hands over the next part of the text that is left, or asks dbd for more rows. */
void ask_dbd_next(struct exchange *x);

/* Forgets what has been written of an answer and keeps little memory. */
static inline void ask_dbd_forget_rows(struct exchange *x)
{
	buf_reset(&x->body, ANSWER_BODY_KEPT);
	x->text = STR("");
	x->more = MORE_WAITS;
	rows_body_begin(&x->rows, exchange_page_limit(x));
}

#endif
