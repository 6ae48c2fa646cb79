/*
 * A small blocking HTTP/1.1 client. It sends any bytes, and reads one answer at a time, strictly.
 * Each wait lasts at most HTTP_CLIENT_TIMEOUT_MS. An answer that is not valid HTTP fails the test.
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
	struct arena arena; /* memory of the answers */
};

/* An answer. Its slices are valid until http_client_close. */
struct answer {
	int status;      /* 0: the connection ended before the first byte of an answer */
	struct str head; /* status line and fields, each with its CRLF */
	struct str body;
};

/* Connects to 127.0.0.1. */
void http_client_open(struct http_client *c, int port);
void http_client_close(struct http_client *c);

/* Sends all bytes, however slowly the server reads. Returns false if the server has closed the
 * connection. */
bool http_client_send(struct http_client *c, struct str bytes);

/* Sends a request with Host and, if body is not NULL, Content-Length and the content type JSON. */
void http_client_request(
	struct http_client *c, const char *method, const char *target, const char *body);

/* Reads the next final answer; skips 100 Continue. Fails the test if the connection ends within an
 * answer. The answer to HEAD has no body, whatever its fields say. */
struct answer http_client_receive(struct http_client *c);
struct answer http_client_receive_head(struct http_client *c);

/* Receives until at least n bytes are buffered. */
void http_client_await(struct http_client *c, size_t n);

/* Sends a request and reads the answer. */
struct answer http_client_ask(
	struct http_client *c, const char *method, const char *target, const char *body);

/* The same on a new connection. Copies the content to text, which has size bytes. Returns the
 * status. */
int http_client_ask_once(int port, const char *method, const char *target, const char *body,
	char *text, size_t size);

/* The same. Fails unless the answer has this status and, unless want is NULL, this content. */
void http_client_expect_once(int port, const char *method, const char *target, const char *body,
	int status, const char *want, char *text, size_t size);

/* Reads the bytes up to and including mark, without parsing them. */
struct str http_client_take_until(struct http_client *c, struct str mark);

/* The value of a field, by its name in lower case; ptr is NULL if the field is absent. */
struct str answer_field(const struct answer *a, const char *name);

/* Shuts down sending (FIN); reading goes on. */
void http_client_finish(struct http_client *c);

/* Waits for the end of the connection. Fails the test if a byte arrives before it. */
void http_client_expect_end(struct http_client *c);

/* Fails the test, naming the request, unless the answer has this status and, if body is not NULL,
 * this content. */
void http_client_expect(const struct answer *a, const char *asked, int status, const char *body);

#endif
