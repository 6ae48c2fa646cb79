"""PostgreSQL servers and Posterns of tests, and clients that note what they are answered."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 60  # seconds, for any single wait
LOST = "The database was lost before it answered; whether this was done is unknown"


class Failure(Exception):
    pass


def expect(condition, *what):
    if not condition:
        raise Failure(" ".join(str(w) for w in what))


def await_true(condition, what, seconds=PATIENCE):
    until = time.monotonic() + seconds
    while not condition():
        expect(time.monotonic() < until, "waited in vain:", what)
        time.sleep(0.005)


class Cluster:
    """A server of tests/postgres/cluster; its database "app" belongs to the user "app", who is no superuser."""

    def __init__(self, folder, *settings, primary=None):
        self.folder = folder
        if primary:
            self.run("standby", primary.folder, *settings)
        else:
            self.run("start", *settings)
            self.sql("CREATE ROLE app LOGIN PASSWORD 'app'")
            self.sql("CREATE DATABASE app OWNER app")

    def run(self, command, *words):
        done = subprocess.run([os.path.join(HERE, "cluster"), command, self.folder, *words], capture_output=True, text=True)
        expect(done.returncode == 0, "cluster", command, done.stderr)
        return done.stdout.strip()

    def address(self):
        """Host and port of a server that listens by TCP."""
        return re.search(r"@([^/]*)/", self.run("url"))[1]

    def url(self, **options):
        """The URL of the database for a Postern."""
        url = re.sub(r"//[^@]*@", "//app:app@", self.run("url", "app"))
        for option in options.items():
            url += ("&" if "?" in url else "?") + "%s=%s" % option
        return url

    def sql(self, text, database="postgres"):
        done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.run("url", database), "-c", text],
                              capture_output=True, text=True)
        expect(done.returncode == 0, "psql:", done.stderr)
        return done.stdout.strip()

    def set(self, name, value):
        """Changes a setting for all sessions, those that exist too."""
        self.sql("ALTER SYSTEM SET %s = %s" % (name, value))
        self.run("reload")

    def terminate(self):
        """Ends all connections of Posterns."""
        self.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'app'")

    def processes(self):
        postmaster = int(self.run("pid"))
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(postmaster)], capture_output=True, text=True).stdout
        return [postmaster, *map(int, children.split())]

    def signal(self, number):
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def remove(self):
        with contextlib.suppress(Failure, OSError):
            self.signal(signal.SIGCONT)
        self.run("remove")


class Machine:
    """A Postern, with its log."""

    def __init__(self, build, url, *options, await_serving=True):
        self.lines, self.port, self.admin = [], None, None
        environment = {"PATH": os.environ["PATH"], "POSTERN_USER": "root"} if os.geteuid() == 0 else {"PATH": os.environ["PATH"]}
        self.process = subprocess.Popen(
            [os.path.join(build, "postern"), "--host", "127.0.0.1", "--port", "0", "--workers", "2", "--no-access-log",
             "--admin", "127.0.0.1:0", "--database-url", url, *options],
            stderr=subprocess.PIPE, text=True, errors="replace", env=environment)
        self.reader = threading.Thread(target=self.read_log, daemon=True)
        self.reader.start()
        if await_serving:
            self.await_serving()

    def read_log(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))

    def has(self, pattern, since=0):
        return any(re.search(pattern, line) for line in self.lines[since:])

    def await_log(self, pattern, since=0, seconds=PATIENCE):
        with contextlib.suppress(Failure):
            await_true(lambda: self.has(pattern, since), pattern, seconds)
        expect(self.has(pattern, since), "the log has no", pattern, "\n" + "\n".join(self.lines[since:]))

    def await_serving(self):
        self.await_log("serving on http")
        self.await_log("health and metrics on http")
        log = "\n".join(self.lines)
        self.port = int(re.search(r"serving on http://127\.0\.0\.1:(\d+)", log)[1])
        self.admin = int(re.search(r"health and metrics on http://127\.0\.0\.1:(\d+)", log)[1])

    def ask(self, method, path, body=None, port=None, connection=None):
        """Returns status, fields and text."""
        client = connection or http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=PATIENCE)
        client.request(method, path, json.dumps(body) if body is not None else None,
                       {"Content-Type": "application/json"} if body is not None else {})
        answer = client.getresponse()
        text = answer.read().decode()
        if not connection:
            client.close()
        return answer.status, answer.headers, text

    def ready(self):
        return self.ask("GET", "/readyz", port=self.admin)[0] == 200

    def alive(self):
        return self.ask("GET", "/healthz", port=self.admin)[0] == 200

    def metrics(self):
        """Names with labels, and values."""
        text = self.ask("GET", "/metrics", port=self.admin)[2]
        return {name: float(value) for name, value in re.findall(r"^(\w+(?:\{[^}]*\})?) (\S+)$", text, re.M)}

    def stop(self, status=0):
        self.process.send_signal(signal.SIGTERM)
        self.wait(status)

    def wait(self, status):
        found = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        expect(found == status, "ended with status", found, "\n" + "\n".join(self.lines[-20:]))

    def kill(self):
        self.process.kill()
        self.process.wait()


class Request:
    """One that a client has sent; times are of time.monotonic()."""

    def __init__(self, name=None):
        self.name, self.sent, self.ended, self.status, self.text, self.retry = name, time.monotonic(), None, None, "", None

    def is_unknown(self):
        return self.status is None or LOST in self.text

    def __repr__(self):
        return "%s %s after %.2f s" % (self.status, self.text, (self.ended or time.monotonic()) - self.sent)


class Load:
    """Clients that write users and read the first one, one request after the other each."""

    WRITERS = READERS = 4
    numbers = iter(range(10 ** 9))

    def __init__(self, machine):
        self.machine, self.going = machine, True
        self.writes, self.reads, self.lock = [], [], threading.Lock()
        self.threads = [threading.Thread(target=self.work, args=(k,), daemon=True)
                        for k in [self.write] * self.WRITERS + [self.read] * self.READERS]
        status, _, text = machine.ask("POST", "/users", {"username": "first", "email": "first@example.com"})
        expect(status == 201, text)
        self.first = json.loads(text)["id"]
        for thread in self.threads:
            thread.start()

    def write(self, client):
        with self.lock:
            name = "u%d" % next(self.numbers)
        self.exchange(client, self.writes, Request(name), "POST", "/users", {"username": name, "email": name + "@example.com"})

    def read(self, client):
        self.exchange(client, self.reads, Request(), "GET", "/users/%d" % self.first)

    def exchange(self, client, requests, request, *words):
        requests.append(request)
        try:
            request.status, fields, request.text = self.machine.ask(*words, connection=client)
            request.retry = fields.get("Retry-After")
        except (OSError, http.client.HTTPException) as error:
            client.close()
            request.text = repr(error)
        request.ended = time.monotonic()

    def work(self, kind):
        client = http.client.HTTPConnection("127.0.0.1", self.machine.port, timeout=PATIENCE)
        while self.going:
            kind(client)
        client.close()

    def flow(self, count=20):
        """Waits until so many more writes and reads have succeeded."""
        begun = time.monotonic()
        for requests, status in ((self.writes, 201), (self.reads, 200)):
            await_true(lambda r=requests, s=status: sum(q.status == s and q.sent >= begun for q in r[-2000:]) >= count,
                       "requests succeed")

    def recovered(self, since):
        """Seconds from this time to the first success of a request of each kind that was sent after it."""
        def first(requests, status):
            return next((q.ended for q in requests if q.ended and q.status == status and q.ended > since), None)
        await_true(lambda: first(self.writes, 201) and first(self.reads, 200), "the server recovers")
        return max(first(self.writes, 201), first(self.reads, 200)) - since

    def finish(self):
        self.going = False
        for thread in self.threads:
            thread.join(PATIENCE)
        expect(not any(thread.is_alive() for thread in self.threads), "a client waits for ever")

    def check_rows(self, names):
        """Compares the writes with the names in the database."""
        expect(len(set(names)) == len(names), "a write was done twice")
        kept = set(names)
        for write in self.writes:
            if write.status == 201:
                expect(write.name in kept, "an acknowledged write is lost:", write.name)
            elif not write.is_unknown():
                expect(write.name not in kept, "a refused write was done:", write.name, write)


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="postern-postgres-") as path:
        os.chmod(path, 0o755)
        yield path
