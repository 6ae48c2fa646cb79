/*
 * What a trusted proxy says of the client it stands for: X-Forwarded-For and X-Forwarded-Proto,
 * read as uvicorn does.
 */
#ifndef POSTERN_FORWARDED_H
#define POSTERN_FORWARDED_H

#include "networks.h"

/* The client in a value of X-Forwarded-For: its last address that is none of the trusted ones'; if
 * all are, the first one. "" if what stands there is no address: nobody says who it is. Part of the
 * field. */
struct str forwarded_client(const struct networks *trusted, struct str field);

/* "https" or "http" from a value of X-Forwarded-Proto; "http" if it is neither. */
struct str forwarded_scheme(struct str field);

#endif
