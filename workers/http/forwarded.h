/*
 * X-Forwarded-For and X-Forwarded-Proto of trusted proxies, interpreted as uvicorn does.
 */
#ifndef POSTERN_FORWARDED_H
#define POSTERN_FORWARDED_H

#include "networks.h"

/* The address of the client, a slice of the value of X-Forwarded-For: the last address that is not
 * trusted, or the first one if all are trusted. "" if that item is not an address: the client is
 * unknown. */
struct str forwarded_client(const struct networks *trusted, struct str field);

/* "https" if that is the value of X-Forwarded-Proto, else "http". */
struct str forwarded_scheme(struct str field);

#endif
