#include "method.h"

const struct str method_names[METHOD__COUNT] = {
#define METHOD_NAME(id, name) [METHOD_##id] = STR_INIT(name),
	METHOD_LIST(METHOD_NAME)
#undef METHOD_NAME
};

bool method_begins(struct str bytes)
{
	for (size_t i = 0; i < METHOD__COUNT; i++)
		if (str_starts(method_names[i], bytes))
			return true;
	return false;
}

enum method method_find(struct str token)
{
	for (size_t i = 0; i < METHOD__COUNT; i++)
		if (str_equal(token, method_names[i]))
			return (enum method)i;
	return METHOD__COUNT;
}
