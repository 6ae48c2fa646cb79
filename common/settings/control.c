#include "control.h"

#include "channel.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
	struct str name;
	enum { NO_OPERAND, A_NUMBER, PERHAPS_A_FILE } operand;
	bool is_for_dbd;
} verbs[] = {
	[CONTROL_STATUS] = { STR_INIT("status"), NO_OPERAND, false },
	[CONTROL_RELOAD] = { STR_INIT("reload"), NO_OPERAND, false },
	[CONTROL_STOP] = { STR_INIT("stop"), NO_OPERAND, false },
	[CONTROL_WORKERS] = { STR_INIT("workers"), A_NUMBER, false },
	[CONTROL_CHECKPOINT] = { STR_INIT("checkpoint"), NO_OPERAND, true },
	[CONTROL_BACKUP] = { STR_INIT("backup"), NO_OPERAND, true },
	[CONTROL_RESTORE] = { STR_INIT("restore"), NO_OPERAND, true },
	[CONTROL_PLAN] = { STR_INIT("plan"), PERHAPS_A_FILE, true },
	[CONTROL_MIGRATE] = { STR_INIT("migrate"), PERHAPS_A_FILE, true },
};

_Static_assert(NITEMS(verbs) == CONTROL_VERB__COUNT, "a verb has no row");

static bool parse_workers(struct str text, unsigned *number)
{
	unsigned n = 0;

	for (size_t i = 0; i < text.len && n <= WORKERS_MAX; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		n = n * 10 + (unsigned)(text.ptr[i] - '0');
	}
	*number = n;
	return n >= 1 && n <= WORKERS_MAX;
}

/* Takes a decimal number off *text, without a zero before it. */
static bool take_number(struct str *text, uint64_t *number)
{
	uint64_t n = 0;
	size_t i = 0;

	for (; i < text->len && text->ptr[i] >= '0' && text->ptr[i] <= '9'; i++)
		if (__builtin_mul_overflow(n, 10, &n) ||
			__builtin_add_overflow(n, (uint64_t)(text->ptr[i] - '0'), &n))
			return false;
	bool plain = i == 1 || (i > 1 && text->ptr[0] != '0');
	*text = str_from_index(*text, i);
	*number = n;
	return plain;
}

/* "DEVICE:INODE". */
static bool parse_file(struct str text, struct control_request *request)
{
	request->has_file = true;
	if (!take_number(&text, &request->device) || !str_starts(text, STR(":")))
		return false;
	text = str_from_index(text, 1);
	return take_number(&text, &request->inode) && text.len == 0;
}

static bool parse_rest(struct str rest, enum control_verb verb, struct control_request *request)
{
	*request = (struct control_request){ .verb = verb };
	if (rest.len == 0)
		return verbs[verb].operand != A_NUMBER;
	if (verbs[verb].operand == NO_OPERAND || !str_starts(rest, STR(" ")))
		return false;
	rest = str_from_index(rest, 1);
	return verbs[verb].operand == A_NUMBER ? parse_workers(rest, &request->number)
					       : parse_file(rest, request);
}

bool control_parse(struct str text, struct control_request *request)
{
	if (text.len == 0 || text.len > CONTROL_REQUEST_MAX || text.ptr[text.len - 1] != '\n')
		return false;
	text.len--;
	for (enum control_verb verb = 0; verb < CONTROL_VERB__COUNT; verb++)
		if (str_starts(text, verbs[verb].name) &&
			parse_rest(str_from_index(text, verbs[verb].name.len), verb, request))
			return true;
	return false;
}

bool control_is_for_dbd(enum control_verb verb)
{
	return verbs[verb].is_for_dbd;
}

const char *control_verb_name(enum control_verb verb)
{
	return verbs[verb].name.ptr;
}

void control_send_line(int fd, int passed, const char *format, ...)
{
	char line[CONTROL_LINE_MAX];
	va_list args;

	va_start(args, format);
	int wanted = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	size_t n = wanted < 0                          ? 0
		   : (size_t)wanted < sizeof(line) - 1 ? (size_t)wanted
						       : sizeof(line) - 1;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	line[n] = '\n';
	/* Errors are ignored: the client is gone or does not read. */
	(void)channel_send(fd, line, n + 1, passed);
}
