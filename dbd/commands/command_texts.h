/* The texts that a command borrows from its frame, copied so that it can outlive that. */
#ifndef POSTERN_COMMAND_TEXTS_H
#define POSTERN_COMMAND_TEXTS_H

#include "command.h"

/* The bytes of all texts. */
size_t command_texts_size(const struct command *command);

/* Copies the texts to `place`, which has that size, and lets the command point there. */
void command_texts_copy(struct command *command, char *place);

#endif
