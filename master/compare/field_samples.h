/*
 * Values that show how a server checks a field: at and beyond each of its bounds, of other types,
 * and in unusual forms.
 */
#ifndef POSTERN_FIELD_SAMPLES_H
#define POSTERN_FIELD_SAMPLES_H

#include "arena.h"
#include "resource.h"

enum sample_verdict {
	SAMPLE_VALID,
	SAMPLE_INVALID,
	SAMPLE_EITHER /* the type decides */
};

struct field_sample {
	const char *what; /* "max_length + 1" */
	struct str json;
	enum sample_verdict verdict;
};

struct field_samples {
	struct field_sample *list;
	unsigned count;
};

/* The samples of a field; other numbers n give other values. In the arena. */
struct field_samples field_samples(struct arena *arena, const struct field *f, uint64_t n);

#endif
