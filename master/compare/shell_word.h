/* Quotes texts for bash, ksh and zsh. */
#ifndef POSTERN_SHELL_WORD_H
#define POSTERN_SHELL_WORD_H

#include "buf.h"

/* Appends one word: in single quotes, or as $'…' if it has quotes or control characters. */
void shell_word_write(struct buf *out, struct str text);

#endif
