#include "related.h"

#include "sample.h"

#define REFERENCE(to, more) "{\"type\": \"reference\", \"to\": \"" to "\"" more "}"
#define CHILD(parent, fields)                                                                      \
	"{\"parent\": \"" parent "\", \"embedded\": true, \"fields\": {" fields "}}"

/* clang-format off */
static const struct str declaration = STR_INIT("{\"resources\": {"
	"\"author\": {\"fields\": {\"name\": {\"type\": \"text\"}}},"
	"\"book\": " CHILD("author", "\"title\": {\"type\": \"text\"}") ","
	"\"review\": " CHILD("book", "\"comment\": {\"type\": \"text\"}") ","
	"\"award\": " CHILD("author", "\"name\": {\"type\": \"text\"}") ","
	"\"category\": {\"plural\": \"categories\", \"fields\": {"
		"\"name\": {\"type\": \"text\"},"
		"\"above_id\": " REFERENCE("category", ", \"nullable\": true") "}},"
	"\"shop\": {\"fields\": {\"name\": {\"type\": \"text\"}}},"
	"\"product\": " CHILD("shop", "\"name\": {\"type\": \"text\"},"
		"\"category_id\": " REFERENCE("category", "") ","
		"\"author_id\": " REFERENCE("author", ", \"nullable\": true")) ","
	"\"sale\": {\"parent\": \"shop\", \"fields\": {"
		"\"product_id\": " REFERENCE("product", ", \"on_delete\": \"restrict\"") "}},"
	"\"lease\": {\"parent\": \"shop\", \"on_delete\": \"restrict\","
		"\"fields\": {\"street\": {\"type\": \"text\"}}},"
	"\"cellar\": {\"fields\": {\"name\": {\"type\": \"text\"}}},"
	"\"shelf\": " CHILD("cellar", "\"name\": {\"type\": \"text\"},"
		"\"category_id\": " REFERENCE("category",
			", \"nullable\": true, \"on_delete\": \"set_null\"") ","
		"\"changed\": {\"type\": \"datetime\", \"set\": \"update\", \"nullable\": true,"
			"\"shown\": false}") ","
	"\"stamp\": {\"fields\": {"
		"\"name\": {\"type\": \"text\"},"
		"\"note\": {\"type\": \"text\", \"nullable\": true},"
		"\"token\": {\"type\": \"uuid\", \"set\": \"create\", \"shown\": false},"
		"\"made\": {\"type\": \"datetime\", \"set\": \"create\"},"
		"\"changed\": {\"type\": \"datetime\", \"set\": \"update\"},"
		"\"touched\": {\"type\": \"datetime\", \"set\": \"update\", \"nullable\": true},"
		"\"state\": {\"type\": \"integer\", \"input\": false, \"default\": 7},"
		"\"seen\": {\"type\": \"integer\", \"input\": false, \"nullable\": true}}}}}");
/* clang-format on */

const struct resource *author, *book, *review, *award, *category, *shop, *product, *sale, *lease,
	*cellar, *shelf, *stamp;

void related_use_api(void)
{
	static const struct {
		const char *name;
		const struct resource **resource;
	} resources[] = { { "author", &author }, { "book", &book }, { "review", &review },
		{ "award", &award }, { "category", &category }, { "shop", &shop },
		{ "product", &product }, { "sale", &sale }, { "lease", &lease },
		{ "cellar", &cellar }, { "shelf", &shelf }, { "stamp", &stamp } };
	static const struct api *related;

	if (!related)
		related = sample_read_api(declaration);
	api_use(related);
	for (size_t i = 0; i < NITEMS(resources); i++)
		*resources[i].resource = sample_resource(resources[i].name);
}
