#include "control.h"

#include "channel.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
	struct str name;
	bool has_number, is_for_dbd;
} verbs[] = {
	[CONTROL_STATUS] = { STR_INIT("status"), false, false },
	[CONTROL_RELOAD] = { STR_INIT("reload"), false, false },
	[CONTROL_STOP] = { STR_INIT("stop"), false, false },
	[CONTROL_WORKERS] = { STR_INIT("workers"), true, false },
	[CONTROL_CHECKPOINT] = { STR_INIT("checkpoint"), false, true },
	[CONTROL_BACKUP] = { STR_INIT("backup"), false, true },
	[CONTROL_RESTORE] = { STR_INIT("restore"), false, true },
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

static bool parse_rest(struct str rest, enum control_verb verb, struct control_request *request)
{
	*request = (struct control_request){ .verb = verb };
	if (!verbs[verb].has_number)
		return rest.len == 0;
	return str_starts(rest, STR(" ")) &&
	       parse_workers(str_from_index(rest, 1), &request->number);
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
