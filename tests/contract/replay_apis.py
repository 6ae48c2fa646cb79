#!/usr/bin/env python3
"""Import whole APIs, replay their recorded cases against servers of the declarations that posternctl import has
written, and report the answers that differ.

usage: replay_apis.py [--build FOLDER] [--api NAME] [--name N] [--show N]

--build FOLDER  use the programs in FOLDER ("build"), with the document and the database of each API
--api NAME      only the API in the folder apis/NAME
--name N        only the case N
--show N        print this many failures of each API in full (10)

Standard library and psql only. README.md beside this file describes the cases.
"""
import argparse
import contextlib
import json
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
import replay

FOLDER = pathlib.Path(__file__).with_name("apis")


class Times:
    """Replaces the times that the server sets: the N-th distinct one of a field becomes <time N>."""

    def __init__(self, names):
        self.known = {}
        self.pattern = names and re.compile(
            rb'"(%b)":"(\d{4}-\d\d-\d\d[T ][0-9:.]+(?:Z|[+-]\d\d:\d\d)?)"' % "|".join(names).encode())

    def number(self, match):
        name, moment = match.groups()
        numbers = self.known.setdefault(name, {})
        return b'"%b":"<time %d>"' % (name, numbers.setdefault(moment, len(numbers) + 1))

    def replace(self, response):
        body = self.pattern.sub(self.number, response.body) if self.pattern else response.body
        return response._replace(body=body)


class Api:
    """A recorded API and a running server of it."""

    def __init__(self, server, meta):
        self.server, self.meta = server, meta

    def get(self, method, target):
        [(_, response)] = self.server.ask({"method": method, "target": target, "expect": None})
        return response

    def empty(self):
        """Deletes all rows, so that keys begin at 1."""
        if replay.databases.is_postgres():
            self.server.database.empty()
            return
        for collection in self.meta["collections"]:
            while rows := json.loads(self.get("GET", collection).body):
                for row in rows:
                    self.get("DELETE", "%s/%d" % (collection, row["id"]))

    def run(self, case):
        """Returns [(step, difference), …]"""
        wrong, times, step = [], Times(self.meta["times"]), case["steps"][0]
        known = replay.differences_of(case["area"], case)
        try:
            self.empty()
            for step in case["steps"]:
                for expect, response in self.server.ask(known.step(step)):
                    known.learn(step, expect, response)
                    due = known.expect(step, expect)
                    wrong += [(step, text) for text in replay.compare(due, times.replace(response), self.server.base)]
                if known.ended:
                    break
        except (replay.Broken, OSError, ValueError) as error:
            wrong.append((step, "no response: %s" % error))
        return wrong + known.judge(case)


def make_database(folder, path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript((folder / "app.sql").read_text(encoding="utf-8"))


def read_cases(folder, name):
    with open(folder / "cases.jsonl", encoding="utf-8") as lines:
        for case in map(json.loads, lines):
            if name in (None, str(case["name"])):
                yield {**case, "area": folder.name}


def import_api(folder, build, path):
    """Writes the declaration, which must say what the one in the folder says."""
    database = path.with_name("app.db")
    make_database(folder, database)
    subprocess.run([pathlib.Path(build, "posternctl"), "import", folder / "openapi.json", "--database", database,
                    "--output", path], check=True, stderr=subprocess.DEVNULL)
    if json.loads(path.read_bytes()) != json.loads((folder / "api.json").read_bytes()):
        raise SystemExit("replay_apis.py: the declaration of %s is imported otherwise:\n%s"
                         % (folder.name, path.read_text(encoding="utf-8")))


def replay_api(folder, arguments):
    """Returns [(case, differences), …]."""
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="postern-import-") as scratch:
        declaration = pathlib.Path(scratch, "api.json")
        import_api(folder, arguments.build, declaration)
        with replay.started(arguments.build, "--api", str(declaration),
                            prepare=lambda path: make_database(folder, path)) as server:
            api = Api(server, meta)
            return [(case, api.run(case)) for case in read_cases(folder, arguments.name)]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--api", default="*")
    parser.add_argument("--name")
    parser.add_argument("--show", type=int, default=10)
    arguments = parser.parse_args()

    # On SIGTERM, ends its server first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    began = time.monotonic()
    results = []
    for folder in sorted(FOLDER.glob(arguments.api)):
        of_api = replay_api(folder, arguments)
        for failure in [result for result in of_api if result[1]][:arguments.show]:
            replay.print_failure(*failure)
        results += of_api
    return replay.conclude(results, began)


if __name__ == "__main__":
    sys.exit(main())
