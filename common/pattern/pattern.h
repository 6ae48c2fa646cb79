/*
 * Regular expressions as Pydantic checks `pattern`: those of Rust's regex crate
 * (https://docs.rs/regex/latest/regex/#syntax), with Unicode on and all other flags off.
 *
 * The text is searched: a pattern without anchors matches anywhere. ^ and $ are the ends of the
 * text, $ not a line end before it. The tables are those of Unicode 16, as in pydantic-core.
 *
 * The time for a match is linear in the text, whatever pattern and text are: a deterministic
 * automaton is built while it runs, in memory that is allocated once. Its states that do not fit
 * are forgotten and built again.
 *
 * Why the project has an engine of its own. PCRE2, the one candidate with a C interface in Debian,
 * (1) is not linear: pcre2_dfa_match needed more than a minute for (a+)+$1 against 8 KiB of "a",
 * with the search written as (?s:.*?) and PCRE2_ANCHORED (here: less than a millisecond); (2) has
 * other tables: Unicode 14 in Debian 12, and other meanings of \w and \b, whose explicit form has
 * 796 ranges a class and soon exceeds the 64 KiB of a compiled pattern; (3) needs a complete parser
 * of Rust's syntax in front, which is the larger part of this room.
 *
 * Refused though Rust takes it: \p{Age=...}, \p{Grapheme_Cluster_Break=...}, \p{Word_Break=...} and
 * \p{Sentence_Break=...}. Taken though Rust refuses it: patterns that exceed Rust's size limit and
 * are small here, such as \w{1000}.
 */
#ifndef POSTERN_PATTERN_H
#define POSTERN_PATTERN_H

#include "buf.h"
#include "str.h"

#include <stdint.h>

enum {
	PATTERN_NESTING_MAX = 250,       /* levels of groups, repetitions and classes, as in Rust */
	PATTERN_BYTES_MAX = 10 << 20,    /* of a compiled pattern without its cache, as in Rust */
	PATTERN_CACHE_BYTES = 256 << 10, /* of the states of the automaton, at least 8 states */
};

struct pattern;

/* Compiles a pattern. Returns NULL for one that is malformed, not supported or too large, after
 * appending to error what is wrong and where, in one line. Aborts if memory runs out. */
struct pattern *pattern_compile(struct str source, struct buf *error)
	__attribute__((warn_unused_result));

/* Checks a pattern as pattern_compile does, without the memory for matching. */
bool pattern_check(struct str source, struct buf *error) __attribute__((warn_unused_result));

/* True if the pattern matches anywhere in the text, which must be strict UTF-8. Not for two threads
 * at once. Allocates nothing. */
bool pattern_matches(struct pattern *pattern, struct str text);

/* The work of all matches so far: code points that were read and steps of the program. For tests.
 */
uint64_t pattern_work(const struct pattern *pattern);

/* NULL is allowed. */
void pattern_free(struct pattern *pattern);

#endif
