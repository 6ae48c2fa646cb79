#include "metrics.h"

#include "response.h"

#include <inttypes.h>
#include <stdio.h>

enum {
	LABELS_MAX = 4 * 1024 * 1024, /* bytes of the labels of a sample */
	METHODS = METHOD_QUERY + 2 /* those that OpenTelemetry knows, which come first; "_OTHER" */
};

_Static_assert(STATS_ANSWERS == METHODS * RESPONSE_STATUSES_MAX, "STATS_ANSWERS is wrong");
_Static_assert(ENDPOINT_UNNUMBERED == STATS_ROUTES - 1, "endpoints have other numbers than routes");

/* A key combines the numbers of route, method and status; the last number of each means unknown. */

unsigned metrics_key(const struct endpoint *endpoint, enum method method, int status)
{
	unsigned route = endpoint ? endpoint->number : ENDPOINT_UNNUMBERED;
	unsigned known = method <= METHOD_QUERY ? (unsigned)method : METHODS - 1;

	return stats_key(route, known * RESPONSE_STATUSES_MAX + response_status_place(status));
}

static void write_key_labels(
	struct buf *out, unsigned key, const struct endpoint *const by_number[])
{
	unsigned status = key % RESPONSE_STATUSES_MAX;
	unsigned method = key / RESPONSE_STATUSES_MAX % METHODS;
	const struct endpoint *endpoint = by_number[key / STATS_ANSWERS];

	buf_str(out, STR("http_request_method=\""));
	buf_str(out, method < METHODS - 1 ? method_names[method] : STR("_OTHER"));
	if (endpoint) {
		buf_str(out, STR("\",http_route=\""));
		buf_str(out, str_from(endpoint->path));
	}
	buf_printf(out, "\",http_response_status_code=\"%d\"", response_status_at(status));
}

/* Seconds have nine decimals, without trailing zeros. */
static void write_value(struct buf *out, enum stat_unit unit, uint64_t value)
{
	char text[48];

	if (unit != STAT_UNIT_SECONDS) {
		buf_printf(out, "%" PRIu64, value);
		return;
	}
	int n = snprintf(text, sizeof(text), "%" PRIu64 ".%09" PRIu64, value / 1000000000,
		value % 1000000000);
	while (text[n - 1] == '0')
		n--;
	n -= text[n - 1] == '.';
	buf_str(out, (struct str){ text, (size_t)n });
}

/* name_suffix{labels} value, where labels may be "". */
static void write_sample(struct buf *out, const struct stat_info *info, const char *suffix,
	struct str labels, enum stat_unit unit, uint64_t value)
{
	buf_printf(out, "%s%s", info->name, suffix);
	if (labels.len > 0) {
		buf_char(out, '{');
		buf_str(out, labels);
		buf_char(out, '}');
	}
	buf_char(out, ' ');
	write_value(out, unit, value);
	buf_char(out, '\n');
}

static void write_bucket(struct buf *out, const struct stat_info *info, struct str labels,
	unsigned bucket, uint64_t count)
{
	buf_printf(out, "%s_bucket{", info->name);
	buf_str(out, labels);
	buf_printf(out, "%sle=\"", labels.len > 0 ? "," : "");
	if (bucket < STATS_BOUNDS)
		write_value(out, info->unit, stat_bounds(info->shape)[bucket]);
	else
		buf_str(out, STR("+Inf"));
	buf_printf(out, "\"} %" PRIu64 "\n", count);
}

static void write_histogram(
	struct buf *out, const struct stat_info *info, struct str labels, const uint64_t *cells)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < STATS_BUCKETS; i++) {
		count += cells[i];
		write_bucket(out, info, labels, i, count);
	}
	write_sample(out, info, "_sum", labels, info->unit, cells[STATS_BUCKETS]);
	write_sample(out, info, "_count", labels, STAT_UNIT_NUMBER, count);
}

/* What the writers below share; there is one for each shape of statistics. */
struct writing {
	struct buf *out;
	const struct stat_info *info;
	const struct stats_sums *sums;
	const struct endpoint *by_number[STATS_ROUTES];
	struct buf labels; /* of the next sample */
};

static const uint64_t *cells_of(const struct writing *w)
{
	return &w->sums->cells[w->info->first];
}

static void write_one(struct writing *w)
{
	write_sample(w->out, w->info, "", STR(""), w->info->unit, *cells_of(w));
}

static void write_labelled(struct writing *w, uint64_t value)
{
	write_sample(w->out, w->info, "", buf_view(&w->labels), w->info->unit, value);
	buf_reset(&w->labels, SIZE_MAX);
}

static void write_by_label(struct writing *w)
{
	struct stat_label label = stat_label(w->info->shape);

	for (unsigned i = 0; i < label.count; i++) {
		buf_printf(&w->labels, "%s=\"%s\"", label.name, label.values[i]);
		write_labelled(w, cells_of(w)[i]);
	}
}

static uint64_t of_reader(const struct writing *w, unsigned reader, unsigned cell)
{
	return w->sums
		->cells[stat_infos[STAT_READER_COMMANDS].first + stat_reader_cell(reader, cell)];
}

/* Of all threads of dbd. */
static uint64_t count_outcome(const struct writing *w, enum action action, unsigned outcome)
{
	uint64_t count = cells_of(w)[stat_action_outcome(action, outcome)];

	for (unsigned i = 0; i < READERS_MAX && outcome == STAT_OUTCOME_DONE; i++)
		count += of_reader(w, i, action);
	return count;
}

static uint64_t count_of_reader(const struct writing *w, unsigned reader)
{
	uint64_t count = 0;

	for (unsigned cell = 0; cell <= STATS_READER_OTHERS; cell++)
		count += of_reader(w, reader, cell);
	return count;
}

/* Leaves out threads that are not there, or have done nothing. */
static void write_readers(struct writing *w)
{
	for (unsigned i = 0; i < READERS_MAX; i++) {
		uint64_t count = count_of_reader(w, i);
		if (count == 0)
			continue;
		buf_printf(&w->labels, "reader=\"%u\"", i + 1);
		write_labelled(w, count);
	}
}

static void write_actions(struct writing *w)
{
	for (unsigned i = 0; i < ACTION__COUNT * STAT_OUTCOME__COUNT; i++) {
		buf_printf(&w->labels, "action=\"%s\",status=\"%s\"",
			action_name(i / STAT_OUTCOME__COUNT),
			stat_outcome_name(i % STAT_OUTCOME__COUNT));
		write_labelled(
			w, count_outcome(w, i / STAT_OUTCOME__COUNT, i % STAT_OUTCOME__COUNT));
	}
}

static void write_cells(struct writing *w)
{
	write_histogram(w->out, w->info, STR(""), cells_of(w));
}

static void write_endpoints(struct writing *w)
{
	for (unsigned i = 0; i < w->sums->nseries; i++) {
		const struct stats_series *series = &w->sums->series[i];
		write_key_labels(&w->labels, series->key, w->by_number);
		write_histogram(w->out, w->info, buf_view(&w->labels), series->cells);
		buf_reset(&w->labels, SIZE_MAX);
	}
}

/* Leaves out processes that the master has not measured yet. */
static void write_processes(struct writing *w)
{
	for (unsigned i = 0; i < w->sums->nprocesses; i++) {
		const struct stats_process *process = &w->sums->processes[i];
		if (process->bytes == 0)
			continue;
		buf_printf(
			&w->labels, "process=\"%s\",pid=\"%d\"", process->name, (int)process->pid);
		write_labelled(
			w, w->info->unit == STAT_UNIT_BYTES ? process->bytes : process->cpu_ns);
	}
}

/* Appends the value of a label. */
static void write_escaped(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' || *text == '"')
			buf_char(out, '\\');
		if (*text == '\n')
			buf_str(out, STR("\\n"));
		else
			buf_char(out, *text);
	}
}

static void write_api(struct writing *w)
{
	buf_str(&w->labels, STR("title=\""));
	write_escaped(&w->labels, api->title);
	buf_str(&w->labels, STR("\",version=\""));
	write_escaped(&w->labels, api->version);
	buf_char(&w->labels, '"');
	write_labelled(w, 1);
}

static void write_build(struct writing *w)
{
	write_sample(
		w->out, w->info, "", STR("version=\"" POSTERN_VERSION "\""), STAT_UNIT_NUMBER, 1);
}

void metrics_write(struct buf *out, const struct stats_sums *sums, const struct routes *routes)
{
	static void (*const writers[])(struct writing * w) = {
		[STAT_SHAPE_ONE] = write_one,
		[STAT_SHAPE_CAUSE] = write_by_label,
		[STAT_SHAPE_ACTION_OUTCOME] = write_actions,
		[STAT_SHAPE_READER] = write_readers,
		[STAT_SHAPE_ROLE] = write_by_label,
		[STAT_SHAPE_RECONNECT] = write_by_label,
		[STAT_SHAPE_ROLLBACK] = write_by_label,
		[STAT_SHAPE_LOST_COMMIT] = write_by_label,
		[STAT_SHAPE_FLUSH] = write_by_label,
		[STAT_SHAPE_SIZES] = write_cells,
		[STAT_SHAPE_DISK] = write_cells,
		[STAT_SHAPE_ENDPOINT] = write_endpoints,
		[STAT_SHAPE_PROCESS] = write_processes,
		[STAT_SHAPE_API] = write_api,
		[STAT_SHAPE_BUILD] = write_build,
	};
	static const char *const kinds[] = {
		[STAT_KIND_COUNTER] = "counter",
		[STAT_KIND_GAUGE] = "gauge",
		[STAT_KIND_HISTOGRAM] = "histogram",
	};
	struct writing w = { .out = out, .sums = sums };

	for (unsigned i = 0; i < routes->count; i++)
		w.by_number[routes->endpoints[i].number] = &routes->endpoints[i];
	w.by_number[ENDPOINT_UNNUMBERED] = NULL;
	buf_init(&w.labels, LABELS_MAX);
	for (enum stats_id i = 0; i < STAT__COUNT; i++) {
		w.info = &stat_infos[i];
		buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", w.info->name, w.info->help,
			w.info->name, kinds[w.info->kind]);
		writers[w.info->shape](&w);
	}
	buf_done(&w.labels);
}
