#include "assets.h"

#include "page_assets.h"

/* Includes a file of the build as an array in the read-only data. */
#define EMBED(name, file)                                                                          \
	extern const char name[];                                                                  \
	__asm__(".pushsection .rodata\n" #name ": .incbin \"" file "\"\n.popsection");

#define ASSET(name, type, file, size, gzip_size)                                                   \
	EMBED(name##_plain, file)                                                                  \
	EMBED(name##_gzip, file ".gz")
ASSETS
#undef ASSET

const struct asset assets[] = {
#define ASSET(name, type, file, size, gzip_size)                                                   \
	{ STR_INIT("/" name##_URL), STR_INIT(type), { name##_plain, size },                        \
		{ name##_gzip, gzip_size } },
	ASSETS
#undef ASSET
};

const unsigned nassets = NITEMS(assets);
