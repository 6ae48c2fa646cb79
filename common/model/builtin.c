#include "builtin_declaration.h"
#include "declaration.h"
#include "log.h"

const struct str builtin_declaration = STR_INIT(BUILTIN_DECLARATION);

const struct api *api;

void api_use(const struct api *new_api)
{
	api = new_api;
}

void api_use_builtin(void)
{
	struct buf error;

	buf_init(&error, DECLARATION_MOST);
	const struct api *builtin = declaration_read(builtin_declaration, "builtin.json", &error);
	if (!builtin)
		log_die("%.*s", STR_ARGS(buf_view(&error)));
	buf_done(&error);
	api_use(builtin);
}
