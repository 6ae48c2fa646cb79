"""The compared servers. Each has two processes that answer HTTP. A new one is started for every measurement, on a free
port of 127.0.0.1, in a folder of its own."""
import grp
import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

from seed import NoDatabase

USERS, POSTS, PRODUCTS = 1000, 10000, 1000
OWNERS, TASKS = 1000, 100000
KEEP_ALIVE_S = 60
CONNECTIONS = 12000  # per worker of nginx, as one may get all
CPUCLOCK_SCHED = 2  # of the clock of a process, as clock_getcpuclockid(3) makes it
INVALID = b'{"username":"","email":"nobody"}'


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def fetch(url, body=None):
    """Returns status and body."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"} if body else {})
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read()


@dataclass
class How:
    """How a server is started."""
    flags: tuple = ()
    answer: str = "user"  # what the bare server answers
    workers: int = 2
    database: object = None  # of seed.py; None: the one with USERS users
    writes: bool = True  # the measurement adds or changes rows


class Server:
    """A running server: `with kind.start(...) as server`."""

    def __init__(self, command, port, folder, env=None):
        self.authority = f"127.0.0.1:{port}"
        self.url = f"http://{self.authority}"
        self.folder = folder
        self.started = time.monotonic()
        with open(f"{folder}/log", "wb") as log:
            self.master = subprocess.Popen(command, env=dict(os.environ, **(env or {})), stdout=log, stderr=log)
        while not self.answers():
            if self.master.poll() is not None or time.monotonic() > self.started + 10:
                with open(f"{folder}/log", encoding="utf-8") as log:
                    raise SystemExit(f"{command[0]} did not start: {log.read()}")
            time.sleep(0.0002)
        self.start_ms = (time.monotonic() - self.started) * 1000

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.master.terminate()
        self.master.wait()

    def answers(self):
        host, port = self.authority.split(":")
        try:
            with socket.create_connection((host, int(port))) as s:
                s.sendall(b"GET /users/1 HTTP/1.1\r\nHost: bench\r\n\r\n")
                return s.recv(12) in (b"HTTP/1.1 200", b"HTTP/1.1 404")  # 404 before users exist
        except OSError:
            return False

    def processes(self):
        pid = self.master.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return [pid, *map(int, f.read().split())]

    def cpu_seconds(self):
        """Returns user and system time so far, by program name, to the nanosecond."""
        seconds = {}
        for pid in self.processes():
            with open(f"/proc/{pid}/comm", encoding="utf-8") as f:
                name = f.read().strip()
            seconds[name] = seconds.get(name, 0) + time.clock_gettime(~pid << 3 | CPUCLOCK_SCHED)
        return seconds

    def peak_mb(self):
        """Returns the most resident memory that a process of each program has had."""
        peaks = {}
        for pid in self.processes():
            with open(f"/proc/{pid}/status", encoding="ascii") as f:
                status = dict(line.split(":", 1) for line in f)
            name = status["Name"].strip()
            peaks[name] = max(peaks.get(name, 0), int(status["VmHWM"].split()[0]) / 1000)
        return peaks

    def pss_mb(self):
        """Returns the memory of all processes; shared memory is counted once."""
        kb = 0
        for pid in self.processes():
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
                kb += sum(int(line.split()[1]) for line in f if line.startswith("Pss:"))
        return kb / 1000


# As Postern makes it from product.json.
PRODUCT_TABLE = """
CREATE TABLE products (
	id INTEGER NOT NULL,
	name VARCHAR(80) NOT NULL,
	kind VARCHAR(10) NOT NULL,
	price NUMERIC(10, 2) NOT NULL,
	weight FLOAT NOT NULL,
	stock INTEGER NOT NULL,
	active BOOLEAN NOT NULL,
	released_on DATE,
	tags JSON NOT NULL,
	sku CHAR(32) NOT NULL,
	changed_at DATETIME NOT NULL,
	PRIMARY KEY (id)
);
CREATE INDEX ix_products_id ON products (id);
"""

# As Postern makes it from tasks.json.
TASK_TABLE = """
CREATE TABLE tasks (
	id INTEGER NOT NULL,
	title VARCHAR(80) NOT NULL,
	owner INTEGER NOT NULL,
	done BOOLEAN NOT NULL,
	due_on DATE NOT NULL,
	PRIMARY KEY (id)
);
CREATE INDEX ix_tasks_id ON tasks (id);
CREATE INDEX ix_tasks_owner ON tasks (owner);
"""


def add_rows(db):
    db.executemany("INSERT INTO users VALUES (?, ?, ?)", (
        (i, f"user{i:04}", f"user{i:04}@example.com") for i in range(1, USERS + 1)))
    db.executemany("INSERT INTO posts VALUES (?, ?, 'Some text of a usual length.', ?, ?)", (
        (i, f"Post {i}", i % USERS + 1, "2026-01-31 12:00:00.123456") for i in range(1, POSTS + 1)))
    db.executescript(PRODUCT_TABLE)
    db.executemany(
        "INSERT INTO products VALUES (?, ?, 'spare_part', 19.9, 1.5, 7, 1, '2026-01-31', '[\"light\", \"home\"]', ?, ?)", (
            (i, f"Product {i}", f"{i:032x}", "2026-01-31 12:00:00.123456") for i in range(1, PRODUCTS + 1)))
    db.executescript(TASK_TABLE)
    db.executemany("INSERT INTO tasks VALUES (?, ?, ?, ?, ?)", (
        (i, f"Task {i}", i % OWNERS + 1, i % 3 == 0, f"20{i % 89 + 10}-01-31") for i in range(1, TASKS + 1)))


def lend(kind, folder, how):
    """Returns the path of the database that a server of this kind serves."""
    if how.database:
        return how.database.lend(folder, kind.name, how.writes)
    return shutil.copy(kind.seeded, f"{folder}/app.db")


class Postern:
    def __init__(self, build, folder, name="postern"):
        self.program, self.name = f"{build}/postern", name
        self.seeded = f"{folder}/seeded.db"

    def start(self, folder, how=How()):
        path = lend(self, folder, how)
        port = free_port()
        command = [self.program, "--host", "127.0.0.1", "--port", str(port), "--workers", str(how.workers), "--no-access-log",
                   "--timeout-keep-alive", str(KEEP_ALIVE_S), *how.flags]
        return Server(command, port, folder, {"DATABASE_URL": f"sqlite:///{path}"})

    def make_empty(self, folder):
        """Returns the path of a new database without rows."""
        with self.start(folder, How(database=NoDatabase)):
            pass
        return f"{folder}/app.db"

    def seed(self, folder):
        """Creates the database that each measurement starts with."""
        shutil.move(self.make_empty(folder), self.seeded)
        with sqlite3.connect(self.seeded) as db:
            add_rows(db)
        db.close()

    def sample(self, folder):
        """Returns the answers that the other servers send as constants."""
        with self.start(folder) as server:
            return {
                "user": fetch(f"{server.url}/users/{USERS // 2}")[1],
                "invalid": fetch(f"{server.url}/users", INVALID)[1],
                "posts": fetch(f"{server.url}/posts")[1],
                "docs": fetch(f"{server.url}/docs")[1],
            }


NGINX_CONF = """
user {user} {group};
worker_processes 2;
worker_rlimit_nofile {descriptors};
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/log error;
events {{ worker_connections {connections}; }}
http {{
	access_log off;
	keepalive_requests 1000000000;
	keepalive_timeout {keep_alive};
	sendfile on;
	tcp_nopush on;
	client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
	uwsgi_temp_path {folder}; scgi_temp_path {folder};
	server {{
		listen 127.0.0.1:{port} backlog=2048;
		default_type application/json;
		root {folder};
		location = /users {{ return 422 '{invalid_answer}'; }}
		location /users/ {{ return 200 '{user_answer}'; }}
	}}
}}
"""


class Nginx:
    """nginx, with constants as long as Postern's answers, and files with the same bytes."""

    def __init__(self, build, answers):
        self.answers = answers
        self.program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:{build}/nginx/usr/sbin")

    def start(self, folder, how=How()):
        port = free_port()
        for name in ("posts", "docs"):
            with open(f"{folder}/{name}", "wb") as f:
                f.write(self.answers[name])
        # Characters without a special meaning in nginx's configuration.
        constants = {f"{name}_answer": "x" * len(self.answers[name]) for name in ("user", "invalid")}
        with open(f"{folder}/nginx.conf", "w", encoding="ascii") as f:
            f.write(NGINX_CONF.format(
                user=pwd.getpwuid(os.getuid()).pw_name, group=grp.getgrgid(os.getgid()).gr_name, folder=folder,
                port=port, keep_alive=KEEP_ALIVE_S, connections=CONNECTIONS, descriptors=CONNECTIONS + 100, **constants))
        return Server([self.program, "-e", f"{folder}/log", "-c", f"{folder}/nginx.conf", *how.flags], port, folder)


class Constant:
    """The bare epoll server of constant.c."""

    def __init__(self, build, answers):
        self.program = f"{build}/tests/bench/constant"
        self.answers = answers

    def start(self, folder, how=How()):
        port = free_port()
        return Server([self.program, *how.flags, str(port), str(len(self.answers[how.answer]))], port, folder)


class Peer:
    """peer.c, on the same databases as Postern."""
    name = "peer"

    def __init__(self, build, postern):
        self.program, self.seeded = f"{build}/tests/bench/peer", postern.seeded

    def start(self, folder, how=How()):
        path = lend(self, folder, how)
        port = free_port()
        return Server([self.program, "-t", str(how.workers), *how.flags, str(port), path], port, folder)
