#!/usr/bin/env python3
"""Replay the recorded cases against a server and report the answers that differ.

usage: replay.py [--build FOLDER | --base URL] [--area A] [--name N] [--show N] [--jobs N]

--build FOLDER  start FOLDER/postern with a new database on a free port, and stop it afterwards
                (the default, with FOLDER "build"; --jobs servers share the work)
--base URL      replay against this server instead; ALL ITS USERS AND POSTS ARE DELETED
--area A        only cases whose area is A or begins with "A."
--name N        only cases whose name contains N
--show N        print this many failures in full (10)

With POSTERN_TEST_ENGINE=postgres the servers use databases of the PostgreSQL server POSTERN_TEST_POSTGRES, and answers
differ from the recorded ones where postgres.json says so.

Standard library and psql only. README.md beside this file describes the cases.
"""
import argparse
import base64
import collections
import concurrent.futures
import contextlib
import datetime
import json
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))

# pylint: disable=wrong-import-position
import databases
from renaming import Renaming

TIMEOUT = 30  # seconds, for any single wait
ENGINE = json.loads(pathlib.Path(__file__).with_name("postgres.json").read_bytes()) if databases.is_postgres() else {}
DATE = re.compile(rb'"date_posted":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?Z?)"')
ZONE = ENGINE.get("dates", {}).get("suffix", "")
MASKED = b'"date_posted":"<date_posted>"'
COMPARED = ("content-type", "allow", "location")
LOOPBACK = "127.0.0.1"


class Broken(Exception):
    """The bytes received are not a complete HTTP response."""


# HTTP, without a library: bytes are sent and compared exactly as the case says.

Response = collections.namedtuple("Response", "status fields body")


class Connection:
    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        # A server may refuse a request and close before it has read all of it.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(data)

    def fill(self):
        try:
            data = self.socket.recv(256 * 1024)
        except ConnectionResetError:
            data = b""
        self.input += data
        return bool(data)

    def need(self):
        if not self.fill():
            raise Broken("the connection ended inside a response, after %r" % self.input[:200])

    def take(self, size):
        while len(self.input) < size:
            self.need()
        data, self.input = self.input[:size], self.input[size:]
        return data

    def take_line(self, end=b"\r\n"):
        while end not in self.input:
            self.need()
        line, self.input = self.input.split(end, 1)
        return line

    def receive(self, method):
        """Reads the next final response; a response to HEAD has no body, whatever its head says."""
        while True:
            head = self.take_line(b"\r\n\r\n").split(b"\r\n")
            match = re.fullmatch(rb"HTTP/1\.[01] (\d\d\d)(?: .*)?", head[0])
            if not match:
                raise Broken("not a status line: %r" % head[0][:200])
            if int(match[1]) >= 200:
                break
        status, fields = int(match[1]), collections.defaultdict(list)
        for line in head[1:]:
            name, _, value = line.decode("latin-1").partition(":")
            fields[name.lower()].append(value.strip())
        fields = {name: ", ".join(values) for name, values in fields.items()}
        return Response(status, fields, self.receive_body(method, status, fields))

    def receive_body(self, method, status, fields):
        if method == "HEAD" or status in (204, 304):
            return b""
        if fields.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.take_line().split(b";")[0], 16):
                body += self.take(size)
                self.take(2)
            while self.take_line():
                pass
            return body
        if "content-length" not in fields:
            raise Broken("neither content-length nor chunked")
        return self.take(int(fields["content-length"]))

    def expect_nothing(self, to_end):
        while to_end and self.fill():
            pass
        if self.input:
            raise Broken("%d bytes after the response: %r" % (len(self.input), self.input[:80]))


# Cases.

def body_of(item):
    """Returns the bytes of body, body_b64 or body_rle; None if all are absent."""
    if "body_b64" in item:
        return base64.b64decode(item["body_b64"])
    if "body_rle" in item:
        return "".join(text * times for text, times in item["body_rle"]).encode()
    return item["body"].encode() if item.get("body") is not None else None


def cut(body, sizes):
    """Encodes the body as chunks of these sizes, then the rest."""
    at, out = 0, b""
    for size in [*sizes, len(body)]:
        if piece := body[at:at + size]:
            out += b"%x\r\n%b\r\n" % (len(piece), piece)
        at += size
    return out + b"0\r\n\r\n"


def compose(step, authority):
    """Returns the bytes of the request."""
    if "raw_b64" in step:
        return base64.b64decode(step["raw_b64"])
    body, fields = body_of(step), [tuple(field) for field in step.get("headers", [])]
    given = {name.lower() for name, _ in fields}
    if "host" not in given:
        fields.insert(0, ("Host", authority))
    if "chunks" in step:
        fields.append(("Transfer-Encoding", "chunked"))
        body = cut(body, step["chunks"])
    elif body is not None and "content-length" not in given:
        fields.append(("Content-Length", str(len(body))))
    fields.append(("Connection", "close"))
    line = "%s %s HTTP/1.1\r\n" % (step["method"], step["target"])
    head = "".join("%s: %s\r\n" % field for field in fields) + "\r\n"
    return line.encode() + head.encode("latin-1") + (body or b"")


def methods(allow):
    """Returns the methods of an Allow field as a set, without OPTIONS, which the reference does not list."""
    return allow and {m.strip() for m in allow.split(",")} - {"OPTIONS"}


def show(data, limit=300):
    text = data.decode("utf-8", "backslashreplace")
    return text if len(text) <= limit else "%s… (%d characters)" % (text[:limit], len(text))


def difference(want, got):
    at = next((i for i, (a, b) in enumerate(zip(want, got)) if a != b), min(len(want), len(got)))
    part = slice(max(0, at - 60), at + 120)
    return "body: differs from byte %d on (%d bytes due, %d came)\n      due  …%s\n      came …%s" % (
        at, len(want), len(got), show(want[part]), show(got[part]))


def compare(expect, response, base):
    """Yields each difference from the expected answer."""
    due = expect["status"] if isinstance(expect["status"], list) else [expect["status"]]
    if response.status not in due:
        yield "status: %s due, %d came" % (" or ".join(map(str, due)), response.status)
    for name in COMPARED if "headers" in expect else ():
        want, got = expect["headers"].get(name), response.fields.get(name)
        want = want and want.replace("{base}", base)
        same = methods(want) == methods(got) if name == "allow" else want == got
        if not same:
            yield "%s: %r due, %r came" % (name, want, got)
    want, got = body_of(expect), DATE.sub(MASKED, response.body)
    if want is not None and want != got:
        yield difference(want, got)


class Dates:
    """Checks that a post's date is the time of its creation, in UTC, and never changes."""

    def __init__(self):
        self.seen = {}

    def check(self, response):
        if response.status == 204:
            self.seen.clear()  # ids are reused
        if response.status not in (200, 201) or not DATE.search(response.body):
            return
        answer = json.loads(response.body)
        for item in answer if isinstance(answer, list) else [answer]:
            for post in item.get("posts", [item]):
                yield from self.check_post(post)

    def check_post(self, post):
        if "date_posted" not in post:
            return
        date, zone = re.fullmatch("(.*?)(Z?)", post["date_posted"]).groups()
        if zone != ZONE:
            yield "date_posted: %s should end with %r" % (date + zone, ZONE)
        now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
        made = datetime.datetime.fromisoformat(date)
        if abs((now - made).total_seconds()) > 600:
            yield "date_posted: %s is not the present" % made
        if self.seen.setdefault(post["id"], made) != made:
            yield "date_posted of post %d has changed" % post["id"]


class NoDifferences:
    """All answers are as recorded."""

    ended = False

    def step(self, step):
        return step

    def expect(self, _, expect):
        return expect

    def learn(self, step, expect, response):
        pass

    def judge(self, _):
        return []


class Differences(Renaming):
    """What postgres.json says of a case: the keys of rows differ, or a text with a NUL is refused, which ends the case. Each
    difference must be there."""

    def __init__(self, kinds):
        super().__init__()
        self.kinds, self.ended = kinds, False

    def expect(self, step, expect):
        if "nul" in self.kinds and "\\u0000" in step.get("body", "") and expect["status"] in (200, 201):
            self.ended = True
            return {"status": 422}
        return super().expect(step, expect)

    def judge(self, case):
        found = {"keys": self.changed, "nul": self.ended}
        return [(case["steps"][-1], "%s: the answers are as recorded: postgres.json says otherwise" % kind)
                for kind in self.kinds if not found[kind]]


def differences_of(api, case):
    kinds = [kind for kind in ("keys", "nul") if case["name"] in ENGINE.get(kind, {}).get("cases", {}).get(api, [])]
    return Differences(kinds) if kinds else NoDifferences()


class Server:
    """A running server, which answers one case after another."""

    def __init__(self, base, database=None):
        self.database = database
        url = urllib.parse.urlsplit(base)
        self.base, self.authority = base.rstrip("/"), url.netloc
        self.address = (url.hostname, url.port or 80)

    def empty(self):
        if databases.is_postgres() and self.database:
            self.database.empty()
            return
        with Connection(self.address) as connection:
            def ask(method, target):
                line = "%s %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (method, target, self.authority)
                connection.send(line.encode())
                return connection.receive(method)

            for user in json.loads(ask("GET", "/users").body):
                if ask("DELETE", "/users/%d" % user["id"]).status != 204:
                    raise Broken("user %d cannot be deleted" % user["id"])

    def ask(self, step):
        """Returns [(expected, response), …]; a pipeline has several."""
        request = compose(step, self.authority)
        pipeline = "pipeline" in step
        first = request.split(b" ", 1)[0].decode("latin-1")
        due = zip(step["pipeline"], step["expect"]) if pipeline else [(first, step["expect"])]
        with Connection(self.address) as connection:
            connection.send(request)
            answers = [(expect, connection.receive(method)) for method, expect in due]
            if not pipeline:
                connection.expect_nothing(to_end="raw_b64" not in step)
            return answers

    def run(self, case):
        """Returns [(step, difference), …]"""
        wrong, dates = [], Dates()
        try:
            self.empty()
        except (Broken, OSError, ValueError) as error:
            return [(case["steps"][0], "the database could not be emptied before: %s" % error)]
        known = differences_of("builtin", case)
        for step in case["steps"]:
            try:
                for expect, response in self.ask(known.step(step)):
                    known.learn(step, expect, response)
                    wrong += [(step, text) for text in compare(known.expect(step, expect), response, self.base)]
                    wrong += [(step, text) for text in dates.check(response)]
            except (Broken, OSError, ValueError) as error:
                wrong.append((step, "no response: %s" % error))
            if known.ended:
                break
        return wrong + known.judge(case)


# Starting servers.

def await_address(process):
    """Reads the log up to the line with the address, and returns that."""
    for line in process.stderr:
        if match := re.search(r"serving on (http://\S+)", line):
            return match[1]
    raise SystemExit("replay.py: the server did not start; its log is above")


def relay_log(process):
    """Prints what the server logs while it serves, which should be nothing."""
    for line in process.stderr:
        if "stopping:" not in line:
            sys.stderr.write(line)


@contextlib.contextmanager
def started(build, *options, prepare=lambda path: None):
    """Runs a server of that build for the duration of the context; `prepare` makes its database, if that is a file."""
    with tempfile.TemporaryDirectory(prefix="postern-replay-") as folder, databases.new(folder + "/app.db") as database:
        command = [str(pathlib.Path(build, "postern")), "--host", LOOPBACK, "--port", "0",
                   "--workers", "2", "--no-access-log", "--database-url", database.url,
                   *options]
        if not databases.is_postgres():
            prepare(folder + "/app.db")
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace")
        try:
            base = await_address(process)
            with concurrent.futures.ThreadPoolExecutor(1) as log:
                relaying = log.submit(relay_log, process)
                try:
                    yield Server(base, database)
                finally:
                    process.send_signal(signal.SIGTERM)
                    status = process.wait(TIMEOUT)
                    relaying.result()
        finally:
            process.kill()
            process.wait()
        if status != 0:
            raise SystemExit("replay.py: the server ended with status %d" % status)


# Reporting.

def describe(step):
    if "raw_b64" in step:
        return "raw " + show(repr(base64.b64decode(step["raw_b64"])).encode())
    text = "%s %s" % (step["method"], show(step["target"].encode()))
    text += "".join("\n      %s: %s" % tuple(field) for field in step.get("headers", []))
    body = body_of(step)
    return text if body is None else "%s\n      %s" % (text, show(body))


def print_failure(case, wrong):
    print("FAILED %s [%s]" % (case["name"], case["area"]))
    last = None
    for step, text in wrong:
        if step is not last:
            print("  step %d of %d: %s" % (case["steps"].index(step) + 1, len(case["steps"]), describe(step)))
        print("    - " + text)
        last = step
    print()


def print_areas(results):
    areas = collections.defaultdict(lambda: [0, 0])
    for case, wrong in results:
        areas[case["area"]][bool(wrong)] += 1
    for area in sorted(areas):
        passed, failed = areas[area]
        print("%-20s %4d passed%s" % (area, passed, "  %4d FAILED" % failed if failed else ""))


def conclude(results, began):
    """Prints the counts; returns the exit status."""
    failed = sum(bool(wrong) for _, wrong in results)
    print_areas(results)
    print("%.1f s" % (time.monotonic() - began))
    print("%d passed, %d failed" % (len(results) - failed, failed))
    return 1 if failed or not results else 0


def read_cases(arguments):
    with open(pathlib.Path(__file__).with_name("cases.jsonl"), encoding="utf-8") as lines:
        for case in map(json.loads, lines):
            in_area = not arguments.area or (case["area"] + ".").startswith(arguments.area + ".")
            if in_area and arguments.name in case["name"]:
                yield case


def replay(arguments, cases):
    """Returns [(case, differences), …]. Each server answers the same number of cases, one by one."""
    with contextlib.ExitStack() as stack:
        if arguments.base:
            servers = [Server(arguments.base)]
        else:
            servers = [stack.enter_context(started(arguments.build)) for _ in range(arguments.jobs)]
        threads = stack.enter_context(concurrent.futures.ThreadPoolExecutor(len(servers)))
        shares = [threads.submit(lambda server, share: [(case, server.run(case)) for case in share],
                                 server, cases[i::len(servers)]) for i, server in enumerate(servers)]
        return [result for share in shares for result in share.result()]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--base")
    parser.add_argument("--area")
    parser.add_argument("--name", default="")
    parser.add_argument("--show", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()

    # On SIGTERM, ends its servers first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    began = time.monotonic()
    results = replay(arguments, list(read_cases(arguments)))
    failures = [result for result in results if result[1]]
    for failure in failures[:arguments.show]:
        print_failure(*failure)
    return conclude(results, began)


if __name__ == "__main__":
    sys.exit(main())
