#include "url_domain.h"

#include "arena_buf.h"
#include "idna.h"
#include "punycode.h"
#include "unicode.h"
#include "utf8.h"

/* The crate idna neither encodes nor decodes longer labels. */
enum { ENCODE_MAX = 1000, DECODE_MAX = 2000 };

static const uint32_t a_label[] = { 'x', 'n', '-', '-' };

/* Forbidden domain code points (URL Standard 3.1) of those that the mapping keeps. */
static bool is_forbidden(uint32_t point)
{
	return point <= ' ' || point == 0x7f ||
	       (point < 0x80 && strchr("%#/:<>?@[\\]^|", (int)point));
}

/* The mapping of UTS #46 section 4, then NFC. */
static bool map(struct arena *arena, struct points domain, struct points *mapped)
{
	uint32_t *out = arena_alloc(arena, domain.len * UNICODE_MAPPING_MAX * sizeof(*out));
	size_t n = 0;

	for (size_t i = 0; i < domain.len; i++) {
		uint8_t status = unicode_facts(domain.ptr[i])->uts46;
		if (status == UTS46_DISALLOWED)
			return false;
		if (status == UTS46_MAPPED)
			n += unicode_uts46_mapping(domain.ptr[i], out + n);
		else if (status != UTS46_IGNORED)
			out[n++] = domain.ptr[i];
	}
	*mapped = unicode_nfc(arena, (struct points){ out, n });
	return true;
}

/* True if the mapping keeps each character and NFC keeps the label. */
static bool is_mapped(struct arena *arena, struct points label)
{
	for (size_t i = 0; i < label.len; i++) {
		uint8_t status = unicode_facts(label.ptr[i])->uts46;
		if (status != UTS46_VALID && status != UTS46_DEVIATION)
			return false;
	}
	return points_equal(unicode_nfc(arena, label), label);
}

/* The validity criteria of UTS #46 section 4.1 that hold for each label, mapped or decoded. */
static bool is_valid(struct arena *arena, struct points label)
{
	struct str ignored;

	if (label.len > 0 && unicode_facts(label.ptr[0])->category == CATEGORY_M)
		return false;
	for (size_t i = 0; i < label.len; i++)
		if (is_forbidden(label.ptr[i]))
			return false;
	return idna_check_joiners(arena, label, &ignored);
}

static bool is_a_label(struct points label)
{
	struct points prefix = { a_label, NITEMS(a_label) };

	return label.len >= prefix.len && points_equal(points_slice(label, 0, prefix.len), prefix);
}

/* Decodes an A-label to a U-label, which has characters beyond ASCII. */
static bool decode(struct arena *arena, struct points label, struct points *decoded)
{
	struct points encoded = points_slice(label, NITEMS(a_label), label.len);

	/* A delimiter needs something before it (RFC 3492 6.2). */
	if (points_find(encoded, 0, '-') == 0 && points_find(encoded, 1, '-') == encoded.len)
		return false;
	return encoded.len <= DECODE_MAX && points_are_ascii(encoded) &&
	       punycode_decode(arena, unicode_encode(arena, encoded), decoded) &&
	       !points_are_ascii(*decoded) && is_mapped(arena, *decoded);
}

struct label {
	struct points mapped; /* without a dot */
	struct points u_label;
};

static bool read_label(struct arena *arena, struct points mapped, struct label *label)
{
	*label = (struct label){ mapped, mapped };
	if (is_a_label(mapped) && !decode(arena, mapped, &label->u_label))
		return false;
	return is_valid(arena, label->u_label);
}

/* The Bidi rule (RFC 5893), for all labels of a domain that has characters from right to left. */
static bool check_bidi(struct arena *arena, const struct label *labels, size_t count)
{
	bool right_to_left = false;
	struct str ignored;

	for (size_t i = 0; i < count; i++)
		right_to_left |= idna_is_right_to_left(labels[i].u_label);
	for (size_t i = 0; right_to_left && i < count; i++)
		if (labels[i].u_label.len > 0 &&
			!idna_check_bidi(arena, labels[i].u_label, &ignored))
			return false;
	return true;
}

static bool write_label(struct arena *arena, struct buf *out, const struct label *label)
{
	if (points_are_ascii(label->mapped)) {
		buf_str(out, unicode_encode(arena, label->mapped));
		return true;
	}
	if (label->mapped.len > ENCODE_MAX)
		return false;
	buf_str(out, STR("xn--"));
	buf_str(out, punycode_encode(arena, label->mapped));
	return true;
}

/* Splits a mapped domain at its dots; there is at least one label. */
static size_t read_labels(struct arena *arena, struct points mapped, struct label *labels)
{
	size_t count = 0;

	for (size_t at = 0; at <= mapped.len;) {
		size_t dot = points_find(mapped, at, '.');
		if (!read_label(arena, points_slice(mapped, at, dot), &labels[count++]))
			return 0;
		at = dot + 1;
	}
	return count;
}

static bool write_labels(
	struct arena *arena, const struct label *labels, size_t count, struct str *ascii)
{
	struct buf out;
	bool written = true;

	buf_init(&out, SIZE_MAX);
	for (size_t i = 0; written && i < count; i++) {
		if (i > 0)
			buf_char(&out, '.');
		written = write_label(arena, &out, &labels[i]);
	}
	*ascii = arena_take(arena, &out);
	return written;
}

bool url_domain_to_ascii(struct arena *arena, struct str domain, struct str *ascii)
{
	struct points mapped;

	if (!utf8_valid(domain, UTF8_STRICT) || !map(arena, unicode_decode(arena, domain), &mapped))
		return false;
	struct label *labels = arena_alloc(arena, (mapped.len + 1) * sizeof(*labels));
	size_t count = read_labels(arena, mapped, labels);
	return count > 0 && check_bidi(arena, labels, count) &&
	       write_labels(arena, labels, count, ascii);
}
