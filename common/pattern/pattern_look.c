/* Assertions: regex-automata, util/look.rs. */
#include "pattern_program.h"

static bool is_line_start(unsigned before, unsigned behind)
{
	return before & (SIDE_NONE | SIDE_LF) || (before & SIDE_CR && !(behind & SIDE_LF));
}

static bool is_line_end(unsigned before, unsigned behind)
{
	return behind & (SIDE_NONE | SIDE_CR) || (behind & SIDE_LF && !(before & SIDE_CR));
}

static bool is_boundary(enum look look, bool before, bool behind)
{
	switch (look) {
	case LOOK_WORD:
		return before != behind;
	case LOOK_NOT_WORD:
		return before == behind;
	case LOOK_WORD_START:
		return !before && behind;
	case LOOK_WORD_END:
		return before && !behind;
	case LOOK_WORD_START_HALF:
		return !before;
	default: /* LOOK_WORD_END_HALF */
		return !behind;
	}
}

bool program_look(enum look look, unsigned before, unsigned behind)
{
	switch (look) {
	case LOOK_START:
		return before & SIDE_NONE;
	case LOOK_END:
		return behind & SIDE_NONE;
	case LOOK_START_LF:
		return before & (SIDE_NONE | SIDE_LF);
	case LOOK_END_LF:
		return behind & (SIDE_NONE | SIDE_LF);
	case LOOK_START_CRLF:
		return is_line_start(before, behind);
	case LOOK_END_CRLF:
		return is_line_end(before, behind);
	default:
		break;
	}
	if (look >= LOOK_ASCII)
		return is_boundary(
			look - LOOK_ASCII + LOOK_WORD, before & SIDE_ASCII, behind & SIDE_ASCII);
	return is_boundary(look, before & SIDE_WORD, behind & SIDE_WORD);
}
