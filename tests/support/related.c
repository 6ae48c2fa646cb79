#include "related.h"

#define KEY                                                                                        \
	{                                                                                          \
		.name = "id", .type = FIELD_INT, .flags = FIELD_KEY | FIELD_INDEX                  \
	}
#define TEXT(name_)                                                                                \
	{                                                                                          \
		.name = name_, .type = FIELD_TEXT, .flags = FIELD_INPUT,                           \
		.len = { 0,                                                                        \
			FIELD_UNBOUNDED }                                                          \
	}
#define PARENT(name_)                                                                              \
	{                                                                                          \
		.name = name_, .type = FIELD_INT, .flags = FIELD_PARENT | FIELD_INDEX              \
	}
#define SET(name_, type_, flags_)                                                                  \
	{                                                                                          \
		.name = name_, .type = type_, .flags = flags_                                      \
	}

static const struct field author_fields[] = { KEY, TEXT("name") };
static const struct field book_fields[] = { KEY, TEXT("title"), PARENT("author_id") };
static const struct field review_fields[] = { KEY, TEXT("comment"), PARENT("book_id") };
static const struct field award_fields[] = { KEY, TEXT("name"), PARENT("author_id") };
static const struct field category_fields[] = {
	KEY,
	TEXT("name"),
	{ .name = "above_id",
		.type = FIELD_REFERENCE,
		.flags = FIELD_INPUT | FIELD_NULLABLE,
		.to = &category },
};
static const struct field shop_fields[] = { KEY, TEXT("name") };
static const struct field product_fields[] = {
	KEY,
	TEXT("name"),
	{ .name = "category_id", .type = FIELD_REFERENCE, .flags = FIELD_INPUT, .to = &category },
	{ .name = "author_id",
		.type = FIELD_REFERENCE,
		.flags = FIELD_INPUT | FIELD_NULLABLE,
		.to = &author },
	PARENT("shop_id"),
};
static const struct field sale_fields[] = {
	KEY,
	{ .name = "product_id",
		.type = FIELD_REFERENCE,
		.flags = FIELD_INPUT | FIELD_RESTRICTS,
		.to = &product },
	PARENT("shop_id"),
};
static const struct field lease_fields[] = { KEY, TEXT("street"), PARENT("shop_id") };
static const struct field stamp_fields[] = {
	KEY,
	TEXT("name"),
	{ .name = "note",
		.type = FIELD_TEXT,
		.flags = FIELD_INPUT | FIELD_NULLABLE,
		.len = { 0, FIELD_UNBOUNDED } },
	SET("token", FIELD_UUID, FIELD_NOW | FIELD_HIDDEN),
	SET("made", FIELD_DATETIME, FIELD_NOW),
	SET("changed", FIELD_DATETIME, FIELD_NOW_TOO),
	SET("touched", FIELD_DATETIME, FIELD_NOW_TOO | FIELD_NULLABLE),
	{ .name = "state",
		.type = FIELD_INT,
		.flags = FIELD_PRESET,
		.preset = { .kind = VALUE_INT, .integer = 7 } },
	SET("seen", FIELD_INT, FIELD_NULLABLE),
};

#define RESOURCE(name_, plural_, schema_, ...)                                                     \
	struct resource name_ = { .name = #name_,                                                  \
		.plural = plural_,                                                                 \
		.table = plural_,                                                                  \
		.schema = schema_,                                                                 \
		.fields = name_##_fields,                                                          \
		.nfields = NITEMS(name_##_fields),                                                 \
		__VA_ARGS__ }

RESOURCE(author, "authors", "Author", .parent = NULL);
RESOURCE(book, "books", "Book", .parent = &author, .embedded = true);
RESOURCE(review, "reviews", "Review", .parent = &book, .embedded = true);
RESOURCE(award, "awards", "Award", .parent = &author, .embedded = true);
RESOURCE(category, "categories", "Category", .parent = NULL);
RESOURCE(shop, "shops", "Shop", .parent = NULL);
RESOURCE(product, "products", "Product", .parent = &shop, .embedded = true);
RESOURCE(sale, "sales", "Sale", .parent = &shop);
RESOURCE(lease, "leases", "Lease", .parent = &shop, .restricts = true);
RESOURCE(stamp, "stamps", "Stamp", .parent = NULL);

static struct resource *const resources[] = { &author, &book, &review, &award, &category, &shop,
	&product, &sale, &lease, &stamp };

static const struct resource *list[NITEMS(resources)];

static const struct api related_api = {
	.title = "Relations",
	.version = "0.1.0",
	.resources = list,
	.nresources = NITEMS(resources),
	.numbered = list,
	.nnumbers = NITEMS(resources),
};

/* What declaration_read derives. */

static void derive_fields(struct resource *r)
{
	r->parent_field = resource_field_with(r, FIELD_PARENT);
	memset(r->masks, 0, sizeof(r->masks));
	for (unsigned bit = 0; bit < FIELD_FLAG_COUNT; bit++)
		for (unsigned i = 0; i < r->nfields; i++)
			r->masks[bit] |= (uint64_t)(r->fields[i].flags >> bit & 1) << i;
}

static struct resource *parent_of(const struct resource *r)
{
	for (unsigned i = 0; i < NITEMS(resources); i++)
		if (resources[i] == r->parent)
			return resources[i];
	return NULL;
}

static void link_child(struct resource *r)
{
	struct resource *parent = parent_of(r);

	if (!parent)
		return;
	r->next_child = parent->first_child;
	parent->first_child = r;
	if (!r->embedded)
		return;
	r->next_embedded = parent->first_embedded;
	parent->first_embedded = r;
}

void related_use(void)
{
	for (unsigned i = 0; i < NITEMS(resources); i++) {
		struct resource *r = resources[i];
		list[i] = r;
		r->index = r->number = i;
		r->shape = i + 1;
		r->depth = r->parent ? r->parent->depth + 1 : 1;
		r->first_child = r->next_child = r->first_embedded = r->next_embedded = NULL;
		derive_fields(r);
	}
	for (unsigned i = NITEMS(resources); i-- > 0;)
		link_child(resources[i]);
	api = &related_api;
}
