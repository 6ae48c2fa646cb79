/*
 * Reads a UUID as version 1.23.4 of the Rust crate uuid does, which Pydantic 2.14 calls: 32
 * hexadecimal digits, or RFC 9562's form with hyphens, bare, in braces or after "urn:uuid:".
 */
#ifndef POSTERN_UUID_INPUT_H
#define POSTERN_UUID_INPUT_H

#include "arena.h"
#include "str.h"

#include <stdbool.h>

/* Sets *uuid to 36 lower-case characters in the arena and returns true; or sets *reason to the
 * crate's message, in the arena, and returns false. The text is valid UTF-8. */
bool uuid_input(struct arena *arena, struct str text, struct str *uuid, struct str *reason)
	__attribute__((warn_unused_result));

#endif
