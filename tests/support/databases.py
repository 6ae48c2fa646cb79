"""The databases of tests, on the engine of this run: files, or databases of the PostgreSQL server POSTERN_TEST_POSTGRES
(a URL) if POSTERN_TEST_ENGINE is "postgres"."""

import contextlib
import itertools
import os
import re
import sqlite3
import subprocess

NUMBERS = itertools.count()


def is_postgres():
    return os.environ.get("POSTERN_TEST_ENGINE") == "postgres"


class Psql:
    """A psql program that stays connected."""

    END = "-- end of the answer"

    def __init__(self, url):
        self.process = subprocess.Popen(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, sql):
        """Returns the rows, each a list of texts; NULL is an empty one."""
        self.process.stdin.write("%s;\n\\echo %s\n" % (sql, self.END))
        self.process.stdin.flush()
        rows = []
        for line in self.process.stdout:
            if line == self.END + "\n":
                return rows
            rows.append(line.rstrip("\n").split("|"))
        raise OSError("psql ended with status %d: %s" % (self.process.wait(), sql))

    def close(self):
        self.process.communicate()


class File:
    """A database file of SQLite."""

    def __init__(self, path):
        self.path, self.url = path, "sqlite:///" + path

    def ask(self, sql):
        with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % self.path, uri=True)) as connection:
            return [["" if value is None else str(value) for value in row] for row in connection.execute(sql)]

    def drop(self):
        pass


class Postgres:
    """A database of the server."""

    def __init__(self):
        server = os.environ["POSTERN_TEST_POSTGRES"]
        self.name = "p%d_%d" % (os.getpid(), next(NUMBERS))
        self.url = re.sub(r"(://[^/]*/)[^?]*", r"\g<1>" + self.name, server, count=1)
        self.maintenance = Psql(server)
        self.maintenance.ask("CREATE DATABASE " + self.name)
        self.psql = Psql(self.url)

    def ask(self, sql):
        return self.psql.ask(sql)

    def empty(self):
        """Deletes all rows, as another program does; keys begin at 1 again."""
        self.ask("""DO $$ DECLARE names text; BEGIN
            SELECT string_agg(format('%I', tablename), ', ') INTO names FROM pg_tables
                WHERE schemaname = 'public' AND tablename <> 'postern_changes';
            IF names IS NOT NULL THEN EXECUTE 'TRUNCATE ' || names || ' RESTART IDENTITY CASCADE'; END IF;
        END $$""")

    def drop(self):
        self.psql.close()
        self.maintenance.ask("DROP DATABASE %s WITH (FORCE)" % self.name)
        self.maintenance.close()


@contextlib.contextmanager
def new(path):
    """An empty database for the duration of the context; SQLite's is the file at this path."""
    database = Postgres() if is_postgres() else File(path)
    try:
        yield database
    finally:
        database.drop()
