/* The text of a double. */
#ifndef POSTERN_DOUBLE_TEXT_H
#define POSTERN_DOUBLE_TEXT_H

#include "arena.h"
#include "str.h"

/* Python's repr() of a finite double, in the arena: "0.0", "1e+22". */
struct str double_text(struct arena *arena, double number);

#endif
