/*
 * Build tool: turns the data files beside this one into the C tables that unicode.c includes.
 *
 *     generate FOLDER >unicode_tables.h
 *
 * Properties with few values become one record for each combination that occurs, found through a
 * two-stage table; the others become sorted arrays for binary search. Each data file has a line
 * "FIRST[..LAST] VALUE..." for each range, in ascending order, and comments that start with '#'.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	POINTS = 0x110000,
	BLOCK = 128, /* code points in a block of the two-stage table */
	MAX_VALUES = 80,
	MAX_RECORDS = 1024,
	MAX_MAPPINGS = 8192,
	MAX_TARGET = 18,       /* UNICODE_MAPPING_MAX of unicode.h */
	MAX_DECOMPOSITION = 4, /* UNICODE_DECOMPOSITION_MAX */
	MAX_CASED = 3,         /* UNICODE_CASED_MAX */
	LINE = 256,
};

#define NITEMS(array) (sizeof(array) / sizeof((array)[0]))

/* The fields of struct unicode_facts, in its order. Values are printed with the prefix; code points
 * that the file omits have the value `omitted`. */
static const struct property {
	const char *file, *prefix, *omitted;
} properties[] = {
	{ "category.txt", "CATEGORY_", "CN" },
	{ "bidi.txt", "BIDI_", "NONE" },
	{ "ccc.txt", "", "0" },
	{ "idna.txt", "IDNA_", "DISALLOWED" },
	{ "joining.txt", "JOINING_", "U" },
	{ "scripts.txt", "SCRIPT_", "OTHER" },
	{ "uts46.txt", "UTS46_", "VALID" },
	{ "space.txt", "", "0" },
	{ "dot.txt", "", "0" },
	{ "casing.txt", "CASING_", "NONE" },
};

struct record {
	uint8_t value[NITEMS(properties)];
};

struct mapping {
	uint32_t first, last;
	size_t len;
	uint32_t target[MAX_TARGET];
};

static struct record facts[POINTS];
static char value_names[NITEMS(properties)][MAX_VALUES][16];
static size_t value_count[NITEMS(properties)];
static struct record records[MAX_RECORDS];
static size_t record_count;
static uint16_t record_of[POINTS];
static struct mapping mappings[MAX_MAPPINGS];
static size_t mapping_count;

static void die(const char *file, const char *what)
{
	fprintf(stderr, "generate: %s: %s\n", file, what);
	exit(EXIT_FAILURE);
}

struct input {
	const char *name;
	FILE *stream;
	uint32_t first, last; /* range of the last line read */
	char value[LINE];     /* the rest of that line */
};

static void input_open(struct input *in, const char *folder, const char *name)
{
	char path[4096];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
		die(name, "path too long");
	*in = (struct input){ .name = name, .stream = fopen(path, "r") };
	if (!in->stream)
		die(path, "cannot be opened");
}

/* Reads the next line that is not a comment. Returns 0 at the end of the file, after closing it. */
static int input_next(struct input *in)
{
	char line[LINE], *rest;

	do {
		if (!fgets(line, sizeof(line), in->stream)) {
			fclose(in->stream);
			return 0;
		}
	} while (line[0] == '#');
	line[strcspn(line, "\n")] = '\0';
	unsigned long first = strtoul(line, &rest, 16);
	unsigned long last = first;
	if (strncmp(rest, "..", 2) == 0)
		last = strtoul(rest + 2, &rest, 16);
	if (*rest != ' ' || first > last || last >= POINTS)
		die(in->name, line);
	in->first = (uint32_t)first;
	in->last = (uint32_t)last;
	memcpy(in->value, rest + 1, strlen(rest));
	return 1;
}

static uint8_t value_id(size_t p, const char *name, size_t len)
{
	for (size_t i = 0; i < value_count[p]; i++)
		if (strlen(value_names[p][i]) == len && strncmp(value_names[p][i], name, len) == 0)
			return (uint8_t)i;
	if (value_count[p] == MAX_VALUES || len >= sizeof(value_names[p][0]))
		die(properties[p].file, name);
	memcpy(value_names[p][value_count[p]], name, len);
	return (uint8_t)value_count[p]++;
}

static void read_property(const char *folder, size_t p)
{
	struct input in;

	value_id(p, properties[p].omitted, strlen(properties[p].omitted)); /* id 0 */
	input_open(&in, folder, properties[p].file);
	while (input_next(&in)) {
		uint8_t id = value_id(p, in.value, strcspn(in.value, " "));
		for (uint32_t point = in.first; point <= in.last; point++)
			facts[point].value[p] = id;
	}
}

static uint16_t record_id(const struct record *wanted)
{
	size_t i = 0;

	while (i < record_count && memcmp(&records[i], wanted, sizeof(*wanted)) != 0)
		i++;
	if (i == MAX_RECORDS)
		die("records", "too many combinations of properties");
	if (i == record_count)
		records[record_count++] = *wanted;
	return (uint16_t)i;
}

static void print_records(void)
{
	for (uint32_t point = 0; point < POINTS; point++) {
		/* Neighbours mostly have the same properties: skip the search. */
		if (point > 0 && memcmp(&facts[point], &facts[point - 1], sizeof(facts[0])) == 0)
			record_of[point] = record_of[point - 1];
		else
			record_of[point] = record_id(&facts[point]);
	}
	printf("static const struct unicode_facts records[] = {\n");
	for (size_t i = 0; i < record_count; i++) {
		printf("\t{");
		for (size_t p = 0; p < NITEMS(properties); p++)
			printf(" %s%s,", properties[p].prefix, value_names[p][records[i].value[p]]);
		printf(" },\n");
	}
	printf("};\n\n");
}

/* Prints the distinct blocks, and for each block of the code space the index of its contents. */
static void print_blocks(void)
{
	static size_t starts[POINTS / BLOCK];
	static size_t block_of[POINTS / BLOCK];
	size_t count = 0;

	printf("static const uint16_t blocks[][%d] = {\n", BLOCK);
	for (size_t b = 0; b < POINTS / BLOCK; b++) {
		const uint16_t *block = &record_of[b * BLOCK];
		size_t i = 0;
		while (i < count &&
			memcmp(&record_of[starts[i]], block, BLOCK * sizeof(*block)) != 0)
			i++;
		block_of[b] = i;
		if (i < count)
			continue;
		starts[count++] = b * BLOCK;
		printf("\t{");
		for (size_t k = 0; k < BLOCK; k++)
			printf(" %d,", block[k]);
		printf(" },\n");
	}
	printf("};\n\nstatic const uint16_t block_of[] = {\n");
	for (size_t b = 0; b < POINTS / BLOCK; b++)
		printf("%zu,%s", block_of[b], b % 16 == 15 ? "\n" : " ");
	printf("};\n\n");
}

/* Reads the lines of a file whose value starts with `skip`, which may be empty; the rest of the
 * value is the target, one or more code points. */
static void read_mappings(const char *folder, const char *file, const char *skip)
{
	struct input in;

	mapping_count = 0;
	input_open(&in, folder, file);
	while (input_next(&in)) {
		if (strncmp(in.value, skip, strlen(skip)) != 0)
			continue;
		if (mapping_count == MAX_MAPPINGS)
			die(file, "too many lines");
		struct mapping *m = &mappings[mapping_count++];
		*m = (struct mapping){ .first = in.first, .last = in.last };
		char *at = in.value + strlen(skip), *end;
		for (; *at; at = end) {
			if (m->len == MAX_TARGET)
				die(file, "target too long");
			m->target[m->len++] = (uint32_t)strtoul(at, &end, 16);
		}
		if (m->len == 0 || (m->len > 1 && m->first != m->last) ||
			(m > mappings && m[-1].last >= m->first))
			die(file, "not ascending, or a range with several targets");
	}
}

static const struct mapping *find_mapping(uint32_t point)
{
	for (size_t i = 0; i < mapping_count; i++)
		if (point >= mappings[i].first && point <= mappings[i].last)
			return &mappings[i];
	return NULL;
}

/* Reads a file whose targets have at most MAX_CASED code points. */
static void read_casing(const char *folder, const char *file)
{
	read_mappings(folder, file, "");
	for (size_t i = 0; i < mapping_count; i++)
		if (mappings[i].len > MAX_CASED)
			die(file, "target too long");
}

/* Makes a one-step decomposition a full one: only its first code point can decompose further
 * (UAX #15: the second of a pair never does). */
static void expand(struct mapping *m)
{
	const struct mapping *next;

	while ((next = find_mapping(m->target[0])) != NULL) {
		if (m->first != m->last || m->len - 1 + next->len > MAX_TARGET)
			die("decomposition.txt", "cannot be expanded");
		uint32_t offset = m->target[0] - next->first;
		memmove(&m->target[next->len], &m->target[1], (m->len - 1) * sizeof(m->target[0]));
		for (size_t i = 0; i < next->len; i++)
			m->target[i] = next->target[i] + offset;
		m->len += next->len - 1;
	}
	if (m->len > MAX_DECOMPOSITION)
		die("decomposition.txt", "too long");
	for (size_t i = 1; i < m->len; i++)
		if (find_mapping(m->target[i]))
			die("decomposition.txt", "more than the first code point decomposes");
}

static void print_mappings(const char *name)
{
	size_t offset = 0;

	printf("static const uint32_t %s_targets[] = {\n", name);
	for (size_t i = 0; i < mapping_count; i++) {
		for (size_t k = 0; k < mappings[i].len; k++)
			printf("0x%X, ", mappings[i].target[k]);
		printf("\n");
	}
	printf("};\n\nstatic const struct mapping %s_mappings[] = {\n", name);
	for (size_t i = 0; i < mapping_count; i++) {
		printf("\t{ 0x%X, %u, %zu, %zu },\n", mappings[i].first,
			mappings[i].last - mappings[i].first, mappings[i].len, offset);
		offset += mappings[i].len;
	}
	printf("};\n\n");
}

static void print_compositions(const char *folder)
{
	struct input in;
	unsigned before[2] = { 0, 0 }, second, composite;

	printf("static const struct composition compositions[] = {\n");
	input_open(&in, folder, "composition.txt");
	while (input_next(&in)) {
		if (sscanf(in.value, "%x %x", &second, &composite) != 2 || in.first < before[0] ||
			(in.first == before[0] && second <= before[1]))
			die(in.name, "not ascending pairs and their composites");
		printf("\t{ 0x%X, 0x%X, 0x%X },\n", in.first, second, composite);
		before[0] = in.first;
		before[1] = second;
	}
	printf("};\n\n");
}

static void print_names(const char *folder)
{
	struct input in;
	uint32_t before = 0;

	printf("static const struct name names[] = {\n");
	input_open(&in, folder, "names.txt");
	while (input_next(&in)) {
		if (in.first <= before || in.first != in.last)
			die(in.name, "not ascending code points");
		printf("\t{ 0x%X, \"%s\" },\n", in.first, in.value);
		before = in.first;
	}
	printf("};\n");
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: generate FOLDER >unicode_tables.h\n");
		return EXIT_FAILURE;
	}
	printf("/* Made by workers/unicode/generate.c from the data files beside it. */\n\n");
	for (size_t p = 0; p < NITEMS(properties); p++)
		read_property(argv[1], p);
	print_records();
	print_blocks();
	read_mappings(argv[1], "uts46.txt", "MAPPED ");
	print_mappings("uts46");
	read_mappings(argv[1], "decomposition.txt", "");
	for (size_t i = 0; i < mapping_count; i++)
		expand(&mappings[i]);
	print_mappings("decomposition");
	read_casing(argv[1], "lower.txt");
	print_mappings("lower");
	read_casing(argv[1], "upper.txt");
	print_mappings("upper");
	read_mappings(argv[1], "digits.txt", "");
	print_mappings("digit");
	print_compositions(argv[1]);
	print_names(argv[1]);
	if (fflush(stdout) != 0 || ferror(stdout))
		die("unicode_tables.h", "cannot be written");
	return EXIT_SUCCESS;
}
