#include "postgres_option.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

#define SSL_MODES    WORDS("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
#define PREFERENCES  WORDS("disable", "prefer", "require")
#define TLS_VERSIONS WORDS("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
#define SESSIONS     WORDS("any", "read-write", "read-only", "primary", "standby", "prefer-standby")

/* A server that has gone is noticed, idle or not, within a minute: keepalives every 5 s after 30 s
 * without traffic, and at most 10 s (tcp_user_timeout, in milliseconds) for what was sent to be
 * acknowledged. Kerberos would look for tickets at each connect. client_encoding is the engine's
 * choice.
 */
/* clang-format off */
const struct postgres_option postgres_options[POSTGRES_OPTIONS] = {
	[POSTGRES_HOST] = { "host", .variable = "PGHOST" },
	[POSTGRES_PORT] = { "port", .variable = "PGPORT" },
	[POSTGRES_USER] = { "user", .variable = "PGUSER" },
	[POSTGRES_PASSWORD] = { "password", .variable = "PGPASSWORD" },
	[POSTGRES_DBNAME] = { "dbname", .variable = "PGDATABASE" },
	{ "hostaddr", .variable = "PGHOSTADDR" },
	{ "passfile", .variable = "PGPASSFILE" },
	{ "service", .variable = "PGSERVICE" },
	{ "target_session_attrs", .variable = "PGTARGETSESSIONATTRS", .words = SESSIONS },
	{ "connect_timeout", .variable = "PGCONNECT_TIMEOUT", .fallback = "5", .number = true },
	{ "keepalives", .number = true },
	{ "keepalives_idle", .fallback = "30", .number = true },
	{ "keepalives_interval", .fallback = "5", .number = true },
	{ "keepalives_count", .fallback = "3", .number = true },
	{ "tcp_user_timeout", .fallback = "10000", .number = true },
	{ "application_name", .variable = "PGAPPNAME" },
	{ "fallback_application_name", .fallback = "postern", .beside_service = true },
	{ "options", .variable = "PGOPTIONS" },
	{ "sslmode", .variable = "PGSSLMODE", .words = SSL_MODES },
	{ "ssl", .keyword = "sslmode", .words = SSL_MODES }, /* asyncpg's */
	{ "sslrootcert", .variable = "PGSSLROOTCERT" },
	{ "sslcert", .variable = "PGSSLCERT" },
	{ "sslkey", .variable = "PGSSLKEY" },
	{ .name = "sslpassword" },
	{ "sslcrl", .variable = "PGSSLCRL" },
	{ "sslcrldir", .variable = "PGSSLCRLDIR" },
	{ "sslsni", .variable = "PGSSLSNI", .number = true },
	{ "sslcompression", .variable = "PGSSLCOMPRESSION", .number = true },
	{ "ssl_min_protocol_version", .variable = "PGSSLMINPROTOCOLVERSION", .words = TLS_VERSIONS },
	{ "ssl_max_protocol_version", .variable = "PGSSLMAXPROTOCOLVERSION", .words = TLS_VERSIONS },
	{ "channel_binding", .variable = "PGCHANNELBINDING", .words = PREFERENCES },
	{ "requirepeer", .variable = "PGREQUIREPEER" },
	{ "gssencmode", .variable = "PGGSSENCMODE", .fallback = "disable",
		.beside_service = true, .words = PREFERENCES },
	{ "krbsrvname", .variable = "PGKRBSRVNAME" },
	{ "gsslib", .variable = "PGGSSLIB" },
	{ "client_encoding", .ignored = true },
	/* Of psycopg, asyncpg and SQLAlchemy's dialects. */
	{ "prepare_threshold", .ignored = true },
	{ "prepared_statement_cache_size", .ignored = true },
	{ "statement_cache_size", .ignored = true },
	{ "max_cached_statement_lifetime", .ignored = true },
	{ "max_cacheable_statement_size", .ignored = true },
	{ "async_fallback", .ignored = true },
};
/* clang-format on */

const struct postgres_option *postgres_option_find(struct str name)
{
	for (size_t i = 0; i < POSTGRES_OPTIONS; i++)
		if (str_equal(name, str_from(postgres_options[i].name)))
			return &postgres_options[i];
	return NULL;
}

static bool is_number(const char *text)
{
	enum { DIGITS_MAX = 9 };
	const char *digits = text + (*text == '-');
	size_t n = strspn(digits, "0123456789");

	return n > 0 && n <= DIGITS_MAX && digits[n] == '\0';
}

static bool is_among(const char *text, const char *const *words)
{
	while (*words && strcmp(text, *words) != 0)
		words++;
	return *words != NULL;
}

bool postgres_option_check(
	const struct postgres_option *option, const char *value, struct buf *error)
{
	if (option->number && !is_number(value)) {
		buf_printf(error, "%s \"%.100s\" is not a whole number", option->name, value);
		return false;
	}
	if (!option->words || is_among(value, option->words))
		return true;
	buf_printf(error, "%s \"%.100s\" is not valid; choose one of", option->name, value);
	for (const char *const *word = option->words; *word; word++)
		buf_printf(error, "%s %s", word == option->words ? "" : ",", *word);
	return false;
}
