#include "url_path.h"

#include "ascii.h"
#include "url_percent.h"

static bool is_slash(char c)
{
	return c == '/' || c == '\\';
}

/* The number of dots in a segment of one or two of them, "%2e" being one; else 0. */
static unsigned dots_of(struct str segment)
{
	unsigned dots = 0;

	while (segment.len > 0 && dots <= 2) {
		if (segment.ptr[0] == '.')
			segment = str_from_index(segment, 1);
		else if (segment.len >= 3 &&
			 ascii_equal_nocase((struct str){ segment.ptr, 3 }, STR("%2e")))
			segment = str_from_index(segment, 3);
		else
			return 0;
		dots++;
	}
	return dots <= 2 ? dots : 0;
}

/* The crate keeps a Windows drive letter in the URLs of all schemes. */
static bool is_drive_letter(struct str segment)
{
	return segment.len == 2 && ascii_is(ASCII_ALPHA, segment.ptr[0]) &&
	       (segment.ptr[1] == ':' || segment.ptr[1] == '|');
}

/* Removes the last segment of the path that begins at root. */
static void drop_segment(struct buf *out, size_t root)
{
	struct str all = buf_view(out);
	size_t end = all.len - 1, begin = end;

	while (begin > root && all.ptr[begin - 1] != '/')
		begin--;
	if (end > root && !is_drive_letter((struct str){ all.ptr + begin, end - begin }))
		buf_truncate(out, begin);
}

void url_put_path(struct buf *out, struct str text)
{
	size_t root = buf_len(out);

	buf_char(out, '/');
	if (text.len > 0 && is_slash(text.ptr[0]))
		text = str_from_index(text, 1);
	while (text.len > 0 && !out->failed) {
		size_t end = 0;
		while (end < text.len && !is_slash(text.ptr[end]))
			end++;
		struct str segment = { text.ptr, end };
		unsigned dots = dots_of(segment);
		if (dots == 2)
			drop_segment(out, root);
		else if (dots == 0)
			url_encode(out, segment, URL_SET_PATH);
		if (dots == 0 && end < text.len)
			buf_char(out, '/');
		text = str_from_index(text, end < text.len ? end + 1 : end);
	}
}
