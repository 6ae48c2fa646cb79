/* Compares a misspelt word with the known ones, to offer the one that was meant. */
#ifndef POSTERN_SIMILAR_H
#define POSTERN_SIMILAR_H

#include "str.h"

enum {
	SIMILAR_WORD_MOST = 40, /* bytes of a word; longer ones are similar to nothing */
	SIMILAR_MOST = 2,       /* the greatest distance of similar words */
	SIMILAR_NOT             /* the distance of words that are not similar */
};

/* The number of letters that were put in, left out, changed, or exchanged with their neighbour (the
 * optimal string alignment distance): 0 to SIMILAR_MOST, else SIMILAR_NOT. Three or more letters
 * with which the known word begins are at the distance of 1 from it. */
unsigned similar_distance(struct str given, struct str known);

#endif
