/*
 * Declarations: the JSON text (RFC 8259) that declares an API, as the operator writes it, and its
 * canonical form, in which the master passes it to its children. docs/declaring-an-api.md has the
 * vocabulary.
 */
#ifndef POSTERN_DECLARATION_H
#define POSTERN_DECLARATION_H

#include "buf.h"
#include "resource.h"

enum {
	DECLARATION_MOST = 1024 * 1024, /* bytes of a declaration as the operator writes it */
	DECLARATION_CANONICAL_MOST = 32 * 1024 * 1024, /* bytes of a canonical form */
	DECLARATION_NAME_MOST = 63,                    /* characters of a name */
};

/* Reads a declaration. Returns the API, in memory of its own that is read-only; free it with
 * declaration_free. Returns NULL if the text is not a valid declaration, after appending one line
 * without a newline to error:
 *
 *	FILE:LINE:COLUMN: what was found, and what is allowed
 *
 * Lines and columns count from 1, columns in code points. The text may be in UTF-8, UTF-16 or
 * UTF-32. */
struct api *declaration_read(struct str text, const char *file, struct buf *error)
	__attribute__((warn_unused_result));

/* The same for text that declaration_write or declaration_write_brief has written: it may be
 * longer, and may have the numbers of the resources ("number"), which nobody else writes. That no
 * name is declared twice or clashes with another is not checked again. */
struct api *declaration_read_canonical(struct str text, const char *file, struct buf *error)
	__attribute__((warn_unused_result));

/* Writes the canonical form: JSON, indented, in which every word that a field can have is said,
 * defaults too. declaration_read_canonical reads it back to an equal API. An operator can use it as
 * a file, unless it has numbers. */
void declaration_write(struct buf *out, const struct api *a);

/* Writes the brief form, for another program that reads it soon: JSON on one line, without the
 * words whose absence says the same, with the numbers. declaration_read_canonical reads it back to
 * an equal API. */
void declaration_write_brief(struct buf *out, const struct api *a);

/* Frees what declaration_read has returned; NULL is allowed. Not to be called for an API that is
 * still used: rows, commands and routes point to its resources. */
void declaration_free(const struct api *unused);

/* Reads the declaration again with the numbers of an older API: a resource of the same name keeps
 * its number, each other gets one that the older API does not use. Returns a new API, or NULL if
 * the numbers below RESOURCES_MAX do not suffice or memory is missing. */
struct api *declaration_number_like(const struct api *a, const struct api *old)
	__attribute__((warn_unused_result));

/* A 64-bit FNV-1a hash of the brief form. Unequal declarations have unequal fingerprints,
 * except by rare accident; so programs with different declarations refuse each other in the
 * handshake. */
uint64_t api_fingerprint(const struct api *a);

/* The declaration of the built-in API, common/model/builtin.json. */
extern const struct str builtin_declaration;

#endif
