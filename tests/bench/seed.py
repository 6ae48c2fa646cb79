"""Databases that the measurements start with, as Postern makes them, with rows."""
import hashlib
import os
import shutil
import sqlite3

POSTS_EACH = 5
CONTENT = "Some text of a usual length, as people write it when they have something to say and little time: " + "x" * 20
COPIED_MOST = 256 << 20  # bytes of a file of which each measurement that writes gets a new copy

FILL = f"""
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :users)
	INSERT INTO users SELECT i, printf('user%07d', i), printf('user%07d@example.com', i) FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :users * {POSTS_EACH})
	INSERT INTO posts SELECT i, 'Post ' || i, '{CONTENT}', i % :users + 1, '2026-01-31 12:00:00.123456' FROM n;
"""


def schema(db):
    return [sql for (sql,) in db.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")]


def digest(statements, users):
    return hashlib.sha256("\n".join([*statements, FILL, str(users)]).encode()).hexdigest()[:12]


def fill(db, users):
    """Adds the rows; a post's neighbours in the file are other users'. Indexes are made afterwards, which is faster."""
    indexes = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    for name, _ in indexes:
        db.execute(f"DROP INDEX {name}")
    for statement in filter(str.strip, FILL.split(";\n")):
        db.execute(statement, {"users": users})
    for _, sql in indexes:
        db.execute(sql)
    db.commit()


def connect(path):
    return sqlite3.connect(path, isolation_level=None)


def make(empty, path, users):
    """Makes the file from an empty database of Postern's."""
    new = path + ".new"
    shutil.copy(empty, new)
    db = connect(new)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -200000"):
        db.execute(f"PRAGMA {pragma}")
    db.execute("BEGIN")
    fill(db, users)
    db.execute("PRAGMA journal_mode = WAL")
    db.close()
    os.rename(new, path)


def cached(empty, folder, users):
    """Returns the path of the file with so many users, which is made if the folder has none with the same schema."""
    db = connect(empty)
    path = f"{folder}/users-{users}-{digest(schema(db), users)}.db"
    db.close()
    if not os.path.exists(path):
        print(f"making {path}", flush=True)
        os.makedirs(folder, exist_ok=True)
        make(empty, path, users)
    return os.path.abspath(path)


class Database:
    """A file that measurements start with."""

    def __init__(self, path, work):
        self.path, self.work = path, work  # work: a folder for copies that are kept

    def lend(self, folder, borrower, writes):
        """Returns the path of a file to serve: the file itself to those that only read. Of a large one each server that
        writes keeps one copy, as what it adds is little beside it."""
        if not writes:
            return self.path
        if os.path.getsize(self.path) <= COPIED_MOST:
            return shutil.copy(self.path, f"{folder}/app.db")
        copy = f"{self.work}/{borrower}-{os.path.basename(self.path)}"
        if not os.path.exists(copy):
            shutil.copy(self.path, copy)
            os.sync()
        return copy


class NoDatabase:
    """Postern makes its own."""

    @staticmethod
    def lend(folder, _borrower, _writes):
        return f"{folder}/app.db"


def open_databases(users, postern, cache, folder):
    """The databases with these numbers of users, by the number, without 0."""
    numbers = sorted(set(users) - {0})
    if not numbers:
        return {}
    os.makedirs(f"{folder}/empty")
    empty = postern.make_empty(f"{folder}/empty")
    return {number: Database(cached(empty, cache, number), folder) for number in numbers}
