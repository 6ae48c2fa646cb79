/*
 * Upper and lower case of whole texts, as Rust's str::to_lowercase and str::to_uppercase have it
 * (alloc, str.rs): full mappings without those of single languages. "ß" in upper case is "SS", and
 * a capital sigma at the end of a word is "ς" in lower case.
 */
#ifndef POSTERN_LETTER_CASE_H
#define POSTERN_LETTER_CASE_H

#include "arena.h"
#include "str.h"

/* The text is valid UTF-8. The result is in the arena. */
struct str letter_case_lower(struct arena *arena, struct str text);
struct str letter_case_upper(struct arena *arena, struct str text);

#endif
