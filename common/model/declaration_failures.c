/* The words of failures: `not_found`, `conflict` and `in_use`. */
#include "declaration_reading.h"

#include "json_write.h"

enum { CLIENT_ERROR = 400, CLIENT_ERROR_MOST = 499 };

const struct failure_words declaration_not_found = { "not_found", 404, STR_INIT("{id}") };
const struct failure_words declaration_conflict = { "conflict", 409, STR_INIT("{field}") };
const struct failure_words declaration_in_use = { "in_use", 409, STR_INIT("{id}") };

/* Without the quotes. */
static const char *json_content(struct reading *r, struct str text)
{
	struct buf quoted;

	buf_init(&quoted, DECLARATION_CANONICAL_MOST);
	json_write_string(&quoted, text);
	struct str whole = reading_keep(r, &quoted);
	return region_copy(r->region, (struct str){ whole.ptr + 1, whole.len - 2 }).ptr;
}

static bool detail_read(struct reading *r, const struct spot *spot,
	const struct failure_words *failure, struct words *words)
{
	struct str text;

	if (!reading_text(r, spot, &text) ||
		!declaration_check_placeholders(r, spot, text, failure->placeholders))
		return false;
	words->text = json_content(r, text);
	return true;
}

static bool status_read(struct reading *r, const struct spot *spot, struct words *words)
{
	uint32_t status;

	if (!reading_count(r, spot, CLIENT_ERROR, CLIENT_ERROR_MOST, &status))
		return false;
	words->status = (int)status;
	return true;
}

static bool read_word(struct reading *r, const struct spot *spot,
	const struct failure_words *failure, struct words *words)
{
	if (str_equal(spot->name, STR("status")))
		return status_read(r, spot, words);
	if (str_equal(spot->name, STR("detail")))
		return detail_read(r, spot, failure, words);
	return reading_refuse_key(r, spot, STR("status, detail"));
}

bool declaration_read_failure(struct reading *r, const struct spot *spot,
	const struct failure_words *failure, struct words *words)
{
	words->status = failure->status;
	if (spot->value->type == JSON_STRING)
		return detail_read(r, spot, failure, words);
	if (spot->value->type != JSON_OBJECT)
		return reading_refuse_found(r, spot, "allowed are a string and an object");
	for (const struct json *k = spot->value->first; k; k = k->next->next)
		if (!read_word(r, spot_child(r, spot, k->text, k, k->next), failure, words))
			return false;
	return true;
}

static void write_detail(struct buf *out, const char *text)
{
	buf_char(out, '"');
	buf_str(out, str_from(text));
	buf_char(out, '"');
}

void declaration_write_failure(
	struct buf *out, const struct failure_words *failure, const struct words *words)
{
	if (words->text && words->status == failure->status) {
		write_detail(out, words->text);
		return;
	}
	buf_printf(out, "{\"status\": %d", words->status);
	if (words->text) {
		buf_str(out, STR(", \"detail\": "));
		write_detail(out, words->text);
	}
	buf_char(out, '}');
}

bool declaration_has_failure(const struct failure_words *failure, const struct words *words)
{
	return words->text || words->status != failure->status;
}

static void write_of(struct buf *out, const char *indent, const struct failure_words *failure,
	const struct words *words)
{
	if (!declaration_has_failure(failure, words))
		return;
	buf_printf(out, "%s\"%s\": ", indent, failure->name);
	declaration_write_failure(out, failure, words);
	buf_str(out, STR(",\n"));
}

void declaration_write_failures(struct buf *out, const char *indent, const struct resource *r)
{
	write_of(out, indent, &declaration_not_found, &r->not_found);
	write_of(out, indent, &declaration_conflict, &r->conflict);
	write_of(out, indent, &declaration_in_use, &r->in_use);
}
