#include "similar.h"

enum { PREFIX_LEAST = 3 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned alignment(struct str a, struct str b)
{
	unsigned d[SIMILAR_WORD_MOST + 1][SIMILAR_WORD_MOST + 1];

	for (unsigned i = 0; i <= a.len; i++)
		d[i][0] = i;
	for (unsigned j = 0; j <= b.len; j++)
		d[0][j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		for (unsigned j = 1; j <= b.len; j++) {
			unsigned change = d[i - 1][j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);
			d[i][j] = least(change, least(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] &&
				a.ptr[i - 2] == b.ptr[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[a.len][b.len];
}

unsigned similar_distance(struct str given, struct str known)
{
	if (given.len > SIMILAR_WORD_MOST || known.len > SIMILAR_WORD_MOST)
		return SIMILAR_NOT;
	unsigned distance = alignment(given, known);
	if (distance > 0 && given.len >= PREFIX_LEAST && str_starts(known, given))
		return 1;
	return least(distance, SIMILAR_NOT);
}
