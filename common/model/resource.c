#include "resource.h"

const struct api *api;

void api_use(const struct api *new_api)
{
	api = new_api;
}
