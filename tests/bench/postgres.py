"""PostgreSQL's side of the bench: a private server, Posterns on it, and pgbench. Each measurement has a new database, a
copy of the same one."""
import contextlib
import glob
import math
import os
import re
import subprocess
import tempfile

from meters import Figure
from servers import KEEP_ALIVE_S, POSTS, USERS, How, Server, free_port

HERE = os.path.dirname(os.path.abspath(__file__))
CLUSTER = f"{HERE}/../postgres/cluster"
LONG = 1000000  # rows of the long list
CONNECTING_S = 2  # that pgbench's connections may take; they count for its duration, but not for its rate

SEED = f"""
INSERT INTO users (username, email) SELECT 'user' || lpad(i::text, 4, '0'), 'user' || lpad(i::text, 4, '0') || '@example.com'
	FROM generate_series(1, {USERS}) AS i;
INSERT INTO posts (title, content, user_id, date_posted)
	SELECT 'Post ' || i, 'Some text of a usual length.', i % {USERS} + 1, '2026-01-31 12:00:00.123456+00'
	FROM generate_series(1, {{posts}}) AS i;
VACUUM (ANALYZE);
"""

# What Postern's requests come to, a transaction each.
STATEMENTS = {
    "post": f"""\\set id random(1, {USERS})
INSERT INTO posts (title, content, user_id, date_posted) SELECT 'Hello', 'A post', id, now()
	FROM (SELECT id FROM users WHERE id = :id FOR KEY SHARE) AS parent RETURNING id, title, content, user_id, date_posted;
""",
    "user": """\\set n random(1, 4611686018427387904)
INSERT INTO users (username, email) VALUES ('u' || :n, 'u' || :n || '@example.com')
	ON CONFLICT DO NOTHING RETURNING id, username, email;
""",
    "read": f"""\\set id random(1, {USERS})
SELECT id, username, email FROM users WHERE id = :id;
SELECT id, title, content, user_id, date_posted FROM posts WHERE user_id = :id ORDER BY id;
""",
}


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout.strip()


def programs():
    """Returns the folder of PostgreSQL's programs; "": not installed."""
    done = subprocess.run([CLUSTER, "programs"], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


class Cluster:
    """A server with PostgreSQL's own settings, but for its place: fsync is on."""

    def __init__(self, folder):
        self.folder = f"{folder}/postgres"
        run(CLUSTER, "start", self.folder, "shared_buffers=128MB", "max_wal_size=1GB", "jit=on")

    def url(self, database):
        return run(CLUSTER, "url", self.folder, database)

    def sql(self, database, text):
        return run("psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), *(
            word for statement in text.split(";\n") if statement.strip() for word in ("-c", statement)))

    def remove(self):
        run(CLUSTER, "remove", self.folder)

    @contextlib.contextmanager
    def copy(self, template):
        """A database for a measurement. Checkpoints belong to what has made the dirty pages."""
        self.sql("postgres", f"DROP DATABASE IF EXISTS bench WITH (FORCE);\nCREATE DATABASE bench TEMPLATE {template};\nCHECKPOINT")
        yield self.url("bench")


class Posterns:
    """A number of Posterns on one database, and as one server: `with kind.start(...) as server`."""

    def __init__(self, build, cluster, count=1, template="seeded"):
        self.build, self.cluster, self.count, self.template = build, cluster, count, template

    def seed(self, posts=POSTS):
        """Makes the database that is copied: the tables as Postern makes them, and the rows."""
        self.cluster.sql("postgres", f"CREATE DATABASE {self.template}")
        with tempfile.TemporaryDirectory() as folder, self.launch(folder, self.cluster.url(self.template)):
            pass
        self.cluster.sql(self.template, SEED.format(posts=posts))

    def launch(self, folder, url, flags=()):
        port = free_port()
        command = [f"{self.build}/postern", "--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--no-access-log",
                   "--timeout-keep-alive", str(KEEP_ALIVE_S), *flags]
        return Server(command, port, folder, {"DATABASE_URL": url})

    @contextlib.contextmanager
    def start(self, folder, how=How()):
        with contextlib.ExitStack() as stack:
            url = stack.enter_context(self.cluster.copy(self.template))
            members = []
            for i in range(self.count):
                os.mkdir(f"{folder}/{i}")
                members.append(stack.enter_context(self.launch(f"{folder}/{i}", url, how.flags)))
            first = members[0]
            first.members = members
            yield first


class Sessions:
    """pgbench with a database."""

    def __init__(self, folder, url, clients):
        self.folder, self.url, self.clients = folder, url, clients

    def measure(self, statements, seconds):
        """Transactions per second, and their times."""
        with open(f"{self.folder}/script", "w", encoding="ascii") as script:
            script.write(STATEMENTS[statements])
        clients = str(self.clients)
        out = run(f"{programs()}/pgbench", "-n", "-M", "prepared", "-c", clients, "-j", "1", "-T", str(math.ceil(seconds) + CONNECTING_S),
                  "-f", script.name, "-l", f"--log-prefix={self.folder}/times", self.url)
        rate = re.search(r"tps = ([\d.]+)", out)
        if not rate or "number of failed transactions: 0 " not in out:
            raise SystemExit(f"pgbench: {out}")
        times = []
        for name in glob.glob(f"{self.folder}/times.*"):
            with open(name, encoding="ascii") as log:
                times += (int(line.split()[2]) for line in log)
        times.sort()
        return Figure(float(rate[1]), times={"p50": times[len(times) // 2], "p99": times[len(times) * 99 // 100]})


class Pgbench:
    """The same statements, one by one on each of some connections."""

    def __init__(self, cluster, clients):
        self.cluster, self.clients = cluster, clients

    @contextlib.contextmanager
    def start(self, folder, _how=None):
        with self.cluster.copy("seeded") as url:
            yield Sessions(folder, url, self.clients)


def beside(meter, statements):
    """A meter of HTTP, which for pgbench is that of these statements."""
    return lambda server, seconds: (
        server.measure(statements, seconds) if isinstance(server, Sessions) else meter(server, seconds))
