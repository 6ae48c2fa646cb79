#include "unicode.h"

/* NFC leaves code points below this one unchanged, and no two of them compose. */
enum { FIRST_AFFECTED = 0x300 };

static bool is_unaffected(struct points text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] >= FIRST_AFFECTED)
			return false;
	return true;
}

static uint8_t combining(uint32_t point)
{
	return point < FIRST_AFFECTED ? 0 : unicode_facts(point)->combining;
}

static size_t decompose(struct points text, uint32_t *out)
{
	uint32_t target[UNICODE_DECOMPOSITION_MAX];
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		size_t len = text.ptr[i] < 0x80 ? 0 : unicode_decomposition(text.ptr[i], target);
		if (len == 0)
			out[n++] = text.ptr[i];
		for (size_t k = 0; k < len; k++)
			out[n++] = target[k];
	}
	return n;
}

/* Sorts a run of marks by combining class; stable. A counting sort, as a run can be as long as the
 * text. spare has room for n code points. */
static void sort_marks(uint32_t *marks, size_t n, uint32_t *spare)
{
	size_t place[256] = { 0 }, sum = 0;

	for (size_t i = 0; i < n; i++)
		place[combining(marks[i])]++;
	for (size_t ccc = 0; ccc < NITEMS(place); ccc++) {
		size_t count = place[ccc];
		place[ccc] = sum;
		sum += count;
	}
	memcpy(spare, marks, n * sizeof(*marks));
	for (size_t i = 0; i < n; i++)
		marks[place[combining(spare[i])]++] = spare[i];
}

/* The canonical ordering algorithm. */
static void order(uint32_t *points, size_t n, uint32_t *spare)
{
	size_t start = 0;

	while (start < n) {
		bool sorted = true;
		size_t end = start;
		for (uint8_t ccc, before = 0; end < n && (ccc = combining(points[end])) != 0;
			end++) {
			sorted = sorted && ccc >= before;
			before = ccc;
		}
		if (!sorted)
			sort_marks(points + start, end - start, spare);
		start = end + 1;
	}
}

/* Canonical composition in place; returns the new length. */
static size_t compose(uint32_t *points, size_t n)
{
	size_t starter = n; /* index of the last starter; n: none yet */
	size_t end = 0;
	uint8_t before = 0; /* class of the last mark kept after the starter; 0: none */

	for (size_t i = 0; i < n; i++) {
		uint8_t ccc = combining(points[i]);
		bool blocked = starter == n || (end > starter + 1 && before >= ccc);
		uint32_t composite = blocked ? 0 : unicode_composition(points[starter], points[i]);
		if (composite) {
			points[starter] = composite;
			continue;
		}
		if (ccc == 0)
			starter = end;
		before = ccc;
		points[end++] = points[i];
	}
	return end;
}

struct points unicode_nfc(struct arena *arena, struct points text)
{
	if (is_unaffected(text))
		return text;
	uint32_t *points =
		arena_alloc(arena, text.len * UNICODE_DECOMPOSITION_MAX * sizeof(*points));
	size_t n = decompose(text, points);
	uint32_t *spare = arena_alloc(arena, n * sizeof(*spare));
	order(points, n, spare);
	return (struct points){ points, compose(points, n) };
}

/* The following text can change a starter only by composing with it, and no composite consists of
 * more than three starters: NFC up to the fourth starter decides. */
enum { STARTERS_THAT_MATTER = 4 };

struct lead {
	bool decomposes;
	uint8_t combining; /* class of the first code point of the decomposition */
	uint8_t lowest;    /* lowest class of all code points of the decomposition */
};

static struct lead lead_of(uint32_t point)
{
	uint32_t target[UNICODE_DECOMPOSITION_MAX];
	size_t len = point < 0x80 ? 0 : unicode_decomposition(point, target);

	if (len == 0)
		return (struct lead){ false, combining(point), combining(point) };
	struct lead lead = { true, combining(target[0]), combining(target[0]) };
	for (size_t i = 1; i < len; i++)
		if (combining(target[i]) < lead.lowest)
			lead.lowest = combining(target[i]);
	return lead;
}

/* True if NFC of a text that begins with a starter begins with it too. */
static bool starter_is_kept(struct arena *arena, struct points text)
{
	size_t starters = 1, len = 1;

	for (; len < text.len; len++)
		if (lead_of(text.ptr[len]).combining == 0 && ++starters == STARTERS_THAT_MATTER)
			break;
	return unicode_nfc(arena, points_slice(text, 0, len)).ptr[0] == text.ptr[0];
}

const bool *unicode_nfc_kept(struct arena *arena, struct points text)
{
	if (is_unaffected(text))
		return NULL;
	bool *kept = arena_alloc(arena, text.len * sizeof(*kept));
	uint8_t lowest = UINT8_MAX; /* class of the marks from here to the next starter */
	for (size_t i = text.len; i-- > 0;) {
		struct lead lead = lead_of(text.ptr[i]);
		if (lead.combining == 0) {
			kept[i] = starter_is_kept(arena, points_slice(text, i, text.len));
			lowest = UINT8_MAX;
			continue;
		}
		/* Ordering moves a mark behind those of lower classes; a mark that decomposes is
		 * never composed again. */
		kept[i] = !lead.decomposes && lead.combining <= lowest;
		if (lead.lowest < lowest)
			lowest = lead.lowest;
	}
	return kept;
}
