/*
 * The databases of tests, on the engine of this run: files, or databases of the PostgreSQL server
 * POSTERN_TEST_POSTGRES (a URL) if POSTERN_TEST_ENGINE is "postgres". The programs sqlite3 and psql
 * read them. Every error fails the test.
 */
#ifndef POSTERN_TEST_DATABASE_H
#define POSTERN_TEST_DATABASE_H

#include <stdbool.h>
#include <stdio.h>

enum { TEST_URL_MAX = 256 };

bool test_database_is_postgres(void);

/* Makes a new, empty database. Writes its URL; SQLite's is the path. */
void test_database_new(const char *path, char url[TEST_URL_MAX]);

/* What the database answers to this SQL: a line for each row, columns with '|' between them.
 * Static, until the next call. */
const char *test_database_sql(const char *url, const char *sql);

/* The same as a stream to be closed with pclose(3), which returns 0 unless something failed. */
FILE *test_database_open(const char *url, const char *sql);

/* What ends a moment in answers: PostgreSQL shows its zone, which is UTC in tests. */
const char *test_database_zone(void);

/* Fails unless the database is consistent: SQLite's file as a whole, PostgreSQL's indexes. */
void test_database_check(const char *url);

/* Inserts user 1, "ada", and her posts with the ids 1 to n: "post 1" and so on, each with so many
 * zeros (an even number) as its content. A server must have created the tables. */
void test_database_insert_posts(const char *url, unsigned n, unsigned zeros);

/* Called by main before and after all tests: databases of PostgreSQL belong to the program, are
 * emptied for each test, and dropped at the end. */
void test_databases_begin(void);
void test_databases_end(void);

#endif
