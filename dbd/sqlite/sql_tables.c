/* Tables and indexes. */
#include "sql.h"

#include "sql_parts.h"
#include "sql_types.h"
#include "table.h"

#include <stdio.h>

enum { INDEX_NAME_SIZE = 256 };

/* clang-format off */
#define COLUMN_TYPES(ROW) \
	ROW(FIELD_INT,        sql_put_plain,      "INTEGER",  NULL) \
	ROW(FIELD_NUMBER,     sql_put_plain,      "FLOAT",    NULL) \
	ROW(FIELD_DECIMAL,    sql_put_precision,  "NUMERIC",  "REAL") \
	ROW(FIELD_BOOL,       sql_put_plain,      "BOOLEAN",  "INTEGER") \
	ROW(FIELD_STR,        sql_put_length,     "VARCHAR",  NULL) \
	ROW(FIELD_TEXT,       sql_put_plain,      "TEXT",     NULL) \
	ROW(FIELD_EMAIL,      sql_put_length,     "VARCHAR",  NULL) \
	ROW(FIELD_URL,        sql_put_length,     "VARCHAR",  NULL) \
	ROW(FIELD_UUID,       sql_put_plain,      "CHAR(32)", NULL) \
	ROW(FIELD_DATE,       sql_put_plain,      "DATE",     "TEXT") \
	ROW(FIELD_TIME,       sql_put_plain,      "TIME",     "TEXT") \
	ROW(FIELD_DATETIME,   sql_put_plain,      "DATETIME", "TEXT") \
	ROW(FIELD_ENUM,       sql_put_names,      "VARCHAR",  NULL) \
	ROW(FIELD_LITERAL,    sql_put_literal,    "VARCHAR",  NULL) \
	ROW(FIELD_OBJECT,     sql_put_plain,      "JSON",     "TEXT") \
	ROW(FIELD_ARRAY,      sql_put_plain,      "JSON",     "TEXT") \
	ROW(FIELD_LINKS,      NULL,               NULL,       NULL)
/* clang-format on */

static const struct {
	void (*put)(struct buf *out, const struct field *f, const char *type);
	const char *type;
	const char *other_affinity; /* serves too; NULL: none */
} column_types[] = { COLUMN_TYPES(TABLE_ROW) };
TABLE_IS_WHOLE(COLUMN_TYPES, FIELD_TYPE__COUNT);

const char *sql_other_affinity(const struct field *f)
{
	return column_types[f->type].other_affinity;
}

void sql_column_type(struct buf *out, const struct field *f)
{
	column_types[f->type].put(out, f, column_types[f->type].type);
}

void sql_column(struct buf *out, const struct field *f)
{
	sql_name(out, f->name);
	buf_char(out, ' ');
	sql_column_type(out, f);
	if (!(f->flags & FIELD_NULLABLE))
		buf_str(out, STR(" NOT NULL"));
}

void sql_references(struct buf *out, const struct resource *to)
{
	buf_str(out, STR(" REFERENCES "));
	sql_name(out, to->table);
	buf_str(out, STR(" ("));
	sql_name(out, sql_key_name(to));
	buf_char(out, ')');
}

static void put_foreign_key(struct buf *out, const struct field *f)
{
	buf_str(out, STR(", \n\tFOREIGN KEY("));
	sql_name(out, f->name);
	buf_char(out, ')');
	sql_references(out, f->to);
}

/* SQLAlchemy writes constraints in the order of their creation: that of the columns, and for each
 * column UNIQUE first. */
static void put_constraints(struct buf *out, const struct field *f)
{
	if (sql_has_unique_constraint(f)) {
		buf_str(out, STR(", \n\tUNIQUE ("));
		sql_name(out, f->name);
		buf_char(out, ')');
	}
	if (f->to)
		put_foreign_key(out, f);
}

void sql_create_table(struct buf *out, const struct resource *r)
{
	buf_str(out, STR("CREATE TABLE "));
	sql_name(out, r->table);
	buf_str(out, STR(" (\n"));
	for (unsigned i = 0; i < resource_columns(r); i++) {
		buf_char(out, '\t');
		sql_column(out, &r->fields[i]);
		buf_str(out, STR(", \n"));
	}
	buf_str(out, STR("\tPRIMARY KEY ("));
	sql_put_list(out, r, sql_fields_with(r, FIELD_KEY), ", ", sql_put_column);
	buf_char(out, ')');
	for (unsigned i = 0; i < resource_columns(r); i++)
		put_constraints(out, &r->fields[i]);
	buf_str(out, STR("\n)"));
}

void sql_create_index(struct buf *out, const struct resource *r, unsigned field)
{
	bool unique = (r->fields[field].flags & FIELD_UNIQUE) != 0;
	char name[INDEX_NAME_SIZE];

	snprintf(name, sizeof(name), "ix_%s_%s", r->table, r->fields[field].name);
	buf_str(out, unique ? STR("CREATE UNIQUE INDEX ") : STR("CREATE INDEX "));
	sql_name(out, name);
	buf_str(out, STR(" ON "));
	sql_name(out, r->table);
	buf_str(out, STR(" ("));
	sql_put_column(out, r, field);
	buf_char(out, ')');
}
