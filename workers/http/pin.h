/*
 * Memory that its owner may free or reuse at any time, unless it is pinned. The owner embeds a
 * struct pinnable; a user of the memory pins it without knowing the owner.
 */
#ifndef POSTERN_PIN_H
#define POSTERN_PIN_H

#include <stddef.h>

struct pinnable;

/* The owner's functions. An object is pinned until unpin was called as often as pin. */
struct pin_ops {
	void (*pin)(struct pinnable *object);
	void (*unpin)(struct pinnable *object);
};

struct pinnable {
	const struct pin_ops *ops;
};

/* Pins the object. Does nothing for NULL. */
static inline void pin(struct pinnable *object)
{
	if (object)
		object->ops->pin(object);
}

/* Releases one pin; the object may be freed by that. Does nothing for NULL. */
static inline void unpin(struct pinnable *object)
{
	if (object)
		object->ops->unpin(object);
}

#endif
