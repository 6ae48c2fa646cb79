#include "import_command.h"

#include "database_argument.h"
#include "exit_status.h"
#include "import_answers.h"
#include "import_describe.h"
#include "import_document.h"
#include "import_fields.h"
#include "import_layout.h"
#include "import_lists.h"
#include "import_match.h"
#include "import_relations.h"
#include "import_schemas.h"
#include "import_tables.h"
#include "import_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { ERROR_MAX = 16 * 1024, CHUNK = 64 * 1024, DECLARATION_MOST_SIZE = 64 * 1024 * 1024 };

static int complain(const struct buf *error)
{
	if (buf_len(error) > 0)
		fprintf(stderr, "posternctl: %.*s\n", STR_ARGS(buf_view(error)));
	return EXIT_RUNNING;
}

/* Input. */

static bool read_all(int fd, struct buf *text)
{
	ssize_t n;

	do {
		char *room = buf_reserve(text, CHUNK);
		if (!room) {
			errno = EFBIG;
			return false;
		}
		n = read(fd, room, CHUNK);
		if (n > 0)
			buf_commit(text, (size_t)n);
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n == 0;
}

static bool read_file(const char *path, struct buf *text)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	bool done = read_all(fd, text);
	int why = errno;
	close(fd);
	errno = why;
	return done;
}

static bool read_document(struct import *im, const char *path, struct buf *text, struct buf *error)
{
	if (!read_file(path, text)) {
		buf_printf(error, "%s: %s", path, strerror(errno));
		return false;
	}
	buf_printf(error, "%s: ", path);
	if (!import_read_document(im, buf_view(text), error))
		return false;
	buf_reset(error, ERROR_MAX);
	return true;
}

static bool read_path(const char *database, struct database_url *url, struct buf *error)
{
	if (!database_argument_read(database, url, error))
		return false;
	if (url->memory)
		buf_printf(error, "%s: a database in memory has no tables to read", database);
	return !url->memory;
}

static bool read_database(
	struct import *im, const char *database, struct buf *text, struct buf *error)
{
	struct database_url url;

	if (!database)
		return true;
	if (!read_path(database, &url, error) || !import_describe(url.path, text, error))
		return false;
	buf_printf(error, "%s: ", database);
	if (!import_read_tables(im, buf_view(text), error))
		return false;
	buf_reset(error, ERROR_MAX);
	return true;
}

/* Output. */

static bool write_declaration(const char *path, struct str text)
{
	FILE *out = path ? fopen(path, "we") : stdout;

	if (!out)
		return false;
	bool done = fwrite(text.ptr, 1, text.len, out) == text.len && fflush(out) == 0;
	return (path ? fclose(out) == 0 : true) && done;
}

static unsigned count_served(const struct import *im)
{
	unsigned count = 0;

	for (unsigned i = 0; i < im->nroutes; i++)
		count += !im->routes[i].reason;
	return count;
}

static void put_upper(struct buf *out, struct str method)
{
	for (size_t i = 0; i < method.len; i++)
		buf_char(out, (char)(method.ptr[i] & ~0x20));
}

/* What a person is told. */
static void report(const struct import *im, const char *file)
{
	struct buf out;

	buf_init(&out, DECLARATION_MOST_SIZE);
	import_checks_write(&out, &im->checks, file);
	if (buf_len(&out) > 0)
		fprintf(stderr,
			"check these, which neither the document nor the database tells:\n%.*s",
			STR_ARGS(buf_view(&out)));
	buf_reset(&out, CHUNK);
	for (unsigned i = 0; i < im->nroutes; i++) {
		const struct import_route *route = &im->routes[i];
		if (!route->reason)
			continue;
		put_upper(&out, route->method);
		buf_printf(&out, " %.*s: %s\n", STR_ARGS(route->path), route->reason);
	}
	if (buf_len(&out) > 0)
		fprintf(stderr, "left out:\n%.*s", STR_ARGS(buf_view(&out)));
	buf_done(&out);
	fprintf(stderr, "%u of %u operations\n", count_served(im), im->nroutes);
}

/* Understands the document and the tables. */
static const struct json *understand(struct import *im)
{
	import_match(im);
	import_relate(im);
	import_judge(im);
	import_make_fields(im);
	import_judge_lists(im);
	import_judge_answers(im);
	import_judge(im);
	return import_declare(im);
}

static int write_out(struct import *im, const char *path, struct buf *error)
{
	const struct json *declaration = understand(im);
	struct buf out;

	buf_init(&out, DECLARATION_MOST_SIZE);
	if (declaration)
		import_layout(&out, declaration, &im->checks);
	bool written = !out.failed && (!declaration || write_declaration(path, buf_view(&out)));
	buf_done(&out);
	if (!written) {
		buf_printf(error, "%s: %s", path ? path : "stdout", strerror(errno));
		return complain(error);
	}
	report(im, path ? path : "stdout");
	return count_served(im) == im->nroutes && declaration ? EXIT_CLEAN : EXIT_INCOMPLETE;
}

int import_command_run(const struct import_command *command)
{
	struct arena arena = { 0 };
	struct import im = { .arena = &arena };
	struct buf document, tables, error;

	buf_init(&document, IMPORT_DOCUMENT_MOST);
	buf_init(&tables, IMPORT_DESCRIPTION_MOST);
	buf_init(&error, ERROR_MAX);
	import_checks_init(&im.checks, &arena);
	int status = read_document(&im, command->document, &document, &error) &&
				     read_database(&im, command->database, &tables, &error)
			     ? write_out(&im, command->output, &error)
			     : complain(&error);
	buf_done(&document);
	buf_done(&tables);
	buf_done(&error);
	arena_done(&arena);
	return status;
}
