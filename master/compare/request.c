#include "request.h"

#include <ctype.h>
#include <stdio.h>

enum { TEXT_MOST = 64 * 1024 * 1024 /* bytes */ };

static void paired_init(struct paired *text)
{
	text->nkeys = 0;
	for (int side = 0; side < PEERS; side++)
		buf_init(&text->at[side], TEXT_MOST);
}

static void paired_done(struct paired *text)
{
	for (int side = 0; side < PEERS; side++)
		buf_done(&text->at[side]);
}

void request_init(struct request *request, const char *method, const char *what)
{
	*request = (struct request){ .method = method, .what = what };
	paired_init(&request->target);
	paired_init(&request->body);
}

void request_done(struct request *request)
{
	paired_done(&request->target);
	paired_done(&request->body);
}

void paired_str(struct paired *text, struct str part)
{
	for (int side = 0; side < PEERS; side++)
		buf_str(&text->at[side], part);
}

void paired_key(struct paired *text, struct key_pair key, bool quoted)
{
	struct str quote = quoted ? STR("\"") : STR("");

	for (int side = 0; side < PEERS; side++) {
		buf_str(&text->at[side], quote);
		buf_str(&text->at[side], key.at[side]);
		buf_str(&text->at[side], quote);
	}
	if (text->nkeys < REQUEST_KEYS_MOST && !str_equal(key.at[PEER_OLD], key.at[PEER_NEW]))
		text->keys[text->nkeys++] = key;
}

void paired_encoded(struct paired *text, struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];
		char code[4] = { value.ptr[i] };
		if (!isalnum(c) && !strchr("-._~", c))
			snprintf(code, sizeof(code), "%%%02X", c);
		paired_str(text, str_from(c == 0 ? "%00" : code));
	}
}
