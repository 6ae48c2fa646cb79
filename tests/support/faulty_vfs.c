#include "faulty_vfs.h"

#include "str.h"

#include <check.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILES_MAX = 8, PATH_SIZE = 256 };

/* The writes since the last sync, oldest first. */
struct change {
	struct change *next;
	sqlite3_int64 offset;
	size_t len;
	bool truncates; /* truncates to offset instead of writing */
	unsigned char bytes[];
};

/* The part of a file that has been synced. */
struct image {
	char path[PATH_SIZE]; /* "": unused */
	bool exists;
	unsigned char *bytes;
	size_t len, size;
	struct change *first, **last;
};

struct file {
	sqlite3_file base; /* the part that SQLite knows */
	struct image *image;
	sqlite3_file *below; /* the file of the unix VFS, in memory after this struct */
};

static struct plan {
	unsigned count, nth;
	int code;
	bool lasts, failed;
} plans[FAULTY_OP__COUNT];

static struct image images[FILES_MAX];
static void (*before_sync)(void);
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* guards all of these */

static sqlite3_vfs *below_vfs;
static sqlite3_vfs faulty;

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "faulty_vfs: %s\n", what);
	abort();
}

static void must(bool fine, const char *what)
{
	if (!fine)
		die(what);
}

/* Images. */

static void grow(struct image *image, size_t len)
{
	if (len <= image->len)
		return;
	if (!image->bytes || len > image->size) {
		size_t size = len + len / 2;
		unsigned char *bytes = realloc(image->bytes, size);
		if (!bytes)
			die("out of memory");
		image->bytes = bytes;
		image->size = size;
	}
	memset(image->bytes + image->len, 0, len - image->len);
	image->len = len;
}

static void apply(struct image *image, const struct change *change)
{
	size_t offset = (size_t)change->offset;

	if (change->truncates) {
		image->len = image->len < offset ? image->len : offset;
		return;
	}
	grow(image, offset + change->len);
	if (image->bytes) /* NULL if the file was always empty */
		memcpy(image->bytes + offset, change->bytes, change->len);
}

static void drop_changes(struct image *image)
{
	for (struct change *change = image->first, *next; change; change = next) {
		next = change->next;
		free(change);
	}
	image->first = NULL;
	image->last = &image->first;
}

static void forget(struct image *image)
{
	drop_changes(image);
	free(image->bytes);
	*image = (struct image){ .last = &image->first };
}

static void load(struct image *image)
{
	FILE *file = fopen(image->path, "rb");

	if (!file)
		return;
	image->exists = true;
	must(fseek(file, 0, SEEK_END) == 0, "cannot seek");
	grow(image, (size_t)ftell(file));
	rewind(file);
	must(fread(image->bytes, 1, image->len, file) == image->len, "cannot read");
	fclose(file);
}

static struct image *find_image(const char *path)
{
	for (int i = 0; i < FILES_MAX; i++)
		if (strcmp(images[i].path, path) == 0)
			return &images[i];
	return NULL;
}

static struct image *image_of(const char *path)
{
	struct image *image = find_image(path);

	if (image)
		return image;
	image = find_image("");
	must(image && strlen(path) < PATH_SIZE, "too many files, or too long a name");
	snprintf(image->path, sizeof(image->path), "%s", path);
	image->last = &image->first;
	load(image);
	return image;
}

static void record(struct image *image, const void *bytes, size_t len, sqlite3_int64 offset)
{
	struct change *change = malloc(sizeof(*change) + len);

	if (!change)
		die("out of memory");
	*change = (struct change){ .offset = offset, .len = len, .truncates = !bytes };
	if (bytes)
		memcpy(change->bytes, bytes, len);
	*image->last = change;
	image->last = &change->next;
}

/* Failures. */

/* Returns SQLITE_OK, or the code with which this operation fails. */
static int next_result(enum faulty_op op)
{
	struct plan *plan = &plans[op];
	bool fails = ++plan->count == plan->nth ||
		     (plan->lasts && plan->nth > 0 && plan->count > plan->nth);

	plan->failed |= fails;
	return fails ? plan->code : SQLITE_OK;
}

void faulty_vfs_fail(enum faulty_op op, unsigned nth, int code, bool lasts)
{
	pthread_mutex_lock(&mutex);
	plans[op] = (struct plan){ .nth = nth, .code = code, .lasts = lasts };
	pthread_mutex_unlock(&mutex);
}

void faulty_vfs_heal(void)
{
	pthread_mutex_lock(&mutex);
	memset(plans, 0, sizeof(plans));
	pthread_mutex_unlock(&mutex);
}

unsigned faulty_vfs_count(enum faulty_op op)
{
	pthread_mutex_lock(&mutex);
	unsigned count = plans[op].count;
	pthread_mutex_unlock(&mutex);
	return count;
}

bool faulty_vfs_has_failed(void)
{
	bool failed = false;

	pthread_mutex_lock(&mutex);
	for (int op = 0; op < FAULTY_OP__COUNT; op++)
		failed |= plans[op].failed;
	pthread_mutex_unlock(&mutex);
	return failed;
}

void faulty_vfs_on_sync(void (*before)(void))
{
	before_sync = before;
}

/* Methods of a file. */

static sqlite3_file *below(sqlite3_file *file)
{
	return ((struct file *)(void *)file)->below;
}

static struct image *image_of_file(sqlite3_file *file)
{
	return ((struct file *)(void *)file)->image;
}

static int file_close(sqlite3_file *file)
{
	return below(file)->pMethods->xClose(below(file));
}

static int file_read(sqlite3_file *file, void *bytes, int len, sqlite3_int64 offset)
{
	return below(file)->pMethods->xRead(below(file), bytes, len, offset);
}

static int file_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 offset)
{
	pthread_mutex_lock(&mutex);
	int result = next_result(FAULTY_WRITE);
	int written = result == SQLITE_OK ? len : len / 2;
	if (written > 0)
		record(image_of_file(file), bytes, (size_t)written, offset);
	pthread_mutex_unlock(&mutex);
	int rc = below(file)->pMethods->xWrite(below(file), bytes, written, offset);
	return result == SQLITE_OK ? rc : result;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	pthread_mutex_lock(&mutex);
	record(image_of_file(file), NULL, 0, size);
	pthread_mutex_unlock(&mutex);
	return below(file)->pMethods->xTruncate(below(file), size);
}

/* Does not sync the real file: the machine that runs the tests has no power cut. */
static int file_sync(sqlite3_file *file, int flags)
{
	struct image *image = image_of_file(file);

	(void)flags;
	if (before_sync)
		before_sync();
	pthread_mutex_lock(&mutex);
	int result = next_result(FAULTY_SYNC);
	if (result == SQLITE_OK) {
		image->exists = true;
		for (const struct change *change = image->first; change; change = change->next)
			apply(image, change);
	}
	drop_changes(image);
	pthread_mutex_unlock(&mutex);
	return result;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return below(file)->pMethods->xFileSize(below(file), size);
}

static int file_lock(sqlite3_file *file, int lock)
{
	return below(file)->pMethods->xLock(below(file), lock);
}

static int file_unlock(sqlite3_file *file, int lock)
{
	return below(file)->pMethods->xUnlock(below(file), lock);
}

static int file_check_reserved_lock(sqlite3_file *file, int *result)
{
	return below(file)->pMethods->xCheckReservedLock(below(file), result);
}

static int file_control(sqlite3_file *file, int op, void *argument)
{
	return below(file)->pMethods->xFileControl(below(file), op, argument);
}

static int file_sector_size(sqlite3_file *file)
{
	return below(file)->pMethods->xSectorSize(below(file));
}

static int file_characteristics(sqlite3_file *file)
{
	return below(file)->pMethods->xDeviceCharacteristics(below(file));
}

static int file_shm_map(
	sqlite3_file *file, int region, int size, int extend, void volatile **memory)
{
	return below(file)->pMethods->xShmMap(below(file), region, size, extend, memory);
}

static int file_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	return below(file)->pMethods->xShmLock(below(file), offset, n, flags);
}

static void file_shm_barrier(sqlite3_file *file)
{
	below(file)->pMethods->xShmBarrier(below(file));
}

static int file_shm_unmap(sqlite3_file *file, int deletes)
{
	return below(file)->pMethods->xShmUnmap(below(file), deletes);
}

/* Version 2: with shared memory, which WAL needs, without memory-mapped reads. */
static const sqlite3_io_methods file_methods = {
	.iVersion = 2,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_unlock,
	.xCheckReservedLock = file_check_reserved_lock,
	.xFileControl = file_control,
	.xSectorSize = file_sector_size,
	.xDeviceCharacteristics = file_characteristics,
	.xShmMap = file_shm_map,
	.xShmLock = file_shm_lock,
	.xShmBarrier = file_shm_barrier,
	.xShmUnmap = file_shm_unmap,
};

/* The VFS. */

static int vfs_open(
	sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *flags_out)
{
	struct file *file = (struct file *)(void *)base;

	(void)vfs;
	must(name, "a temporary file");
	file->below = (sqlite3_file *)(void *)(file + 1);
	file->base.pMethods = NULL;
	pthread_mutex_lock(&mutex);
	file->image = image_of(name);
	pthread_mutex_unlock(&mutex);
	int rc = below_vfs->xOpen(below_vfs, name, file->below, flags, flags_out);
	if (file->below->pMethods)
		file->base.pMethods = &file_methods;
	return rc;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
	(void)vfs;
	(void)sync_folder;
	pthread_mutex_lock(&mutex);
	struct image *image = find_image(name);
	if (image) {
		drop_changes(image);
		image->len = 0;
		image->exists = false;
	}
	pthread_mutex_unlock(&mutex);
	return below_vfs->xDelete(below_vfs, name, 0);
}

void faulty_vfs_register(void)
{
	below_vfs = sqlite3_vfs_find("unix");
	must(below_vfs, "there is no unix VFS");
	/* Methods that do not concern files are called with this struct. The unix VFS reads only
	 * mxPathname and pAppData of it. */
	faulty = *below_vfs;
	faulty.zName = "faulty";
	faulty.szOsFile = (int)sizeof(struct file) + below_vfs->szOsFile;
	faulty.xOpen = vfs_open;
	faulty.xDelete = vfs_delete;
	must(sqlite3_vfs_register(&faulty, 1) == SQLITE_OK, "cannot register");
}

/* Power cuts. */

static void write_image(const struct image *image, const char *path)
{
	FILE *file = fopen(path, "wb");

	must(file, "cannot write a copy");
	must(fwrite(image->bytes, 1, image->len, file) == image->len, "cannot write a copy");
	must(fclose(file) == 0, "cannot write a copy");
}

/* Applies a random part of the unsynced writes to the image. The caller frees its bytes. */
static struct image keep_some(const struct image *image, unsigned *seed)
{
	struct image copy = { .exists = image->exists };

	grow(&copy, image->len);
	if (image->len > 0)
		memcpy(copy.bytes, image->bytes, image->len);
	for (const struct change *change = image->first; change; change = change->next)
		if (rand_r(seed) & 1)
			apply(&copy, change);
	return copy;
}

static void cut_file(const char *from, const char *to, unsigned *seed)
{
	const struct image *image = find_image(from);

	unlink(to);
	if (!image || !image->exists)
		return;
	if (*seed == 0) {
		write_image(image, to);
		return;
	}
	struct image copy = keep_some(image, seed);
	write_image(&copy, to);
	free(copy.bytes);
}

void faulty_vfs_cut(const char *from, const char *to, unsigned seed)
{
	static const char *const suffixes[] = { "", "-wal", "-journal", "-shm" };
	char source[PATH_SIZE], target[PATH_SIZE];

	pthread_mutex_lock(&mutex);
	for (size_t i = 0; i < NITEMS(suffixes); i++) {
		snprintf(source, sizeof(source), "%s%s", from, suffixes[i]);
		snprintf(target, sizeof(target), "%s%s", to, suffixes[i]);
		cut_file(source, target, &seed);
	}
	pthread_mutex_unlock(&mutex);
}

void faulty_vfs_forget(void)
{
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < FILES_MAX; i++)
		forget(&images[i]);
	pthread_mutex_unlock(&mutex);
}
