/*
 * A small blocking HTTP/1.1 client: sends what it is told, reads one answer at a time, strictly.
 * Waiting is bounded by HTTP_CLIENT_TIMEOUT_MS; what is not HTTP fails the running test.
 */
#ifndef POSTERN_TEST_HTTP_CLIENT_H
#define POSTERN_TEST_HTTP_CLIENT_H

#include "arena.h"
#include "buf.h"

enum { HTTP_CLIENT_TIMEOUT_MS = 20 * 1000 };

struct http_client {
	int fd;
	int port;
	struct buf in;      /* received, not yet part of an answer */
	struct arena arena; /* answers, until http_client_close */
};

/* The slices live until http_client_close. */
struct answer {
	int status;      /* 0: the connection ended before a byte of an answer came */
	struct str head; /* status line and fields, each with its CRLF */
	struct str body;
};

/* Connects to 127.0.0.1. */
void http_client_open(struct http_client *c, int port);
void http_client_close(struct http_client *c);

/* Sends all of it, however the server reads. False: the server has closed the connection. */
bool http_client_send(struct http_client *c, struct str bytes);

/* Sends a request with Host and, if body is not NULL, its length and content type JSON. */
void http_client_request(
	struct http_client *c, const char *method, const char *target, const char *body);

/* The next final answer (100 Continue is skipped). Fails the test when the connection ends in the
 * midst of one. HEAD's has no body, whatever its fields say. */
struct answer http_client_receive(struct http_client *c);
struct answer http_client_receive_head(struct http_client *c);

/* Reads until at least n bytes wait to be taken. */
void http_client_await(struct http_client *c, size_t n);

/* Request and answer. */
struct answer http_client_ask(
	struct http_client *c, const char *method, const char *target, const char *body);

/* Both, on a connection of its own; body is copied to text, which holds size bytes. Returns the
 * status. */
int http_client_ask_once(int port, const char *method, const char *target, const char *body,
	char *text, size_t size);

/* The bytes up to mark, mark included, whatever they are. */
struct str http_client_take_until(struct http_client *c, struct str mark);

/* The value of a field, by its name in lower case; ptr is NULL if there is none. */
struct str answer_field(const struct answer *a, const char *name);

/* Says no more (FIN), still reads. */
void http_client_finish(struct http_client *c);

/* Waits for the end of the connection. Fails when a byte comes before it. */
void http_client_expect_end(struct http_client *c);

/* Fails, naming what was asked, unless the answer has this status and, if body is not NULL, this
 * body. */
void http_client_expect(const struct answer *a, const char *asked, int status, const char *body);

#endif
