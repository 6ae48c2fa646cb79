#include "peer_api.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STATUS_OK = 200, STATUS_CREATED = 201, STATUS_CONFLICT = 409, MOMENT_SIZE = 32 };

static int refuse(struct text *out, int status, const char *detail)
{
	TEXT_ADD(out, "{\"detail\":");
	text_add_json(out, detail, strlen(detail));
	TEXT_ADD(out, "}");
	return status;
}

static int not_found(struct text *out)
{
	return refuse(out, 404, "Not Found");
}

static int answer_outcome(enum outcome outcome, int status, struct text *out)
{
	if (outcome == OUTCOME_MISSING)
		return refuse(out, 404, "User not found");
	if (outcome == OUTCOME_CONFLICT)
		return refuse(out, STATUS_CONFLICT, "Username or email already exists");
	return status;
}

/* Bodies. */

/* A field of a body: its value, borrowed from the parsed body; NULL: absent. */
struct field {
	const char *name;
	size_t most; /* code points; 0: no limit */
	bool is_email;
	const char *value;
};

static size_t count_points(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += (*text & 0xc0) != 0x80;
	return count;
}

static bool is_email(const char *text)
{
	const char *at = strchr(text, '@');

	return at && at > text && !strchr(at + 1, '@') && strchr(at + 1, '.') && at[1] != '.' &&
	       text[strlen(text) - 1] != '.' && !strpbrk(text, " \t\r\n\"(),:;<>[\\]");
}

static bool take_field(const json_t *object, struct field *field)
{
	const json_t *value = json_object_get(object, field->name);

	if (!value)
		return true;
	field->value = json_string_value(value);
	if (!field->value || !*field->value)
		return false;
	if (field->most > 0 && count_points(field->value) > field->most)
		return false;
	return !field->is_email || is_email(field->value);
}

static int refuse_field(struct text *out, const struct field *field)
{
	char detail[64];

	snprintf(detail, sizeof(detail), "%s is not valid", field->name);
	return refuse(out, 422, detail);
}

/* Takes two fields of the body. Returns 0, or the status of the refusal. The values live as long as
 * *body, which the caller releases. */
static int take_body(const struct request *request, struct field fields[2], bool all, json_t **body,
	struct text *out)
{
	*body = json_loadb(
		request->body.bytes ? request->body.bytes : "", request->body.length, 0, NULL);
	if (!json_is_object(*body))
		return refuse(out, 422, "the body is not a JSON object");
	for (int i = 0; i < 2; i++) {
		if (!take_field(*body, &fields[i]) || (all && !fields[i].value))
			return refuse_field(out, &fields[i]);
	}
	return 0;
}

/* Routes. */

static int write_user(
	struct store *store, const struct request *request, int64_t id, struct text *out)
{
	struct field fields[2] = { { .name = "username", .most = 50 },
		{ .name = "email", .most = 120, .is_email = true } };
	json_t *body = NULL;
	int status = take_body(request, fields, !request->patches, &body, out);

	if (status == 0 && request->patches)
		status = answer_outcome(
			store_update_user(store, id, fields[0].value, fields[1].value, out),
			STATUS_OK, out);
	else if (status == 0)
		status = answer_outcome(
			store_create_user(store, fields[0].value, fields[1].value, out),
			STATUS_CREATED, out);
	json_decref(body);
	return status;
}

static void write_moment(char moment[MOMENT_SIZE])
{
	struct timespec now;
	struct tm parts;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	size_t n = strftime(moment, MOMENT_SIZE, "%Y-%m-%d %H:%M:%S", &parts);
	snprintf(moment + n, MOMENT_SIZE - n, ".%06ld", now.tv_nsec / 1000);
}

static int create_post(
	struct store *store, const struct request *request, int64_t user, struct text *out)
{
	struct field fields[2] = { { .name = "title", .most = 100 }, { .name = "content" } };
	char moment[MOMENT_SIZE];
	json_t *body = NULL;
	int status = take_body(request, fields, true, &body, out);

	write_moment(moment);
	if (status == 0)
		status = answer_outcome(store_create_post(store, user, fields[0].value,
						fields[1].value, moment, out),
			STATUS_CREATED, out);
	json_decref(body);
	return status;
}

static int list_posts(struct store *store, const char *query, struct text *out)
{
	int64_t after = 0, limit = -1;

	for (const char *p = query; *p; p += strcspn(p, "&"), p += *p == '&') {
		if (sscanf(p, "after_id=%" SCNd64, &after) != 1 &&
			(sscanf(p, "limit=%" SCNd64, &limit) != 1 || limit < 1))
			return refuse(out, 422, "after_id or limit is not valid");
	}
	store_list_posts(store, after, limit, out);
	return STATUS_OK;
}

static int answer_collection(
	struct store *store, const struct request *request, const char *target, struct text *out)
{
	if (strcmp(target, "/users") == 0) {
		if (request->patches)
			return refuse(out, 405, "Method Not Allowed");
		if (request->writes)
			return write_user(store, request, 0, out);
		store_list_users(store, out);
		return STATUS_OK;
	}
	if (strncmp(target, "/posts", 6) == 0 && (!target[6] || target[6] == '?'))
		return request->writes ? refuse(out, 405, "Method Not Allowed")
				       : list_posts(store, target + 6 + !!target[6], out);
	return not_found(out);
}

/* The rest of the target is what follows the user's id. */
static int answer_user(struct store *store, const struct request *request, int64_t id,
	const char *rest, struct text *out)
{
	if (strcmp(rest, "/posts") == 0 && request->writes && !request->patches)
		return create_post(store, request, id, out);
	if (*rest)
		return not_found(out);
	if (request->patches)
		return write_user(store, request, id, out);
	if (request->writes)
		return refuse(out, 405, "Method Not Allowed");
	return answer_outcome(store_read_user(store, id, out), STATUS_OK, out);
}

int api_answer(struct store *store, const struct request *request, struct text *out)
{
	static const char users[] = "/users/";
	const char *target = request->target.bytes;
	char *rest;

	if (strncmp(target, users, sizeof(users) - 1) != 0)
		return answer_collection(store, request, target, out);
	long long id = strtoll(target + sizeof(users) - 1, &rest, 10);
	if (rest == target + sizeof(users) - 1)
		return refuse(out, 422, "user_id is not an integer");
	return answer_user(store, request, id, rest, out);
}
