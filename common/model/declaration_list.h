/* For the modules that read `list` of a resource: a list that is being read. */
#ifndef POSTERN_DECLARATION_LIST_H
#define POSTERN_DECLARATION_LIST_H

#include "declaration_reading.h"

struct listing {
	struct list_rules *rules;
	struct parameter *parameters; /* of rules; there is room for all that are declared */
	const struct resource *resource;
	bool counted; /* of `page`: "count" was there before "rows" */
};

struct list_word {
	const char *name;
	bool (*read)(struct reading *r, const struct spot *spot, struct listing *l);
};

/* One of these words. */
bool listing_read_word(struct reading *r, const struct spot *spot, struct listing *l,
	const struct list_word *words, size_t count);

/* Sets the index of the field with this name, which is at the spot. */
bool listing_find_field(struct reading *r, const struct listing *l, const struct spot *spot,
	struct str name, unsigned *field);

/* `filters`. */
bool listing_read_filters(struct reading *r, const struct spot *spot, struct listing *l);

/* Writes the filters from parameter `first` on. Returns the index after the last one. */
unsigned listing_write_filters(
	struct buf *out, const char *indent, const struct resource *r, unsigned first);

#endif
