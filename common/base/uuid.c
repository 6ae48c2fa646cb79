#include "uuid.h"

bool uuid_valid(struct str text)
{
	for (size_t i = 0; i < text.len && text.len == UUID_LENGTH; i++) {
		char c = text.ptr[i];
		bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
		if (uuid_has_hyphen_at(i) ? c != '-' : !is_hex)
			return false;
	}
	return text.len == UUID_LENGTH;
}
