#include "region.h"

#include "log.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t whole_pages(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

bool region_init(struct region *r, size_t size)
{
	*r = (struct region){ 0 };
	size = whole_pages(size ? size : 1);
	char *start = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (start == MAP_FAILED)
		return false;
	*r = (struct region){ start, start, start + size };
	return true;
}

void *region_alloc(struct region *r, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	size_t room = (size_t)(r->end - r->next);

	if (size > room || room - size < align)
		log_die("out of memory: %zu bytes asked of a region", size);
	void *p = r->next;
	r->next += (size + align - 1) & ~(align - 1);
	return p;
}

struct str region_copy(struct region *r, struct str s)
{
	char *copy = region_alloc(r, s.len + 1);

	if (s.len > 0)
		memcpy(copy, s.ptr, s.len);
	return (struct str){ copy, s.len };
}

bool region_seal(struct region *r)
{
	char *used = r->start + whole_pages((size_t)(r->next - r->start));

	if (used < r->end && munmap(used, (size_t)(r->end - used)) < 0)
		return false;
	r->next = r->end = used;
	return mprotect(r->start, (size_t)(used - r->start), PROT_READ) == 0;
}

void region_done(struct region *r)
{
	if (r->start)
		munmap(r->start, (size_t)(r->end - r->start));
	*r = (struct region){ 0 };
}
